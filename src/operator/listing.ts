import type { RolloutView } from '../api/resources.ts';
import { Failure } from '../base/failure.ts';
import { isApiError } from '../kube/api-error.ts';
import type { KubeClient } from '../kube/client.ts';
import { REPLICA_SETS, type ReplicaSet } from '../workloads/deployment/objects.ts';
import { ROLLOUTS, type RolloutObject } from './objects.ts';
import { treeOf } from './tree.ts';

/** Where Rollouts are: in one namespace, or in all. */
export interface Place {
  readonly namespace?: string;
}

/** All Rollouts of a place. Throws Failure `notFound` where the cluster does not know Rollouts. */
export async function rolloutsIn(
  client: Pick<KubeClient, 'list'>,
  place: Place,
  signal: AbortSignal,
): Promise<readonly RolloutObject[]> {
  try {
    return (await client.list(ROLLOUTS, place, signal)).items;
  } catch (cause) {
    if (!isApiError(cause, 'notFound')) throw cause;
    throw new Failure('notFound', 'the cluster does not know what a Rollout is', {
      hint: 'install coalmine in it: see `coalmine install --help`',
      cause,
    });
  }
}

/** All Rollouts of a place, with how many pods of each version are ready. */
export async function listViews(
  client: KubeClient,
  place: Place,
  signal: AbortSignal,
): Promise<readonly RolloutView[]> {
  const objects = await rolloutsIn(client, place, signal);
  return viewsOf(client, { place, objects }, signal);
}

/** These Rollouts, with how many pods of each version are ready. */
export async function viewsOf(
  client: KubeClient,
  { place, objects }: { readonly place: Place; readonly objects: readonly RolloutObject[] },
  signal: AbortSignal,
): Promise<readonly RolloutView[]> {
  const sets = objects.length === 0 ? [] : await setsIn(client, place, signal);
  return objects.map((object) => treeOf(object, { sets, pods: [], now: Date.now() }).view);
}

/** None for somebody who may not see them: Rollouts are worth seeing without. */
async function setsIn(client: KubeClient, place: Place, signal: AbortSignal): Promise<readonly ReplicaSet[]> {
  try {
    return (await client.list(REPLICA_SETS, place, signal)).items;
  } catch (cause) {
    if (isApiError(cause, 'forbidden')) return [];
    throw cause;
  }
}
