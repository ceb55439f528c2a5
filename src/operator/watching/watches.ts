import { messageOf } from '../../base/failure.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { Indexes } from '../../kube/indexed-cache.ts';
import { Informer, type KeptChange } from '../../kube/informer.ts';
import { API_GROUP, LABELS } from '../../kube/names.ts';
import type { KubeObject, ObjectKey } from '../../kube/object.ts';
import { notingClient } from '../../kube/noting.ts';
import type { Resource } from '../../kube/resource.ts';
import type { Log } from '../../telemetry/log.ts';
import { configKey, configsOf, type ConfigRef } from '../../workloads/deployment/configs.ts';
import { controllerOf } from '../../workloads/deployment/look.ts';
import {
  CONFIGS,
  CONTROLLER_REVISIONS,
  DEPLOYMENTS,
  PODS,
  REPLICA_SETS,
  type Config,
  type ControllerRevision,
  type Deployment,
  type LabelSelector,
  type Pod,
  type ReplicaSet,
} from '../../workloads/deployment/objects.ts';
import type { Reads } from '../../workloads/deployment/reads.ts';
import type { Concern } from './concerns.ts';
import { isSameKept, keptConfig, keptDeployment, keptPod, keptReplicaSet, keptWhole } from './kept.ts';

/** What is watched for Deployments, and by whom. */
export interface WatchesOptions {
  readonly client: KubeClient;
  /** Absent: everywhere. */
  readonly namespace?: string;
  readonly log: Log;
  /** Told what a change is about, once it is seen. */
  readonly onChange: (concern: Concern) => void;
}

/** A ConfigMap or Secret, and the Deployment whose template names it, where one does. */
interface NamedConfig {
  readonly namespace: string;
  readonly ref: ConfigRef;
  readonly deployment?: string;
}

/** What was fetched, and as which version; undefined where it is not there. */
interface FetchedConfig {
  readonly config: Config | undefined;
  readonly version: string;
}

/**
 * Deployments and what belongs to them, each kind by one watch, so that looking at a Rollout asks nobody. Of ConfigMaps
 * and Secrets only the versions are watched; what is in those that a template names is fetched when it has changed.
 */
export class Watches {
  readonly #options: WatchesOptions;
  readonly #deployments;
  readonly #replicaSets;
  readonly #pods;
  readonly #revisions;
  readonly #versions;
  readonly #configs = new Map<string, FetchedConfig>();
  /** Writes what is watched so that the next look sees it. */
  readonly client: KubeClient;

  constructor(options: WatchesOptions) {
    this.#options = options;
    this.#deployments = this.#watch(DEPLOYMENTS, {
      keep: keptDeployment,
      indexes: { config: namedConfigs },
      concernsOf: ({ key, now, before }) => [
        { deployment: key, isNews: now?.spec.template !== before?.spec.template },
      ],
    });
    this.#replicaSets = this.#watch(REPLICA_SETS, {
      keep: keptReplicaSet,
      concernsOf: ({ now, before }) => concernsOfSets(now, before),
    });
    this.#pods = this.#watch(PODS, {
      keep: keptPod,
      labels: LABELS.podHash,
      concernsOf: ({ now, before }) => concernsOfSets(this.#setOf(now ?? before)),
    });
    this.#revisions = this.#watch(CONTROLLER_REVISIONS, {
      keep: keptWhole,
      labels: LABELS.rollout,
      concernsOf: ({ key: { namespace = '' }, now, before }) => {
        const name = (now ?? before)?.metadata.labels?.[LABELS.rollout] ?? '';
        return [{ rollout: { namespace, name } }];
      },
    });
    this.#versions = { ConfigMap: this.#watchConfigs('ConfigMap'), Secret: this.#watchConfigs('Secret') };
    this.client = notingClient(options.client, (of, written) => {
      this.#note(of, written);
    });
  }

  /** True once all that there was has been seen. */
  get isComplete(): boolean {
    return this.#all.every((one) => one.hasSynced);
  }

  /** Follows until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#all.map((one) => one.run(signal)));
  }

  /** A Deployment as it was last seen. */
  deployment(key: ObjectKey) {
    return this.#deployments.get(key);
  }

  /** A Secret, fetched when it has changed. */
  secret(namespace: string, name: string, signal: AbortSignal): Promise<Config | undefined> {
    return this.#config({ namespace, ref: { kind: 'Secret', name } }, signal);
  }

  /** What a look at a Deployment reads. */
  readsOf(namespace: string, name: string): Reads {
    return {
      deployment: () => Promise.resolve(this.#deployments.get({ namespace, name })),
      replicaSets: (of) => Promise.resolve(selected(this.#replicaSets, namespace, of)),
      pods: (of) => Promise.resolve(selected(this.#pods, namespace, of)),
      revisions: (rollout) => Promise.resolve(selected(this.#revisions, namespace, ofRollout(rollout))),
      config: (ref, signal) => this.#config({ namespace, ref, deployment: name }, signal),
    };
  }

  /** Everything that is written through us has the labels by which it is watched. */
  #note({ kind }: Resource, written: KubeObject): void {
    if (kind === DEPLOYMENTS.kind) this.#deployments.note(written as Deployment);
    if (kind === REPLICA_SETS.kind) this.#replicaSets.note(written as ReplicaSet);
    if (kind === CONTROLLER_REVISIONS.kind) this.#revisions.note(written as ControllerRevision);
  }

  get #all() {
    const { ConfigMap, Secret } = this.#versions;
    return [this.#deployments, this.#replicaSets, this.#pods, this.#revisions, ConfigMap, Secret];
  }

  /** What is not there may be on its way, behind the template that names it: it is asked for once for each of those. */
  async #config(
    { namespace, ref, deployment }: NamedConfig,
    signal: AbortSignal,
  ): Promise<Config | undefined> {
    const key = { namespace, name: ref.name };
    const text = `${ref.kind}/${namespace}/${ref.name}`;
    const seen = this.#versions[ref.kind].get(key)?.metadata.resourceVersion;
    const version = seen ?? this.#absence(namespace, deployment);
    const known = this.#configs.get(text);
    if (version !== undefined && known?.version === version) return known.config;
    const config = await this.#options.client.get(CONFIGS[ref.kind], key, signal);
    const now = config?.metadata.resourceVersion ?? version;
    if (now === undefined) this.#configs.delete(text);
    else this.#configs.set(text, { config, version: now });
    return config;
  }

  /** What stands for the version of what is not there, as long as nobody asks for it anew. */
  #absence(namespace: string, deployment: string | undefined): string | undefined {
    if (deployment === undefined) return undefined;
    const { generation = 0 } = this.#deployments.get({ namespace, name: deployment })?.metadata ?? {};
    return `none for ${deployment} ${generation}`;
  }

  /** What a pod belongs to, where that is known. */
  #setOf(pod: Pod | undefined): ReplicaSet | undefined {
    const controller = pod && controllerOf(pod);
    if (controller?.kind !== REPLICA_SETS.kind) return undefined;
    const { namespace = '' } = pod?.metadata ?? {};
    return this.#replicaSets.get({ namespace, name: controller.name });
  }

  #watchConfigs(kind: ConfigRef['kind']): Informer<Config, Config> {
    return this.#watch(CONFIGS[kind], {
      keep: keptConfig,
      // Its version is all that is kept of what is in it.
      isSame: () => false,
      concernsOf: ({ key }) => {
        const word = configWord(key.namespace, { kind, name: key.name });
        const naming = this.#deployments.under('config', word);
        return naming.map(({ metadata }) => ({ deployment: metadata, isNews: true }));
      },
    });
  }

  #watch<T extends KubeObject>(of: Resource<T>, { concernsOf, ...how }: Watched<T>): Informer<T, T> {
    const { client, namespace, log, onChange } = this.#options;
    const { isSame = isSameKept } = how;
    return new Informer<T, T>({
      ...{ client, of, keep: how.keep },
      selection: {
        ...(namespace === undefined ? {} : { namespace }),
        ...(how.labels === undefined ? {} : { labels: how.labels }),
      },
      indexes: { label: labelWords, ...how.indexes },
      onChange: (change) => {
        const { now, before } = change;
        if (now !== undefined && before !== undefined && isSame(now, before)) return;
        for (const concern of concernsOf(change)) onChange(concern);
      },
      onTrouble: (cause) => {
        log.warn(`${of.plural} cannot be watched: ${messageOf(cause)}`);
      },
    });
  }
}

/** What is kept of a kind, and whom its changes concern. */
interface Watched<T> {
  readonly keep: (object: T, before: T | undefined) => T;
  readonly labels?: string;
  readonly indexes?: Indexes<T>;
  /** True for a change of nothing that anybody reads; of nothing but the version, unless said otherwise. */
  readonly isSame?: (now: T, before: T) => boolean;
  readonly concernsOf: (change: KeptChange<T>) => readonly Concern[];
}

/** Whose ReplicaSets these are: of a Deployment, or of a Rollout alone. */
function concernsOfSets(...sets: readonly (ReplicaSet | undefined)[]): readonly Concern[] {
  return sets.flatMap((set): readonly Concern[] => {
    const controller = set && controllerOf(set);
    if (controller === undefined) return [];
    const { kind, apiVersion, name } = controller;
    const key = { namespace: set?.metadata.namespace ?? '', name };
    if (kind === DEPLOYMENTS.kind) return [{ deployment: key }];
    return kind === 'Rollout' && apiVersion.startsWith(`${API_GROUP}/`) ? [{ rollout: key }] : [];
  });
}

/** What the template of a Deployment names. */
function namedConfigs({ metadata, spec }: Deployment): readonly string[] {
  return configsOf(spec.template).map((ref) => configWord(metadata.namespace, ref));
}

function configWord(namespace = '', ref: ConfigRef): string {
  return `${namespace} ${configKey(ref)}`;
}

function ofRollout(name: string): LabelSelector {
  return { matchLabels: { [LABELS.rollout]: name } };
}

function labelWords({ metadata }: KubeObject): readonly string[] {
  const { namespace = '', labels = {} } = metadata;
  return Object.entries(labels).map(([name, value]) => `${namespace} ${name}=${value}`);
}

/** Those with the labels, found by the first of them. */
function selected<T extends KubeObject>(
  informer: Informer<T, T>,
  namespace: string,
  { matchLabels = {}, matchExpressions = [] }: LabelSelector,
): readonly T[] {
  const wanted = Object.entries(matchLabels);
  const [first] = wanted;
  const found =
    first === undefined ? informer.all() : informer.under('label', `${namespace} ${first.join('=')}`);
  return found.filter(({ metadata }) => {
    const { labels = {} } = metadata;
    const hasLabels = wanted.every(([name, value]) => labels[name] === value);
    return (
      metadata.namespace === namespace && hasLabels && matchExpressions.every((one) => fits(labels, one))
    );
  });
}

type Expression = NonNullable<LabelSelector['matchExpressions']>[number];

function fits(labels: Readonly<Record<string, string>>, { key, operator, values = [] }: Expression): boolean {
  const value = labels[key];
  switch (operator) {
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'In':
      return value !== undefined && values.includes(value);
    default:
      return value === undefined || !values.includes(value);
  }
}
