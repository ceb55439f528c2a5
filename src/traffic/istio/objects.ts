import type { KubeObject } from '../../kube/object.ts';
import { resource } from '../../kube/resource.ts';

/** A host, or a subset of it. */
export interface Destination {
  readonly host: string;
  readonly subset?: string;
  readonly port?: { readonly number?: number };
}

/** A destination with its part of the requests. */
export interface Weighted {
  readonly destination: Destination;
  readonly weight?: number;
  readonly headers?: {
    readonly request?: object;
    readonly response?: { readonly add?: Readonly<Record<string, string>> };
  };
}

/** A test of a text. */
export type StringMatch =
  { readonly exact: string } | { readonly prefix: string } | { readonly regex: string };

/** Requests of a route. */
export interface RequestMatch {
  readonly name?: string;
  readonly uri?: StringMatch;
  readonly method?: StringMatch;
  readonly headers?: Readonly<Record<string, StringMatch | Readonly<Record<string, never>>>>;
  readonly withoutHeaders?: Readonly<Record<string, StringMatch | Readonly<Record<string, never>>>>;
  readonly queryParams?: Readonly<Record<string, StringMatch>>;
}

/** A route; what is not named here is carried along. */
export interface HttpRoute {
  readonly name?: string;
  readonly match?: readonly RequestMatch[];
  readonly route?: readonly Weighted[];
  readonly mirror?: Destination;
  readonly mirrorPercentage?: { readonly value: number };
}

/** A VirtualService. */
export interface VirtualService extends KubeObject {
  readonly spec: { readonly hosts?: readonly string[]; readonly http?: readonly HttpRoute[] };
  readonly status?: {
    readonly observedGeneration?: number | string;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly message?: string;
    }[];
  };
}

/** A part of the pods of a host. */
export interface Subset {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly trafficPolicy?: object;
}

/** A DestinationRule. */
export interface DestinationRule extends KubeObject {
  readonly spec: { readonly host: string; readonly subsets?: readonly Subset[] };
}

const VERSION = 'networking.istio.io/v1';

/** Where VirtualServices are. */
export const VIRTUAL_SERVICES = resource<VirtualService>(VERSION, 'VirtualService', {
  plural: 'virtualservices',
});

/** Where DestinationRules are. */
export const DESTINATION_RULES = resource<DestinationRule>(VERSION, 'DestinationRule', {
  plural: 'destinationrules',
});
