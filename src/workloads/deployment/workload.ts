import { Failure, type Problem } from '../../base/failure.ts';
import type { WorkloadPort } from '../../controller/ports.ts';
import type { DesiredGroup } from '../../engine/decision.ts';
import type { Group } from '../../engine/observation.ts';
import type { KubeClient } from '../../kube/client.ts';
import { ANNOTATIONS } from '../../kube/names.ts';
import type { OwnerReference } from '../../kube/object.ts';
import type { DeploymentWorkload, RevisionId } from '../../rollout/model.ts';
import { adoptionProblems, runningSet } from './adoption.ts';
import { nextWrites, setOf } from './decide.ts';
import { groupsOf } from './groups.ts';
import type { Identities, Identity } from './identity.ts';
import { leavingWrites, restoredTemplate } from './leave.ts';
import { controllerOf, hasUnclaimed, keyOf, ownedSets, worldOf, type Read } from './look.ts';
import { DEPLOYMENTS, REPLICA_SETS, type Deployment, type PodTemplate, type ReplicaSet } from './objects.ts';
import { directReads, type Reads } from './reads.ts';
import { forgetOldest, keepSnapshot, snapshotsIn, type Snapshot, type SnapshotPlace } from './snapshots.ts';
import { isReissued, reissuesIn } from './reissue.ts';
import { isSameKey, type PodSet, type SetKey, type World } from './world.ts';
import { podHashIn } from './template.ts';
import { wishesOf } from './wishes.ts';
import { perform, podNamesIn, rawSet, type WriteContext } from './writing.ts';

/** Which Deployment, for whom, and what is needed to work on it. */
export interface DeploymentOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  /** The Rollout, as what it owns says it. */
  readonly owner: OwnerReference;
  readonly workload: Pick<DeploymentWorkload, 'name' | 'hold' | 'replicas'>;
  /** Names the revisions. */
  readonly identities: Identities;
  /** How many revisions are kept written down. */
  readonly keep: number;
  readonly now: () => number;
  /** Absent: the API server is asked each time. */
  readonly reads?: Reads;
}

/** What came of trying to adopt a Deployment. */
export type Adoption =
  { readonly stable: RevisionId } | { readonly problems: readonly [Problem, ...Problem[]] };

/** How the pods of a revision are known. */
export interface KnownPods {
  /** The value of their label `pod-template-hash`. */
  readonly hash: string;
  /** True: no other version has pods, nor is what the Deployment would start by itself. */
  readonly areAlone: boolean;
}

/** A Deployment that was adopted in place. */
export interface AdoptedDeployment extends WorkloadPort {
  /** Takes what runs as what is trusted, or says what is in the way. Safe to repeat; nothing else may come first. */
  adopt(signal: AbortSignal): Promise<Adoption>;
  /** The revision that the Deployment asks for now, written down; undefined when there is no Deployment. */
  wantedRevision(signal: AbortSignal): Promise<RevisionId | undefined>;
  /** How the pods of a revision are known; undefined when there are none. */
  podsOf(key: SetKey, signal: AbortSignal): Promise<KnownPods | undefined>;
  /**
   * How the names of these pods begin; five letters or digits follow. Undefined when there are none, and where Kubernetes
   * cuts the name off before it tells versions apart.
   */
  podNamesOf(key: SetKey, signal: AbortSignal): Promise<string | undefined>;
  leave: NonNullable<WorkloadPort['leave']>;
}

/** A Deployment as a workload. Remembers nothing: a new one is made at every look. */
export function deploymentWorkload(options: DeploymentOptions): AdoptedDeployment {
  return new InPlace(options);
}

class InPlace implements AdoptedDeployment {
  readonly #options: DeploymentOptions;
  readonly #reads: Reads;

  constructor(options: DeploymentOptions) {
    const { client, namespace, workload } = options;
    this.#options = options;
    this.#reads = options.reads ?? directReads(client, namespace, workload.name);
  }

  async apply(groups: readonly DesiredGroup[], signal: AbortSignal): Promise<void> {
    const { workload } = this.#options;
    const read = await this.#seen(signal);
    const world = worldOf(read);
    const wishes = wishesOf(groups, { full: workload.replicas, replicas: world.replicas });
    if (wishes === undefined) return;
    await perform(nextWrites(world, wishes, workload.hold), this.#writing(read), signal);
  }

  async observe(signal: AbortSignal): Promise<readonly Group[]> {
    const read = await this.#seen(signal);
    const pods = await this.#reads.pods(read.deployment.spec.selector, signal);
    return groupsOf(read, pods, this.#options.now());
  }

  async adopt(signal: AbortSignal): Promise<Adoption> {
    const { deployment, replicaSets, snapshots } = await this.#seen(signal);
    const [first, ...others] = adoptionProblems(deployment);
    if (first !== undefined) return { problems: [first, ...others] };
    const own = replicaSets.filter((set) => controllerOf(set)?.uid === deployment.metadata.uid);
    const atRest = runningSet(deployment, own);
    if ('problem' in atRest) return { problems: [atRest.problem] };
    return { stable: await this.#trust(atRest.running, snapshots, signal) };
  }

  async wantedRevision(signal: AbortSignal): Promise<RevisionId | undefined> {
    const read = await this.#look(signal);
    if (read === undefined) return undefined;
    const { snapshots, template, replicaSets, deployment } = read;
    if (snapshots.some(({ revision }) => revision === template)) return template;
    const identity = await this.#identify(deployment.spec.template, signal);
    await keepSnapshot(this.#place, identity, signal);
    if (snapshots.length < this.#options.keep) return identity.revision;
    const used = replicaSets.flatMap((set) => keyOf(set, read)?.revision ?? []);
    await forgetOldest(this.#place, new Set([...used, identity.revision]), signal);
    return identity.revision;
  }

  async podsOf(key: SetKey, signal: AbortSignal): Promise<KnownPods | undefined> {
    const found = await this.#setOf(key, signal);
    if (found === undefined) return undefined;
    const { world, set, raw } = found;
    return { hash: podHashIn(raw), areAlone: isAlone(set, key, world) };
  }

  async podNamesOf(key: SetKey, signal: AbortSignal): Promise<string | undefined> {
    const found = await this.#setOf(key, signal);
    return found && podNamesIn(found.raw);
  }

  /** The set that counts of those that run the same. */
  async #setOf(key: SetKey, signal: AbortSignal): Promise<FoundSet | undefined> {
    const read = await this.#look(signal);
    if (read === undefined) return undefined;
    const world = worldOf(read);
    const again = read.replicaSets
      .filter((set) => isReissued(set, read.reissues))
      .map(({ metadata }) => metadata.name);
    const set =
      setOf(world, key) ?? world.sets.find((one) => again.includes(one.name) && isSameKey(one.key, key));
    return set && { world, set, raw: rawSet(set.name, read) };
  }

  async leave(stable: RevisionId | undefined, signal: AbortSignal): Promise<boolean> {
    const read = await this.#look(signal);
    if (read === undefined) return true;
    const restored = stable === undefined ? undefined : restoredTemplate(read, stable);
    if (restored !== undefined) {
      await this.#restore(read.deployment, restored, signal);
      return false;
    }
    const writes = leavingWrites(read, stable);
    await perform(writes, this.#writing(read), signal);
    return writes.length === 0 && read.reissues.length === 0;
  }

  get #place(): SnapshotPlace {
    const { client, namespace, owner, keep } = this.#options;
    return { client, namespace, owner, keep };
  }

  #writing(read: Read): WriteContext {
    const { client, namespace, owner } = this.#options;
    return { client, namespace, owner, read };
  }

  #identify(template: PodTemplate, signal: AbortSignal): Promise<Identity> {
    return this.#options.identities.of(template, (ref) => this.#reads.config(ref, signal));
  }

  async #look(signal: AbortSignal): Promise<Read | undefined> {
    const deployment = await this.#reads.deployment(signal);
    if (deployment === undefined) return undefined;
    const { selector, template } = deployment.spec;
    const [sets, kept, identity] = await Promise.all([
      this.#reads.replicaSets(selector, signal),
      this.#reads.revisions(this.#options.owner.name, signal),
      this.#identify(template, signal),
    ]);
    const reissues = reissuesIn(kept, sets);
    const gone = reissues.filter(({ state }) => state === 'gone').map(({ set }) => set);
    return {
      deployment,
      replicaSets: [...ownedSets(sets, deployment, this.#options.owner), ...gone],
      reissues,
      snapshots: snapshotsIn(kept),
      template: identity.revision,
      awaitsClaim: hasUnclaimed(sets, deployment),
    };
  }

  async #seen(signal: AbortSignal): Promise<Read> {
    const read = await this.#look(signal);
    if (read !== undefined) return read;
    const { workload, namespace } = this.#options;
    throw new Failure('notFound', `there is no Deployment ${workload.name} in ${namespace}`, {
      hint: 'apply it, or delete the Rollout',
    });
  }

  /** Says on a ReplicaSet what it runs, once that is written down. What an earlier Rollout said went with what it wrote down. */
  async #trust(set: ReplicaSet, snapshots: readonly Snapshot[], signal: AbortSignal): Promise<RevisionId> {
    const { client, namespace } = this.#options;
    const known = set.metadata.annotations?.[ANNOTATIONS.revision];
    const kept = snapshots.find((one) => one.revision === known);
    if (kept !== undefined) return kept.revision;
    const identity = await this.#identify(set.spec.template, signal);
    const { revision } = await keepSnapshot(this.#place, identity, signal);
    const { name, resourceVersion } = set.metadata;
    const metadata = {
      annotations: { [ANNOTATIONS.revision]: revision },
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    };
    await client.patch(REPLICA_SETS, { namespace, name, merge: { metadata } }, signal);
    return revision;
  }

  async #restore({ metadata }: Deployment, template: PodTemplate, signal: AbortSignal): Promise<void> {
    const { client, namespace } = this.#options;
    const { name, resourceVersion } = metadata;
    const json = [
      { op: 'test', path: '/metadata/resourceVersion', value: resourceVersion },
      { op: 'replace', path: '/spec/template', value: template },
    ] as const;
    await client.patch(DEPLOYMENTS, { namespace, name, json }, signal);
  }
}

interface FoundSet {
  readonly world: World;
  readonly set: PodSet;
  readonly raw: ReplicaSet;
}

function isAlone(set: PodSet, { revision, copy }: SetKey, { template, sets }: World): boolean {
  const others = sets.filter((one) => one !== set && (one.size > 0 || !one.isSettled));
  return copy === undefined && template === revision && others.length === 0;
}
