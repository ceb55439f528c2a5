import { kubeClient } from '../../kube/api-client.ts';
import type { KubeClient } from '../../kube/client.ts';
import { loadKubeconfig } from '../../kube/kubeconfig.ts';
import type { Placed } from '../../operator/install/placing.ts';
import type { ClusterOptions } from '../commands/install.ts';
import type { Session } from '../session.ts';

/** Works with a client of the cluster that the options name. */
export async function withCluster<T>(
  session: Session,
  { kubeconfig, context }: ClusterOptions,
  work: (client: KubeClient) => Promise<T>,
): Promise<T> {
  session.refuseRemote();
  const access = await loadKubeconfig({
    env: session.io.env,
    ...(kubeconfig === undefined ? {} : { path: session.path(kubeconfig) }),
    ...(context === undefined ? {} : { context }),
  });
  const client = kubeClient(access);
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

const WORDS: Readonly<Record<Placed['change'], readonly [done: string, planned: string]>> = {
  none: ['is as it should be', 'is as it should be'],
  new: ['made', 'would be made'],
  changed: ['changed', 'would be changed'],
  removed: ['removed', 'would be removed'],
};

/** One line for each object. */
export function placedLines(placed: readonly Placed[], dryRun: boolean): readonly string[] {
  return placed.map(({ kind, name, namespace, change }) => {
    const which = namespace === undefined ? name : `${namespace}/${name}`;
    return `${kind} ${which} ${WORDS[change][dryRun ? 1 : 0]}`;
  });
}
