import { Failure } from '../../base/failure.ts';
import type { KubeClient, Partially } from '../../kube/client.ts';
import { ANNOTATIONS, LABELS } from '../../kube/names.ts';
import type { OwnerReference } from '../../kube/object.ts';
import { isApiError } from '../../kube/api-error.ts';
import { boundsOf, controllerOf, type Read } from './look.ts';
import {
  CONTROLLER_REVISIONS,
  DEPLOYMENTS,
  REPLICA_SETS,
  type Deployment,
  type ReplicaSet,
} from './objects.ts';
import { pinnedTemplate, type Snapshot } from './snapshots.ts';
import { letGo, makeAgain, writeDown } from './reissue.ts';
import { labelled, podHashIn } from './template.ts';
import type { SetKey } from './world.ts';
import type { Write } from './writes.ts';

/** What the Deployment controller compares sizes with: what they were meant for. */
const DESIRED = 'deployment.kubernetes.io/desired-replicas';
const MAX = 'deployment.kubernetes.io/max-replicas';

/** Where writes go, and what they were decided on. */
export interface WriteContext {
  readonly client: KubeClient;
  readonly namespace: string;
  /** The Rollout, as what it owns says it. */
  readonly owner: OwnerReference;
  readonly read: Read;
}

/** Writes one after another. What has changed meanwhile ends it: the next look decides anew. */
export async function perform(
  writes: readonly Write[],
  context: WriteContext,
  signal: AbortSignal,
): Promise<void> {
  for (const write of writes) {
    try {
      await performOne(write, context, signal);
    } catch (error) {
      if (isApiError(error, 'conflict', 'alreadyExists', 'notFound')) return;
      throw error;
    }
  }
}

async function performOne(write: Write, context: WriteContext, signal: AbortSignal): Promise<void> {
  const { client, namespace, read } = context;
  if (write.kind === 'hold') return holdBack(context, write.paused, signal);
  if (write.kind === 'create') return create(write, context, signal);
  if ('record' in write) return goOn(write, context, signal);
  const set = rawSet(write.set.name, read);
  const { name, uid = '', resourceVersion = '' } = set.metadata;
  if (write.kind === 'delete') {
    await client.delete(REPLICA_SETS, { namespace, name, uid, resourceVersion }, signal);
    return;
  }
  if (write.kind === 'reissue') return writeDown({ set, key: write.set.key }, context, signal);
  const { metadata, ...rest } = changeOf(write, set, context);
  const merge = { ...rest, metadata: { ...metadata, resourceVersion } };
  await client.patch(REPLICA_SETS, { namespace, name, merge }, signal);
}

async function goOn(
  { kind, record }: Extract<Write, { kind: 'letGo' | 'makeAgain' | 'forget' }>,
  context: WriteContext,
  signal: AbortSignal,
): Promise<void> {
  const { client, namespace, read } = context;
  if (kind === 'forget') {
    await client.delete(CONTROLLER_REVISIONS, { namespace, name: record }, signal);
    return;
  }
  const reissue = read.reissues.find((one) => one.record === record);
  if (reissue === undefined) return;
  await (kind === 'letGo' ? letGo : makeAgain)(reissue, context, signal);
}

async function create(write: Creation, context: WriteContext, signal: AbortSignal): Promise<void> {
  const snapshot = snapshotOf(write.key, context.read);
  if (snapshot === undefined)
    throw new Failure('notFound', `nothing is written down of revision ${write.key.revision} any more`);
  await context.client.create(REPLICA_SETS, newSet(write, snapshot, context), signal);
}

/** Our one field of the Deployment. The uid keeps a Deployment that is gone from being made by it. */
async function holdBack(context: WriteContext, paused: boolean, signal: AbortSignal): Promise<void> {
  const { client, namespace, read } = context;
  const { name, uid, resourceVersion = '' } = read.deployment.metadata;
  if (paused) {
    const metadata = { name, namespace, ...(uid === undefined ? {} : { uid }) };
    await client.apply(DEPLOYMENTS, { object: { metadata, spec: { paused } }, force: true }, signal);
    return;
  }
  // Taken out, not let go of: what a webhook has added to a write is not ours. And only from the template that was seen.
  const merge = { metadata: { resourceVersion }, spec: { paused: null } };
  await client.patch(DEPLOYMENTS, { namespace, name, merge }, signal);
}

type Creation = Extract<Write, { kind: 'create' }>;
type SetChange = Extract<Write, { kind: 'resize' | 'takeOut' | 'handIn' | 'pin' }>;

function changeOf(write: SetChange, set: ReplicaSet, { owner, read }: WriteContext): Partially<ReplicaSet> {
  switch (write.kind) {
    case 'resize':
      return { spec: { replicas: write.size } };
    case 'takeOut':
      return {
        metadata: { ownerReferences: ownedBy(owner, set), annotations: knownAs(write.set.key) },
        spec: { replicas: write.size },
      };
    case 'handIn': {
      const annotations = { ...knownAs(write.set.key), ...sizeAnnotations(read.deployment) };
      return { metadata: { ownerReferences: ownedBy(ownerReferenceOf(read.deployment), set), annotations } };
    }
    case 'pin':
      return pinning(write, set, read);
  }
}

function pinning(
  { pinned, set: { key } }: Extract<Write, { kind: 'pin' }>,
  set: ReplicaSet,
  read: Read,
): Partially<ReplicaSet> {
  const snapshot = snapshotOf(key, read);
  if (snapshot === undefined) return {};
  const template = pinned ? pinnedTemplate(snapshot) : snapshot.template;
  return {
    metadata: { annotations: { [ANNOTATIONS.pinned]: pinned ? 'true' : null } },
    spec: { template: labelled(template, podHashIn(set)) },
  };
}

function knownAs(key: SetKey | undefined): Readonly<Record<string, string>> {
  return key === undefined ? {} : { [ANNOTATIONS.revision]: key.revision };
}

/** A new ReplicaSet of a revision: its template as the Deployment has it, and the label that tells its pods apart. */
function newSet({ key, size, owner: by }: Creation, snapshot: Snapshot, context: WriteContext) {
  const { namespace, owner, read } = context;
  const { metadata, spec } = read.deployment;
  const isPinned = key.revision !== read.template && Object.keys(snapshot.copies).length > 0;
  const podHash = podHashFor(key);
  const template = labelled(isPinned ? pinnedTemplate(snapshot) : snapshot.template, podHash);
  const controller = by === 'rollout' ? owner : ownerReferenceOf(read.deployment);
  return {
    metadata: {
      name: setName(metadata.name, key),
      namespace,
      labels: { ...template.metadata?.labels, [LABELS.managedBy]: 'coalmine' },
      annotations: {
        [ANNOTATIONS.revision]: key.revision,
        ...(key.copy === undefined ? {} : { [ANNOTATIONS.copy]: key.copy }),
        ...(isPinned ? { [ANNOTATIONS.pinned]: 'true' } : {}),
        ...(by === 'deployment' ? sizeAnnotations(read.deployment) : {}),
      },
      ownerReferences: [{ ...controller, controller: true }],
    },
    spec: {
      replicas: size,
      ...(spec.minReadySeconds === undefined ? {} : { minReadySeconds: spec.minReadySeconds }),
      selector: {
        ...spec.selector,
        matchLabels: { ...spec.selector.matchLabels, [LABELS.podHash]: podHash },
      },
      template,
    },
  };
}

function snapshotOf(key: SetKey | undefined, { snapshots }: Read): Snapshot | undefined {
  return snapshots.find(({ revision }) => revision === key?.revision);
}

/** The value of `pod-template-hash` on the pods of a set that we make: it need not be Kubernetes' own. */
function podHashFor({ revision, copy }: SetKey): string {
  return `${revision.replace('-', '')}${copy === undefined ? '' : `-${copy}`}`;
}

/** Deployments have names of 253 characters at most, and so have ReplicaSets. */
const LONGEST_STEM = 220;

function setName(deployment: string, { revision, copy }: SetKey): string {
  const suffix = revision.slice(revision.indexOf('-'));
  return `${deployment.slice(0, LONGEST_STEM)}${suffix}${copy === undefined ? '' : `-${copy}`}`;
}

/** What Kubernetes leaves of a name before it adds five characters of its own. */
const LONGEST_BASE = 58;

/** How the names of the pods of a set begin; undefined where they are cut off. */
export function podNamesIn({ metadata }: ReplicaSet): string | undefined {
  const base = `${metadata.name}-`;
  return base.length > LONGEST_BASE ? undefined : base;
}

function sizeAnnotations(deployment: Deployment): Readonly<Record<string, string>> {
  const { replicas, surge } = boundsOf(deployment);
  return { [DESIRED]: String(replicas), [MAX]: String(replicas + surge) };
}

function ownerReferenceOf({ metadata }: Deployment): OwnerReference {
  const { name, uid = '' } = metadata;
  return { apiVersion: 'apps/v1', kind: 'Deployment', name, uid, controller: true, blockOwnerDeletion: true };
}

/** Another controller; whoever else owns it stays. */
function ownedBy(controller: OwnerReference, set: ReplicaSet): readonly OwnerReference[] {
  const before = controllerOf(set);
  const others = (set.metadata.ownerReferences ?? []).filter(
    (one) => one !== before && one.uid !== controller.uid,
  );
  return [{ ...controller, controller: true }, ...others];
}

/** The object that a set was seen as. */
export function rawSet(name: string, { replicaSets }: Pick<Read, 'replicaSets'>): ReplicaSet {
  const found = replicaSets.find(({ metadata }) => metadata.name === name);
  if (found === undefined) throw new RangeError(`no ReplicaSet ${name} was read`);
  return found;
}
