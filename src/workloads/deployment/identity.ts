import { createHmac } from 'node:crypto';
import { canonicalJson, digestOf } from '../../base/canonical.ts';
import { ANNOTATIONS } from '../../kube/names.ts';
import type { RevisionId } from '../../rollout/model.ts';
import { revisionIdOf } from '../../rollout/revision.ts';
import { configKey, configsOf, type ConfigRef } from './configs.ts';
import type { Config, PodTemplate } from './objects.ts';
import { plainTemplate } from './template.ts';

/** A ConfigMap or Secret as it was when a revision was named. */
export interface SeenConfig {
  readonly ref: ConfigRef;
  readonly digest: string;
  readonly config: Config;
}

/** A revision with all that makes it. */
export interface Identity {
  readonly revision: RevisionId;
  readonly template: PodTemplate;
  /** Those that there are, and that count. */
  readonly configs: readonly SeenConfig[];
}

/** Where configs are read. */
export type ConfigOf = (ref: ConfigRef) => Promise<Config | undefined>;

/**
 * The revisions of templates: their names are hashes of the template as it is stored, and of the contents of every
 * ConfigMap and Secret that its pods see. One that is not there is a content of its own. Of a Secret they give nothing
 * away to who does not have the key. Names are remembered for as long as templates and configs are the same objects.
 */
export class Identities {
  readonly #key: string;
  readonly #known = new WeakMap<
    PodTemplate,
    { readonly found: readonly FoundConfig[]; readonly identity: Identity }
  >();

  constructor(key: string) {
    this.#key = key;
  }

  async of(template: PodTemplate, configOf: ConfigOf): Promise<Identity> {
    const known = this.#known.get(template);
    const found = await foundConfigs(known?.found.map(({ ref }) => ref) ?? configsOf(template), configOf);
    if (known?.found.every(({ config }, index) => config === found[index]?.config) === true)
      return known.identity;
    const identity = identityWith(template, found, this.#key);
    this.#known.set(template, { found, identity });
    return identity;
  }
}

interface FoundConfig {
  readonly ref: ConfigRef;
  readonly config: Config | undefined;
}

function foundConfigs(refs: readonly ConfigRef[], configOf: ConfigOf): Promise<readonly FoundConfig[]> {
  return Promise.all(refs.map(async (ref) => ({ ref, config: await configOf(ref) })));
}

function identityWith(template: PodTemplate, found: readonly FoundConfig[], key: string): Identity {
  const digests: Record<string, string> = {};
  const configs: SeenConfig[] = [];
  for (const { ref, config } of found) {
    if (config?.metadata.annotations?.[ANNOTATIONS.config] === 'ignore') continue;
    const digest = config === undefined ? 'absent' : contentDigest(ref, config, key);
    digests[configKey(ref)] = digest;
    if (config !== undefined) configs.push({ ref, digest, config });
  }
  const revision = revisionIdOf({ kind: 'deployment', template: plainTemplate(template), configs: digests });
  return { revision, template, configs };
}

/** Of a Secret it gives nothing away to who does not have the key. */
function contentDigest({ kind }: ConfigRef, { data = {}, binaryData = {} }: Config, key: string): string {
  const contents = { data: { ...data }, binaryData: { ...binaryData } };
  if (kind === 'ConfigMap') return digestOf(contents);
  return createHmac('sha256', key).update(canonicalJson(contents)).digest('hex');
}
