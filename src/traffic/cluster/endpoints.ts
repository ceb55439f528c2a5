import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject, ObjectKey } from '../../kube/object.ts';
import { resource } from '../../kube/resource.ts';

interface EndpointSlice extends KubeObject {
  readonly endpoints?: readonly { readonly conditions?: { readonly ready?: boolean } }[] | null;
}

const SLICES = resource<EndpointSlice>('discovery.k8s.io/v1', 'EndpointSlice', { plural: 'endpointslices' });

/** True once a Service has a pod that is ready. */
export async function hasEndpoints(
  client: Pick<KubeClient, 'list'>,
  { namespace, name }: ObjectKey,
  signal: AbortSignal,
): Promise<boolean> {
  const where = namespace === undefined ? {} : { namespace };
  const labels = `kubernetes.io/service-name=${name}`;
  const { items } = await client.list(SLICES, { ...where, labels }, signal);
  return items.some(({ endpoints }) =>
    (endpoints ?? []).some(({ conditions }) => conditions?.ready !== false),
  );
}
