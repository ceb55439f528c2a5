import { isJsonObject } from '../../base/json.ts';
import { isApiError } from '../../kube/api-error.ts';
import type { KubeClient } from '../../kube/client.ts';
import { LABELS } from '../../kube/names.ts';
import type { OwnerReference } from '../../kube/object.ts';
import type { RevisionId } from '../../rollout/model.ts';
import { configKey, withConfigs } from './configs.ts';
import type { Identity, SeenConfig } from './identity.ts';
import { CONFIGS, CONTROLLER_REVISIONS, type ControllerRevision, type PodTemplate } from './objects.ts';

/** What was written down of a revision, so that its pods can be made again whatever has become of its sources. */
export interface Snapshot {
  readonly revision: RevisionId;
  readonly template: PodTemplate;
  /** The names of copies of its ConfigMaps and Secrets, by `ConfigMap/name`. */
  readonly copies: Readonly<Record<string, string>>;
}

/** Whose snapshots, and where they are kept. */
export interface SnapshotPlace {
  readonly client: KubeClient;
  readonly namespace: string;
  /** The Rollout, with which they go. */
  readonly owner: OwnerReference;
  /** How many are kept. */
  readonly keep: number;
}

/** Hexadecimal digits of a digest in the name of a copy. */
const DIGITS = 10;
/** Names have 253 characters at most. */
const LONGEST_STEM = 200;

/** The template whose pods see the copies, as they saw the originals when the revision was named. */
export function pinnedTemplate({ template, copies }: Pick<Snapshot, 'template' | 'copies'>): PodTemplate {
  return withConfigs(template, (ref) => copies[configKey(ref)] ?? ref.name);
}

/** What was written down. */
export function snapshotsIn(kept: readonly ControllerRevision[]): readonly Snapshot[] {
  return kept.flatMap((one) => parsed(one) ?? []);
}

/** Writes down a revision, unless it is: the copies first, then what names them. */
export async function keepSnapshot(
  place: SnapshotPlace,
  identity: Identity,
  signal: AbortSignal,
): Promise<Snapshot> {
  const { client, namespace, owner } = place;
  const copies: Record<string, string> = {};
  for (const seen of identity.configs) copies[configKey(seen.ref)] = await copied(place, seen, signal);
  const { revision, template } = identity;
  const made = client.create(
    CONTROLLER_REVISIONS,
    {
      metadata: { name: `${owner.name}-${revision}`, namespace, ...metadataOf(place, revision) },
      revision: 1,
      data: { template: { ...template }, copies },
    },
    signal,
  );
  await unlessThere(made);
  return { revision, template, copies };
}

/** Removes the oldest, and copies that no kept one names. What there is it asks the API server: a watch may be behind. */
export async function forgetOldest(
  place: SnapshotPlace,
  needed: ReadonlySet<RevisionId>,
  signal: AbortSignal,
): Promise<void> {
  const { client, namespace, keep } = place;
  const all = await keptOf(place, signal);
  const spare = all.filter((one) => !needed.has(parsed(one)?.revision ?? ('' as RevisionId)));
  const gone = spare.slice(0, Math.max(0, all.length - keep));
  if (gone.length === 0) return;
  const kept = new Set(
    all.filter((one) => !gone.includes(one)).flatMap((one) => Object.values(parsed(one)?.copies ?? {})),
  );
  for (const one of gone) {
    await client.delete(CONTROLLER_REVISIONS, { namespace, name: one.metadata.name }, signal);
    for (const [key, name] of Object.entries(parsed(one)?.copies ?? {})) {
      const of = key.startsWith('Secret/') ? CONFIGS.Secret : CONFIGS.ConfigMap;
      if (!kept.has(name)) await client.delete(of, { namespace, name }, signal);
    }
  }
}

/** The oldest first. */
async function keptOf(
  { client, namespace, owner }: SnapshotPlace,
  signal: AbortSignal,
): Promise<readonly ControllerRevision[]> {
  const selection = { namespace, labels: `${LABELS.rollout}=${owner.name}` };
  const { items } = await client.list(CONTROLLER_REVISIONS, selection, signal);
  const createdAt = ({ metadata }: ControllerRevision): number =>
    Date.parse(metadata.creationTimestamp ?? '');
  return items.filter((one) => parsed(one) !== undefined).sort((a, b) => createdAt(a) - createdAt(b));
}

async function copied(
  place: SnapshotPlace,
  { ref, digest, config }: SeenConfig,
  signal: AbortSignal,
): Promise<string> {
  const { client, namespace, owner } = place;
  const name = `${owner.name}-${ref.name}`.slice(0, LONGEST_STEM) + `-${digest.slice(0, DIGITS)}`;
  const { type, data, binaryData } = config;
  const made = client.create(
    CONFIGS[ref.kind],
    {
      metadata: { name, namespace, ...metadataOf(place) },
      immutable: true,
      ...(type === undefined || ref.kind !== 'Secret' ? {} : { type: copiedType(type) }),
      ...(data === undefined ? {} : { data }),
      ...(binaryData === undefined ? {} : { binaryData }),
    },
    signal,
  );
  await unlessThere(made);
  return name;
}

/** Tokens of service accounts are made by the cluster; what is in them can be kept as anything. */
function copiedType(type: string): string {
  return type === 'kubernetes.io/service-account-token' ? 'Opaque' : type;
}

function metadataOf({ owner }: SnapshotPlace, revision?: RevisionId) {
  return {
    labels: {
      [LABELS.managedBy]: 'coalmine',
      [LABELS.rollout]: owner.name,
      ...(revision === undefined ? {} : { [LABELS.revision]: revision }),
    },
    ownerReferences: [owner],
  };
}

async function unlessThere(made: Promise<unknown>): Promise<void> {
  try {
    await made;
  } catch (error) {
    // Its name says what is in it.
    if (!isApiError(error, 'alreadyExists')) throw error;
  }
}

function parsed({ metadata, data }: ControllerRevision): Snapshot | undefined {
  const revision = metadata.labels?.[LABELS.revision];
  if (revision === undefined || !isJsonObject(data) || !isJsonObject(data['template'])) return undefined;
  const copies = isJsonObject(data['copies']) ? data['copies'] : {};
  return {
    revision: revision as RevisionId,
    template: data['template'],
    copies: copies as Readonly<Record<string, string>>,
  };
}
