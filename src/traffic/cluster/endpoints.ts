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
  /** True: it sends requests to others too, who are told apart behind it. */
  readonly isShared?: true;
}

/**
 * True once a Service sends requests to such pods, and to no others unless it is shared: what is changed, and who has
 * become ready, takes a moment to count.
 */
export async function hasFoundPods(
  client: Pick<KubeClient, 'list'>,
  { namespace, name, selector, isShared }: Selecting,
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
  const isFound = ({ targetRef }: Endpoint): boolean => selected.has(targetRef?.name ?? '');
  return isShared === true ? served.some(isFound) : served.length > 0 && served.every(isFound);
}
