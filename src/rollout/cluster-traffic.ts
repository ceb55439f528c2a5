/** How users reach what runs in a Kubernetes cluster. */
export type ClusterTraffic = ServiceTraffic | GatewayApiTraffic | IstioTraffic | NginxIngressTraffic;

/** Through a plain Kubernetes Service, behind which shares are shares of replicas. */
export interface ServiceTraffic {
  readonly kind: 'service';
  readonly name: string;
}

/** What routers that look into requests have in common. */
interface RoutedTraffic {
  /** The Service whose pods are divided; absent: the one that the route sends to. */
  readonly service?: string;
  /** `cookie` is the name of the cookie that keeps a user on one version. */
  readonly sticky?: { readonly cookie: string };
}

/** Through a route of the Kubernetes Gateway API. */
export interface GatewayApiTraffic extends RoutedTraffic {
  readonly kind: 'gatewayAPI';
  readonly route: 'HTTPRoute' | 'GRPCRoute';
  readonly name: string;
  /** The names of the rules that are steered; absent: all that send to the Service. */
  readonly rules?: readonly string[];
  /** Whose counters tell what was served; absent: nobody said. */
  readonly implementation?: GatewayImplementation;
}

/** Implementations of the Gateway API of which it is known what they count. */
export const GATEWAY_IMPLEMENTATIONS = [
  'istio',
  'envoyGateway',
  'contour',
  'traefik',
  'linkerd',
  'kgateway',
] as const;

/** One of them. */
export type GatewayImplementation = (typeof GATEWAY_IMPLEMENTATIONS)[number];

/** Through a VirtualService of Istio. */
export interface IstioTraffic extends RoutedTraffic {
  readonly kind: 'istio';
  readonly virtualService: string;
  /** The names of the routes that are steered; absent: all that send to the Service. */
  readonly routes?: readonly string[];
  /** Where the subsets of the Service are; absent: each version has a Service of its own. */
  readonly destinationRule?: string;
}

/** Through an Ingress with the canary annotations of ingress-nginx. */
export interface NginxIngressTraffic extends RoutedTraffic {
  readonly kind: 'nginxIngress';
  readonly ingress: string;
}
