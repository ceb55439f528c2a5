import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject, ObjectKey } from '../../kube/object.ts';
import { resource } from '../../kube/resource.ts';

interface EndpointSlice extends KubeObject {
  readonly endpoints?: readonly Endpoint[] | null;
}

interface Endpoint {
  readonly conditions?: { readonly ready?: boolean };
  readonly targetRef?: { readonly name?: string };
}

const SLICES = resource<EndpointSlice>('discovery.k8s.io/v1', 'EndpointSlice', { plural: 'endpointslices' });
const PODS = resource('v1', 'Pod', { plural: 'pods' });

/** A Service, and the labels of the pods that it is to send requests to. */
export interface Selecting extends ObjectKey {
  readonly selector: Readonly<Record<string, string>>;
}

/** True once a Service sends requests to pods that it selects, and to no others: a changed selector takes a moment to count. */
export async function hasFoundPods(
  client: Pick<KubeClient, 'list'>,
  { namespace, name, selector }: Selecting,
  signal: AbortSignal,
): Promise<boolean> {
  const where = namespace === undefined ? {} : { namespace };
  const labels = Object.entries(selector).map((one) => one.join('='));
  const [slices, pods] = await Promise.all([
    client.list(SLICES, { ...where, labels: `kubernetes.io/service-name=${name}` }, signal),
    client.list(PODS, { ...where, labels: labels.join() }, signal),
  ]);
  const selected = new Set(pods.items.map(({ metadata }) => metadata.name));
  const served = slices.items
    .flatMap(({ endpoints }) => endpoints ?? [])
    .filter(({ conditions }) => conditions?.ready !== false);
  return served.length > 0 && served.every(({ targetRef }) => selected.has(targetRef?.name ?? ''));
}
