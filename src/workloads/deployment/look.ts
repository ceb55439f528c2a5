import type { Copy } from '../../engine/observation.ts';
import { ANNOTATIONS, LABELS } from '../../kube/names.ts';
import type { OwnerReference } from '../../kube/object.ts';
import type { RevisionId } from '../../rollout/model.ts';
import { DEPLOYMENTS, type Deployment, type ReplicaSet } from './objects.ts';
import type { Snapshot } from './snapshots.ts';
import { isSameTemplate } from './template.ts';
import { isReissued, type Reissue } from './reissue.ts';
import type { PodSet, SetKey, World } from './world.ts';

/** What was read of a Deployment, and what it says. */
export interface Read {
  readonly deployment: Deployment;
  /** Those that are the Deployment's or ours; of one that is gone to be made again, what it was: its pods are there. */
  readonly replicaSets: readonly ReplicaSet[];
  /** Those that are made again. */
  readonly reissues: readonly Reissue[];
  readonly snapshots: readonly Snapshot[];
  /** The revision of the Deployment's template now. */
  readonly template: RevisionId;
  /** True: the Deployment's controller is about to take a ReplicaSet that has lost its own. */
  readonly awaitsClaim: boolean;
}

/** The ReplicaSets whose controller is the Deployment or the Rollout. */
export function ownedSets(
  all: readonly ReplicaSet[],
  deployment: Deployment,
  rollout: OwnerReference,
): readonly ReplicaSet[] {
  const uids = [deployment.metadata.uid, rollout.uid];
  return all.filter((set) => uids.includes(controllerOf(set)?.uid));
}

/**
 * True while a ReplicaSet is nobody's, or that of an earlier Deployment of the name, which was deleted and left it behind:
 * the Deployment's controller takes those that have its labels.
 */
export function hasUnclaimed(all: readonly ReplicaSet[], { metadata }: Deployment): boolean {
  return all.some((set) => {
    const { kind, name, uid } = controllerOf(set) ?? {};
    const isOfEarlier = kind === DEPLOYMENTS.kind && name === metadata.name && uid !== metadata.uid;
    return set.metadata.deletionTimestamp === undefined && (uid === undefined || isOfEarlier);
  });
}

/** Who has a say in an object. */
export function controllerOf({ metadata }: Pick<ReplicaSet, 'metadata'>): OwnerReference | undefined {
  return metadata.ownerReferences?.find(({ controller }) => controller === true);
}

/** What decisions are made on. */
export function worldOf(read: Read): World {
  const { deployment, replicaSets, template } = read;
  const { metadata, spec, status } = deployment;
  return {
    ...boundsOf(deployment),
    template,
    paused: spec.paused === true,
    isObserved: (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0),
    awaitsClaim: read.awaitsClaim,
    reissues: read.reissues.map(({ record, state }) => ({ record, state })),
    sets: replicaSets.map((set) => podSetOf(set, read)),
  };
}

function podSetOf(set: ReplicaSet, read: Read): PodSet {
  const { metadata } = set;
  const { annotations = {}, labels = {} } = metadata;
  const key = keyOf(set, read);
  const snapshot = read.snapshots.find(({ revision }) => revision === key?.revision);
  return {
    name: metadata.name,
    owner: controllerOf(set)?.uid === read.deployment.metadata.uid ? 'deployment' : 'rollout',
    ...(key === undefined ? {} : { key }),
    isOurs: annotations[ANNOTATIONS.revision] !== undefined,
    isMade: labels[LABELS.managedBy] === 'coalmine',
    createdAt: Date.parse(metadata.creationTimestamp ?? ''),
    ...podsIn(set),
    isLeaving: metadata.deletionTimestamp !== undefined || isReissued(set, read.reissues),
    isPinned: annotations[ANNOTATIONS.pinned] !== undefined,
    canBePinned: Object.keys(snapshot?.copies ?? {}).length > 0,
  };
}

function podsIn(set: ReplicaSet): Pick<PodSet, 'size' | 'ready' | 'available' | 'isObserved' | 'isSettled'> {
  const size = sizeOf(set);
  const { metadata, status = {} } = set;
  const { replicas = 0, readyReplicas = 0, availableReplicas = 0, observedGeneration = 0 } = status;
  const isObserved = observedGeneration >= (metadata.generation ?? 0);
  const isSettled = isObserved && replicas === size;
  return { size, ready: readyReplicas, available: availableReplicas, isObserved, isSettled };
}

/** How many pods a ReplicaSet is to have. */
export function sizeOf({ spec }: ReplicaSet): number {
  return spec.replicas ?? 1;
}

/** What a ReplicaSet runs: what we wrote on it, or what the Deployment is at now. */
export function keyOf(
  { metadata, spec }: ReplicaSet,
  { deployment, template }: Pick<Read, 'deployment' | 'template'>,
): SetKey | undefined {
  const { [ANNOTATIONS.revision]: revision, [ANNOTATIONS.copy]: copy } = metadata.annotations ?? {};
  if (revision !== undefined)
    return { revision: revision as RevisionId, ...(copy === undefined ? {} : { copy: copy as Copy }) };
  return isSameTemplate(spec.template, deployment.spec.template) ? { revision: template } : undefined;
}

/** What the Deployment itself says of sizes: a surge is rounded up, and what may be missing down. */
export function boundsOf({ spec }: Deployment): Pick<World, 'replicas' | 'surge' | 'unavailable'> {
  const { replicas = 1, strategy } = spec;
  const { maxSurge = '25%', maxUnavailable = '25%' } = strategy?.rollingUpdate ?? {};
  const surge = countIn(maxSurge, replicas, Math.ceil);
  const unavailable = countIn(maxUnavailable, replicas, Math.floor);
  return { replicas, surge, unavailable: surge + unavailable === 0 ? 1 : unavailable };
}

function countIn(written: number | string, replicas: number, round: (value: number) => number): number {
  return typeof written === 'number' ? written : round((Number.parseFloat(written) * replicas) / 100);
}
