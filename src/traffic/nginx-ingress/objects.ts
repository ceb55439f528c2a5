import type { KubeObject } from '../../kube/object.ts';
import { resource } from '../../kube/resource.ts';

/** A path of an Ingress. */
export interface IngressPath {
  readonly path?: string;
  readonly pathType?: string;
  readonly backend: {
    readonly service?: {
      readonly name: string;
      readonly port?: { readonly number?: number; readonly name?: string };
    };
  };
}

/** An Ingress, as far as it is read or copied here. */
export interface Ingress extends KubeObject {
  readonly spec: {
    readonly ingressClassName?: string;
    readonly rules?: readonly {
      readonly host?: string;
      readonly http?: { readonly paths: readonly IngressPath[] };
    }[];
  };
}

/** Where Ingresses are. */
export const INGRESSES = resource<Ingress>('networking.k8s.io/v1', 'Ingress', { plural: 'ingresses' });
