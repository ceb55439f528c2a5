import { inject } from 'vitest';
import { kubeClient } from '../../src/kube/api-client.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { loadKubeconfig } from '../../src/kube/kubeconfig.ts';

/**
 * The kubeconfig of the shared control plane; undefined where its programs are missing, so that tests are skipped:
 * `describe.skipIf(sharedKubeconfig() === undefined)`. Each file works in namespaces of its own.
 */
export function sharedKubeconfig(): string | undefined {
  const path = inject('kubeconfig');
  return path === '' ? undefined : path;
}

/** A client of the shared control plane, of a user who may do everything. To be closed. */
export async function sharedClient(): Promise<KubeClient> {
  return clientOf(inject('kubeconfig'));
}

/** A client of a user who may do everything. To be closed. */
export async function clientOf(kubeconfig: string): Promise<KubeClient> {
  return kubeClient(await loadKubeconfig({ path: kubeconfig }));
}
