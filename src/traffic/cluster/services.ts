import { Failure } from '../../base/failure.ts';
import type { KubeObject } from '../../kube/object.ts';
import { LABELS } from '../../kube/names.ts';
import { resource } from '../../kube/resource.ts';
import type { Side } from './division.ts';
import { EVERY_VERSION, type Owner, type PodHash, type Wanted, type Wish } from './steering.ts';

/** A Service, as far as it is read or copied here. */
export interface Service extends KubeObject {
  readonly spec: {
    readonly type?: string;
    readonly clusterIP?: string;
    readonly selector?: Readonly<Record<string, string>>;
    readonly ports?: readonly ServicePort[];
    readonly publishNotReadyAddresses?: boolean;
    readonly trafficDistribution?: string;
  };
}

interface ServicePort {
  readonly name?: string;
  readonly port: number;
  readonly nodePort?: number;
}

/** Where Services are. */
export const SERVICES = resource<Service>('v1', 'Service', { plural: 'services' });

/** The Service of one side of another. */
export function serviceOf(name: string, side: Side): string {
  return `${name}-${side}`;
}

/** What a Service selects, without what tells versions apart. */
export function everyonesSelector({ spec }: Service): Readonly<Record<string, string>> {
  const { [LABELS.podHash]: _, ...selector } = spec.selector ?? {};
  return selector;
}

/** A selector for the pods with a hash. */
export function selectorOf(service: Service, hash: PodHash): Readonly<Record<string, string>> {
  const everyone = everyonesSelector(service);
  return hash === EVERY_VERSION ? everyone : { ...everyone, [LABELS.podHash]: hash };
}

/** The Service of a side as it should be. Throws Failure `conflict` for one that somebody else has made. */
export function sideService(current: Service | undefined, side: Side, wanted: Wanted): Wish<Service> {
  const { service, hashes, owner } = wanted;
  const name = serviceOf(service.metadata.name, side);
  const hash = hashes.get(side);
  if (current !== undefined) refuseForeign(current, owner);
  if (hash === undefined) return { of: SERVICES, current, wanted: current };
  const spec = specOf(service, hash);
  if (current !== undefined) return { of: SERVICES, current, wanted: withSpec(current, spec) };
  return {
    of: SERVICES,
    current,
    wanted: { metadata: ownMetadata(name, service.metadata.namespace, owner), spec },
  };
}

/** Only what we say of it; the rest is the API server's. */
function withSpec(current: Service, spec: Service['spec']): Service {
  const { selector, ports } = spec;
  const own = (current.spec.ports ?? []).map(withoutNode);
  const isSame = JSON.stringify(own) === JSON.stringify(ports ?? []);
  return {
    ...current,
    spec: {
      ...current.spec,
      ...(selector === undefined ? {} : { selector }),
      ...(isSame || ports === undefined ? {} : { ports }),
    },
  };
}

function specOf(service: Service, hash: PodHash): Service['spec'] {
  const { ports = [], clusterIP, publishNotReadyAddresses, trafficDistribution } = service.spec;
  return {
    selector: selectorOf(service, hash),
    ports: ports.map(withoutNode),
    ...(clusterIP === 'None' ? { clusterIP } : {}),
    ...(publishNotReadyAddresses === true ? { publishNotReadyAddresses } : {}),
    ...(trafficDistribution === undefined ? {} : { trafficDistribution }),
  };
}

function withoutNode({ nodePort: _, ...port }: ServicePort): ServicePort {
  return port;
}

/** What objects of ours say about themselves. */
export function ownMetadata(
  name: string,
  namespace: string | undefined,
  { rollout, reference }: Owner,
): KubeObject['metadata'] {
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    labels: { [LABELS.managedBy]: 'coalmine', [LABELS.rollout]: rollout },
    ...(reference === undefined ? {} : { ownerReferences: [reference] }),
  };
}

/** True for an object that was made for this Rollout. */
export function isOurs({ metadata }: KubeObject, { rollout }: Owner): boolean {
  const { labels = {} } = metadata;
  return labels[LABELS.managedBy] === 'coalmine' && labels[LABELS.rollout] === rollout;
}

/** Throws Failure `conflict` for an object of somebody else that has the name of one of ours. */
export function refuseForeign(object: KubeObject, owner: Owner): void {
  if (isOurs(object, owner)) return;
  const what = `${object.kind ?? 'Service'} ${object.metadata.name}`;
  throw new Failure('conflict', `${what} is not of the Rollout ${owner.rollout}, which needs that name`, {
    hint: `rename or delete it: \`kubectl delete ${what.toLowerCase()}\``,
  });
}
