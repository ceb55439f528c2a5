import type { KubeClient } from '../../src/kube/client.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { resource } from '../../src/kube/resource.ts';

const NODES = resource<Node>('v1', 'Node', { plural: 'nodes', clusterWide: true });
const DEPLOYMENTS = resource<Deployment>('apps/v1', 'Deployment', { plural: 'deployments' });

interface Node extends KubeObject {
  readonly status?: { readonly allocatable?: object; readonly capacity?: object };
}

interface Deployment extends KubeObject {
  readonly spec: object;
  readonly status?: { readonly readyReplicas?: number };
}

/** Adds a node with room for a thousand pods. Its kubelet is faked. */
export async function addNode(client: KubeClient, signal: AbortSignal, name = 'node-1'): Promise<void> {
  const room = { cpu: '10000', memory: '100000Gi', pods: '1000' };
  const metadata = {
    name,
    annotations: { 'kwok.x-k8s.io/node': 'fake' },
    labels: { 'kubernetes.io/hostname': name },
  };
  await client.apply(NODES, { object: { metadata, status: { allocatable: room, capacity: room } } }, signal);
}

/** Looks whether a Deployment gets its pod, and takes it away when that is so. */
export async function seeDeploymentReady(client: KubeClient, signal: AbortSignal): Promise<boolean> {
  const key = { namespace: 'default', name: 'first' };
  const found = await client.get(DEPLOYMENTS, key, signal);
  if (found === undefined) await client.apply(DEPLOYMENTS, { object: firstDeployment(key) }, signal);
  if (found?.status?.readyReplicas !== 1) return false;
  await client.delete(DEPLOYMENTS, { ...key, propagation: 'Foreground' }, signal);
  return true;
}

function firstDeployment(metadata: { namespace: string; name: string }): Deployment {
  const labels = { app: 'first' };
  const containers = [{ name: 'first', image: 'example.test/first:1' }];
  return {
    metadata,
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers } },
    },
  };
}
