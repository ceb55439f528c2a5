import type { TrialRequest, TriedListener } from '../api/resources.ts';
import { NEW_STATUS } from '../engine/status.ts';
import type { KubeClient } from '../kube/client.ts';
import { tryListeners } from '../notify/trial.ts';
import { resolveRollout } from '../rollout/resolve/rollout.ts';
import { CONFIGS } from '../workloads/deployment/objects.ts';
import { clusterSecrets } from './cluster-secrets.ts';
import { viewOf } from './cluster-views.ts';
import type { RolloutObject } from './objects.ts';
import { readMemory } from './store/memory.ts';

/**
 * Sends listeners of a Rollout in a cluster a message that tells of nothing: from here, with the Secrets that whoever asks
 * may read. Throws Failure `notFound` where there are none.
 */
export function tryInCluster(
  client: KubeClient,
  { object, request }: { readonly object: RolloutObject; readonly request: TrialRequest },
  within: () => AbortSignal,
): Promise<readonly TriedListener[]> {
  const { namespace = 'default' } = object.metadata;
  const rollout = resolveRollout(viewOf(object).document, 'operator');
  const { secretAt } = clusterSecrets(namespace, (key) => client.get(CONFIGS.Secret, key, within()));
  const status = readMemory(object.status?.memory)?.status ?? NEW_STATUS;
  return tryListeners({ rollout, status, ...request }, { secretAt, now: Date.now, signal: within() });
}
