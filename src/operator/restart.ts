import { Failure } from '../base/failure.ts';
import type { KubeClient } from '../kube/client.ts';
import { DEPLOYMENTS } from '../workloads/deployment/objects.ts';
import { deploymentOf, type RolloutObject } from './objects.ts';

/** Where `kubectl rollout restart` writes the moment, too. */
const RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt';
/** Not that of the operator: what the operator writes is never held back. */
const MANAGER = 'coalmine-restart';

/**
 * Releases the trusted version anew, with fresh pods, by the strategy of its Rollout: what `kubectl rollout restart` refuses to
 * do while a Deployment is paused. Throws Failure `conflict` unless the trusted version is what the Deployment asks for.
 */
export async function restart(client: KubeClient, object: RolloutObject, signal: AbortSignal): Promise<void> {
  const { metadata, status } = object;
  const { name, namespace } = metadata;
  if (status?.phase !== 'Healthy') throw notAtRest(name, status?.phase);
  const deployment = deploymentOf(object) ?? name;
  const annotations = { [RESTARTED_AT]: new Date().toISOString() };
  await client.patch(
    DEPLOYMENTS,
    {
      ...(namespace === undefined ? {} : { namespace }),
      name: deployment,
      fieldManager: MANAGER,
      merge: { spec: { template: { metadata: { annotations } } } },
    },
    signal,
  );
}

function notAtRest(name: string, phase = 'Pending'): Failure {
  return new Failure('conflict', `${name} is ${phase}: only the version that is trusted is restarted`, {
    hint:
      phase === 'Degraded'
        ? 'its template is not the trusted one: see `coalmine describe`, and push what is to run'
        : 'wait until its release has ended, or end it with `coalmine abort`',
  });
}
