import type { KubeClient } from '../../kube/client.ts';
import { deadlineIn } from '../../system/waiting.ts';
import { deploymentOf, ROLLOUTS, type RolloutObject } from '../objects.ts';
import type { IsHeld } from './review.ts';

/** Less than API servers wait for the webhook. */
const WITHIN_MS = 2_000;

/**
 * Says of a Deployment whether a Rollout has adopted it, by asking the API server: new templates are rare, and a replica
 * that stands by has read nothing.
 */
export function isAdopted(client: KubeClient): IsHeld {
  return async (namespace, name) => {
    const { items } = await client.list(ROLLOUTS, { namespace }, deadlineIn(WITHIN_MS));
    return items.some((rollout) => adopts(rollout, name));
  };
}

function adopts({ metadata, spec }: RolloutObject, name: string): boolean {
  if (metadata.deletionTimestamp !== undefined) return false;
  return deploymentOf({ spec }) === name;
}
