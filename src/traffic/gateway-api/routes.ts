import type { KubeObject } from '../../kube/object.ts';
import { resource } from '../../kube/resource.ts';

/** A Service that a rule sends requests to. */
export interface BackendRef {
  readonly group?: string;
  readonly kind?: string;
  readonly name: string;
  readonly namespace?: string;
  readonly port?: number;
  readonly weight?: number;
}

/** A test of a header or of a query parameter. */
export interface NamedMatch {
  readonly type?: 'Exact' | 'RegularExpression';
  readonly name: string;
  readonly value: string;
}

/** Requests of an HTTPRoute. */
export interface HttpMatch {
  readonly path?: {
    readonly type?: 'Exact' | 'PathPrefix' | 'RegularExpression';
    readonly value?: string;
  };
  readonly headers?: readonly NamedMatch[];
  readonly queryParams?: readonly NamedMatch[];
  readonly method?: string;
}

/** Calls of a GRPCRoute. */
export interface GrpcMatch {
  readonly method?: {
    readonly type?: 'Exact' | 'RegularExpression';
    readonly service?: string;
    readonly method?: string;
  };
  readonly headers?: readonly NamedMatch[];
}

/** What else is done with requests; only copies are looked into. */
export interface Filter {
  readonly type: string;
  readonly requestMirror?: {
    readonly backendRef: BackendRef;
    readonly percent?: number;
    readonly fraction?: { readonly numerator: number; readonly denominator?: number };
  };
}

/** A rule; what is not named here is carried along. */
export interface Rule<M> {
  readonly name?: string;
  readonly matches?: readonly M[];
  readonly filters?: readonly Filter[];
  readonly backendRefs?: readonly BackendRef[];
  readonly sessionPersistence?: { readonly sessionName?: string; readonly type?: string };
}

/** What a data plane made of a route for one of its parents. */
export interface ParentStatus {
  readonly parentRef: ParentRef;
  readonly controllerName: string;
  readonly conditions?: readonly Condition[];
}

/** A Gateway, or a Service in a mesh. */
export interface ParentRef {
  readonly group?: string;
  readonly kind?: string;
  readonly namespace?: string;
  readonly name: string;
  readonly sectionName?: string;
  readonly port?: number;
}

/** One thing that is said about an object. */
export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly observedGeneration?: number;
  readonly reason?: string;
  readonly message?: string;
}

/** An HTTPRoute or a GRPCRoute. */
export interface ApiRoute<M = HttpMatch | GrpcMatch> extends KubeObject {
  readonly spec: {
    readonly parentRefs?: readonly ParentRef[];
    readonly rules?: readonly Rule<M>[];
  };
  readonly status?: { readonly parents?: readonly ParentStatus[] };
}

const VERSION = 'gateway.networking.k8s.io/v1';

/** Where HTTPRoutes are. */
export const HTTP_ROUTES = resource<ApiRoute<HttpMatch>>(VERSION, 'HTTPRoute', { plural: 'httproutes' });

/** Where GRPCRoutes are. */
export const GRPC_ROUTES = resource<ApiRoute<GrpcMatch>>(VERSION, 'GRPCRoute', { plural: 'grpcroutes' });
