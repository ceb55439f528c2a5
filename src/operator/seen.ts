import { Failure } from '../base/failure.ts';
import { isApiError } from '../kube/api-error.ts';
import type { KubeClient } from '../kube/client.ts';
import { LABELS } from '../kube/names.ts';
import { CONTROLLER_REVISIONS, DEPLOYMENTS } from '../workloads/deployment/objects.ts';
import { selectorText } from '../workloads/deployment/reads.ts';
import { snapshotsIn } from '../workloads/deployment/snapshots.ts';
import { isSameTemplate } from '../workloads/deployment/template.ts';
import { rolloutsIn } from './listing.ts';
import { deploymentOf, ROLLOUTS, type RolloutObject } from './objects.ts';
import { readMemory, type Memory } from './store/memory.ts';

/** A namespace, as its users see it. */
interface Namespace {
  readonly client: Pick<KubeClient, 'get' | 'list'>;
  readonly namespace: string;
}

/** The name of the Rollout that has adopted a Deployment. Throws Failure `notFound` where none has, or the cluster does not know Rollouts. */
export async function rolloutOf(
  { client, namespace }: Namespace,
  deployment: string,
  signal: AbortSignal,
): Promise<string> {
  const rollouts = await rolloutsIn(client, { namespace }, signal);
  const found = rollouts.find((one) => deploymentOf(one) === deployment);
  if (found !== undefined) return found.metadata.name;
  throw new Failure('notFound', `no Rollout of ${namespace} has adopted the Deployment ${deployment}`, {
    hint: `"coalmine -n ${namespace} adopt deployment/${deployment}" writes one`,
  });
}

/**
 * True once the operator knows the template that the Deployment of a Rollout has now, so that what the Rollout tells is
 * about that, and not about a version before. Of a ConfigMap or Secret that changed under the same template nobody but
 * the operator knows. Who may not look at Deployments has to believe what the Rollout tells.
 */
export async function isSeen(place: Namespace, name: string, signal: AbortSignal): Promise<boolean> {
  try {
    return await isTemplateSeen(place, name, signal);
  } catch (cause) {
    if (isApiError(cause, 'forbidden')) return true;
    throw cause;
  }
}

async function isTemplateSeen(
  { client, namespace }: Namespace,
  name: string,
  signal: AbortSignal,
): Promise<boolean> {
  const object = await client.get(ROLLOUTS, { namespace, name }, signal);
  const adopted = object === undefined ? undefined : deploymentOf(object);
  if (object === undefined || adopted === undefined) return true;
  const deployment = await client.get(DEPLOYMENTS, { namespace, name: adopted }, signal);
  if (deployment === undefined) return true;
  const known = knownIn(object);
  if (known.length === 0) return false;
  // It is asked often: only what can be the answer, and not all that is kept.
  const labels = selectorText({
    matchLabels: { [LABELS.rollout]: name },
    matchExpressions: [{ key: LABELS.revision, operator: 'In', values: known }],
  });
  const kept = await client.list(CONTROLLER_REVISIONS, { namespace, labels }, signal);
  return snapshotsIn(kept.items).some(({ template }) => isSameTemplate(template, deployment.spec.template));
}

/** The revisions that the Deployment may have asked for when the operator looked last. */
function knownIn({ status }: RolloutObject): readonly string[] {
  const memory: Partial<Memory> = readMemory(status?.memory) ?? {};
  return [memory.wanted, memory.override?.insteadOf].filter((one) => one !== undefined);
}
