import type { KubeClient } from '../../src/kube/client.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { resource } from '../../src/kube/resource.ts';

/** The simplest object there is. */
export interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

/** ConfigMaps. */
export const CONFIG_MAPS = resource<ConfigMap>('v1', 'ConfigMap', { plural: 'configmaps' });

const NAMESPACES = resource('v1', 'Namespace', { plural: 'namespaces', clusterWide: true });

/** Makes a namespace with this beginning of its name, and answers the name: each test file, and each try, has its own. */
export async function newNamespace(client: KubeClient, prefix: string): Promise<string> {
  const made = await client.create(
    NAMESPACES,
    { metadata: { generateName: `${prefix}-` } },
    new AbortController().signal,
  );
  return made.metadata.name;
}
