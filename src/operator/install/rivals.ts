import { Failure } from '../../base/failure.ts';
import { isApiError } from '../../kube/api-error.ts';
import type { KubeClient } from '../../kube/client.ts';
import { INSTALL_LABELS } from '../manifest.ts';
import { DEPLOYMENTS, type Deployment } from '../../workloads/deployment/objects.ts';
import { selectorText } from '../../workloads/deployment/reads.ts';
import { OPERATOR_NAME } from './names.ts';
import type { InstallSettings } from './settings.ts';

/**
 * Throws Failure `conflict` where another installation looks after the same Rollouts: two operators that do not know of each
 * other name versions differently, and undo what the other one does. Who may not look elsewhere is trusted to know.
 */
export async function refuseRivals(
  client: KubeClient,
  { namespace, namespaced }: Pick<InstallSettings, 'namespace' | 'namespaced'>,
  signal: AbortSignal,
): Promise<void> {
  const others = (await installed(client, signal)).filter(({ metadata }) => metadata.namespace !== namespace);
  const rival = others.find((one) => !namespaced || !isNamespaced(one));
  if (rival === undefined) return;
  const where = rival.metadata.namespace ?? 'default';
  const what = isNamespaced(rival) ? 'that namespace' : 'all namespaces';
  throw new Failure('conflict', `coalmine is installed in ${where} already, and looks after ${what}`, {
    hint: `two of them would undo what the other does: remove that one first, or end it with \`kubectl -n ${where} scale deployment/${OPERATOR_NAME} --replicas=0\``,
  });
}

/** The Deployments of operators that run. */
async function installed(client: KubeClient, signal: AbortSignal): Promise<readonly Deployment[]> {
  const labels = selectorText({ matchLabels: INSTALL_LABELS });
  try {
    const { items } = await client.list(DEPLOYMENTS, { labels }, signal);
    return items.filter(({ metadata, spec }) => metadata.name === OPERATOR_NAME && spec.replicas !== 0);
  } catch (error) {
    if (isApiError(error, 'forbidden')) return [];
    throw error;
  }
}

/** By its command line, which is what it does. */
function isNamespaced({ spec }: Deployment): boolean {
  return JSON.stringify(spec.template).includes('"--watch=');
}
