import { GATEWAY_API_ACCESS } from '../../traffic/gateway-api/rbac.ts';
import { ISTIO_ACCESS } from '../../traffic/istio/rbac.ts';
import { NGINX_INGRESS_ACCESS } from '../../traffic/nginx-ingress/rbac.ts';

/** The routers that not every cluster has, each with what it must be allowed. */
export const OPTIONAL_ROUTERS = {
  gatewayAPI: GATEWAY_API_ACCESS,
  istio: ISTIO_ACCESS,
  nginxIngress: NGINX_INGRESS_ACCESS,
} as const;

/** The name of a router that is enabled or not, as in `spec.traffic`. */
export type OptionalRouter = keyof typeof OPTIONAL_ROUTERS;

/** All of them. */
export const ROUTER_NAMES: readonly OptionalRouter[] = ['gatewayAPI', 'istio', 'nginxIngress'];

/** How the operator is to be installed. */
export interface InstallSettings {
  /** Where it runs. */
  readonly namespace: string;
  /** True: it looks after this namespace alone, and may do nothing elsewhere. */
  readonly namespaced: boolean;
  readonly enable: readonly OptionalRouter[];
  /** Whether a webhook holds new templates back, in the write that brings them. */
  readonly hold: 'webhook' | 'always';
  readonly image: string;
  readonly replicas: number;
}
