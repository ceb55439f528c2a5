import { GATEWAY_API_ACCESS } from '../../traffic/gateway-api/rbac.ts';
import { ISTIO_ACCESS } from '../../traffic/istio/rbac.ts';
import { JOB_ACCESS } from '../job-hook.ts';
import { NGINX_INGRESS_ACCESS } from '../../traffic/nginx-ingress/rbac.ts';

/** What not every cluster has or wants, each with what it must be allowed: routers, and hooks that are Jobs. */
export const OPTIONAL_PARTS = {
  gatewayAPI: GATEWAY_API_ACCESS,
  istio: ISTIO_ACCESS,
  nginxIngress: NGINX_INGRESS_ACCESS,
  jobs: JOB_ACCESS,
} as const;

/** The name of something that is enabled or not; of a router as in `spec.traffic`. */
export type OptionalPart = keyof typeof OPTIONAL_PARTS;

/** All of them. */
export const PART_NAMES: readonly OptionalPart[] = ['gatewayAPI', 'istio', 'nginxIngress', 'jobs'];

/** How the operator is to be installed. */
export interface InstallSettings {
  /** Where it runs. */
  readonly namespace: string;
  /** True: it looks after this namespace alone, and may do nothing elsewhere. */
  readonly namespaced: boolean;
  readonly enable: readonly OptionalPart[];
  /** Whether a webhook holds new templates back, in the write that brings them. */
  readonly hold: 'webhook' | 'always';
  /** True: its API is served in the cluster. */
  readonly api?: boolean;
  /** What users call its API, where not localhost, as `name` or `name:port`. */
  readonly apiHosts?: readonly string[];
  /** What the cluster is called; absent: nobody has said it. */
  readonly clusterName?: string;
  readonly image: string;
  readonly replicas: number;
}
