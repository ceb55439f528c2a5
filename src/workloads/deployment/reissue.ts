import { isJsonObject, type JsonObject } from '../../base/json.ts';
import type { KubeClient } from '../../kube/client.ts';
import { ANNOTATIONS, LABELS } from '../../kube/names.ts';
import type { OwnerReference } from '../../kube/object.ts';
import { CONTROLLER_REVISIONS, REPLICA_SETS, type ControllerRevision, type ReplicaSet } from './objects.ts';
import type { PodSet, Reissuing } from './world.ts';

// Kubernetes cannot make a ReplicaSet younger. One of the same name and selector can take its place, and its pods: they are
// let go with the first (`Orphan`), go on serving, and are claimed by the second. What the second is to be is written
// down before, so that whoever comes after a crash knows whose the pods are.

/** A ReplicaSet as it was when it was to be made again. */
export interface Reissue extends Reissuing {
  readonly set: ReplicaSet;
}

/** Where a reissue is written down, and for whom. */
export interface ReissuePlace {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly owner: OwnerReference;
}

/** Those that are written down, and how far they are by the ReplicaSets that there are. */
export function reissuesIn(
  kept: readonly ControllerRevision[],
  all: readonly ReplicaSet[],
): readonly Reissue[] {
  return kept.flatMap(({ metadata, data }) => {
    const written = isJsonObject(data) ? data['replicaSet'] : undefined;
    if (!isJsonObject(written)) return [];
    const set = written as unknown as ReplicaSet;
    return [{ record: metadata.name, set, state: stateOf(set, all) }];
  });
}

function stateOf(set: ReplicaSet, all: readonly ReplicaSet[]): Reissue['state'] {
  const there = all.find(({ metadata }) => metadata.name === set.metadata.name);
  if (there === undefined) return 'gone';
  if (there.metadata.uid !== set.metadata.uid) return 'done';
  if (there.metadata.deletionTimestamp !== undefined) return 'leaving';
  // It is let go only as it was written down: as another version without a sign of leaving it never was.
  return there.metadata.resourceVersion === set.metadata.resourceVersion ? 'written' : 'outdated';
}

/** True for a ReplicaSet that is not there, or is on its way out, while its pods stay for the one that takes its place. */
export function isReissued(
  { metadata }: Pick<ReplicaSet, 'metadata'>,
  reissues: readonly Reissue[],
): boolean {
  return reissues.some(
    ({ set, state }) => set.metadata.uid === metadata.uid && (state === 'leaving' || state === 'gone'),
  );
}

/** Writes down what a ReplicaSet is. */
export async function writeDown(
  { set, key }: { readonly set: ReplicaSet; readonly key: PodSet['key'] },
  { client, namespace, owner }: ReissuePlace,
  signal: AbortSignal,
): Promise<void> {
  const { name, uid, resourceVersion, labels, annotations, ownerReferences } = set.metadata;
  const known = key === undefined ? {} : { [ANNOTATIONS.revision]: key.revision };
  const metadata = {
    ...{ name, namespace, uid, resourceVersion, labels, ownerReferences },
    annotations: { ...annotations, ...known },
  };
  const record = {
    metadata: {
      name: `${name}-reissue`,
      namespace,
      labels: { [LABELS.managedBy]: 'coalmine', [LABELS.rollout]: owner.name },
      ownerReferences: [owner],
    },
    revision: 1,
    data: { replicaSet: asJson({ metadata, spec: set.spec }) },
  };
  await client.create(CONTROLLER_REVISIONS, record, signal);
}

/** Deletes it, if it is still what was written down. Its pods stay. */
export async function letGo(
  { set }: Reissue,
  { client, namespace }: Pick<ReissuePlace, 'client' | 'namespace'>,
  signal: AbortSignal,
): Promise<void> {
  const { name, uid = '', resourceVersion = '' } = set.metadata;
  const deletion = { namespace, name, uid, resourceVersion, propagation: 'Orphan' } as const;
  await client.delete(REPLICA_SETS, deletion, signal);
}

/** Makes it again, by what was written down. */
export async function makeAgain(
  { set: { metadata, spec } }: Reissue,
  { client }: Pick<ReissuePlace, 'client'>,
  signal: AbortSignal,
): Promise<void> {
  const { uid: _, resourceVersion: _before, ...fresh } = metadata;
  await client.create(REPLICA_SETS, { metadata: fresh, spec }, signal);
}

/** As the API server is sent it: what is absent is not there. */
function asJson(value: object): JsonObject {
  return JSON.parse(JSON.stringify(value)) as JsonObject;
}
