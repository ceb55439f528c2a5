import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject } from '../../kube/object.ts';
import { resource } from '../../kube/resource.ts';
import { waitFor } from '../../system/waiting.ts';
import { definitionOf } from '../crd/definition.ts';
import { KINDS } from '../crd/kinds.ts';

interface Definition extends KubeObject {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

const DEFINITIONS = resource<Definition>('apiextensions.k8s.io/v1', 'CustomResourceDefinition', {
  plural: 'customresourcedefinitions',
  clusterWide: true,
});

const LOOK_EVERY_MS = 100;

/** Makes the API server know our kinds; they are served when it returns. */
export async function applyDefinitions(client: KubeClient, signal: AbortSignal): Promise<void> {
  const names = KINDS.map((kind) => definitionOf(kind)).map(async (object) => {
    await client.apply(DEFINITIONS, { object, force: true }, signal);
    return object.metadata.name;
  });
  for (const name of await Promise.all(names)) {
    while (!isEstablished(await client.get(DEFINITIONS, { name }, signal)))
      if (!(await waitFor(LOOK_EVERY_MS, signal))) signal.throwIfAborted();
  }
}

function isEstablished(definition: Definition | undefined): boolean {
  const conditions = definition?.status?.conditions ?? [];
  return conditions.some(({ type, status }) => type === 'Established' && status === 'True');
}
