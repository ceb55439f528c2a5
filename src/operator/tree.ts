import type { GroupView, InstanceView, RolloutView } from '../api/resources.ts';
import type { Role } from '../engine/observation.ts';
import { ANNOTATIONS } from '../kube/names.ts';
import type { RevisionId } from '../rollout/model.ts';
import { judgedTrackOf } from '../strategy/capacity.ts';
import { controllerOf, sizeOf } from '../workloads/deployment/look.ts';
import { DEPLOYMENTS, type Pod, type ReplicaSet } from '../workloads/deployment/objects.ts';
import { troubleOf } from '../workloads/deployment/pod-trouble.ts';
import { viewOf } from './cluster-views.ts';
import { deploymentOf, type RolloutObject } from './objects.ts';
import { readMemory } from './store/memory.ts';

/** A Rollout with what runs of it: tracks, their ReplicaSets, their pods. */
export interface RolloutTree {
  readonly namespace: string;
  readonly view: RolloutView;
  readonly tracks: readonly TrackBranch[];
}

/** The pods of one version, in one role. */
export interface TrackBranch {
  readonly track: Role;
  readonly revision: RevisionId;
  readonly sets: readonly SetBranch[];
}

/** A ReplicaSet. */
export interface SetBranch {
  readonly name: string;
  /** How many pods are wanted of it, and how many are ready. */
  readonly wanted: number;
  readonly ready: number;
  readonly pods: readonly PodLeaf[];
}

/** A pod. */
export interface PodLeaf {
  readonly name: string;
  readonly ready: boolean;
  /** Of its containers together. */
  readonly restarts: number;
  /** When it was made, wall clock, milliseconds. */
  readonly since: number;
  /** Why it cannot stay up, or that it ends. */
  readonly trouble?: string;
}

/** What runs in a namespace. */
export interface Running {
  readonly sets: readonly ReplicaSet[];
  readonly pods: readonly Pod[];
  /** Wall clock, milliseconds. */
  readonly now: number;
}

/** A Rollout with what runs of it. */
export function treeOf(object: RolloutObject, running: Running): RolloutTree {
  const tracks = branchesOf(object, running);
  const { namespace = 'default' } = object.metadata;
  return { namespace, view: { ...viewOf(object), groups: groupsIn(tracks) }, tracks };
}

/** The branches as views have them. */
function groupsIn(tracks: readonly TrackBranch[]): readonly GroupView[] {
  return tracks.map(({ track, revision, sets }) => ({
    ...{ track, revision },
    running: sets.reduce((sum, { wanted }) => sum + wanted, 0),
    ready: sets.reduce((sum, { ready }) => sum + ready, 0),
    instances: sets.flatMap(({ pods }) => pods.map(instanceOf)),
  }));
}

function instanceOf({ name, ready, trouble, restarts, since }: PodLeaf): InstanceView {
  return { id: name, state: trouble ?? (ready ? 'ready' : 'not ready'), restarts, since };
}

function branchesOf(object: RolloutObject, { sets, ...pods }: Running): readonly TrackBranch[] {
  const branches = new Map<string, TrackBranch>();
  const trackOf = tracksIn(object);
  for (const set of sets.filter((one) => isOf(one, object))) {
    const { annotations = {} } = set.metadata;
    const revision = annotations[ANNOTATIONS.revision] as RevisionId | undefined;
    const branch = setBranch(set, pods);
    if (revision === undefined || (branch.wanted === 0 && branch.pods.length === 0)) continue;
    const track = annotations[ANNOTATIONS.copy] === undefined ? trackOf(revision) : 'baseline';
    const key = `${track} ${revision}`;
    branches.set(key, { track, revision, sets: [...(branches.get(key)?.sets ?? []), branch] });
  }
  return [...branches.values()].sort((a, b) => Number(b.track === 'stable') - Number(a.track === 'stable'));
}

function setBranch(set: ReplicaSet, { pods, now }: Omit<Running, 'sets'>): SetBranch {
  const own = pods.filter((pod) => controllerOf(pod)?.uid === set.metadata.uid);
  return {
    name: set.metadata.name,
    wanted: sizeOf(set),
    ready: set.status?.readyReplicas ?? 0,
    pods: own.map((pod) => leafOf(pod, now)).sort((a, b) => a.name.localeCompare(b.name)),
  };
}

/** A ReplicaSet belongs to the Rollout, or by now to the Deployment that it has adopted. */
function isOf(set: ReplicaSet, object: RolloutObject): boolean {
  const { metadata } = object;
  if (set.metadata.namespace !== metadata.namespace) return false;
  const controller = controllerOf(set);
  return (
    controller?.uid === metadata.uid ||
    (controller?.kind === DEPLOYMENTS.kind && controller.name === deploymentOf(object))
  );
}

function tracksIn(object: RolloutObject): (revision: RevisionId) => Role {
  const status = readMemory(object.status?.memory)?.status;
  const { stable, release } = status ?? {};
  const step = release?.plan.steps[release.step];
  const candidate = step === undefined ? 'canary' : judgedTrackOf(step);
  return (revision) => {
    if (revision === stable) return 'stable';
    return revision === release?.to ? candidate : 'previous';
  };
}

function leafOf(pod: Pod, now: number): PodLeaf {
  const { metadata, status = {} } = pod;
  const restarts = (status.containerStatuses ?? []).reduce(
    (sum, { restartCount = 0 }) => sum + restartCount,
    0,
  );
  const leaving = metadata.deletionTimestamp === undefined ? undefined : 'ends';
  const trouble = leaving ?? troubleOf(pod, now)?.replace(`${metadata.name}: `, '');
  return {
    name: metadata.name,
    ready: (status.conditions ?? []).some(({ type, status: is }) => type === 'Ready' && is === 'True'),
    restarts,
    since: Date.parse(metadata.creationTimestamp ?? ''),
    ...(trouble === undefined ? {} : { trouble }),
  };
}
