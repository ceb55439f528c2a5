import type { Client } from '../client/client.ts';
import { kubeClient } from '../kube/api-client.ts';
import { loadKubeconfig, type KubeconfigChoice } from '../kube/kubeconfig.ts';
import { ClusterOperations } from '../operator/cluster-operations.ts';

/** A cluster that commands work on. */
export interface Cluster {
  readonly operations: Client;
  close(): Promise<void>;
}

/** The namespace of a cluster that the kubeconfig leads to. Throws Failure where it leads nowhere. */
export async function openCluster(choice: KubeconfigChoice): Promise<Cluster> {
  const access = await loadKubeconfig(choice);
  const client = kubeClient(access);
  const user = choice.env?.['USER'];
  return {
    operations: new ClusterOperations({
      client,
      namespace: access.namespace,
      ...(user === undefined ? {} : { user }),
    }),
    close: () => client.close(),
  };
}
