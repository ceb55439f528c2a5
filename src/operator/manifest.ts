import type { JsonObject } from '../base/json.ts';

/** What every object of the installation is labelled with. */
export const INSTALL_LABELS = {
  'app.kubernetes.io/name': 'coalmine',
  'app.kubernetes.io/part-of': 'coalmine',
} as const;

/** An object as it is written in a file. */
export interface Manifest extends JsonObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: JsonObject & { readonly name: string; readonly namespace?: string };
}

/** What and where an object is; without a namespace it belongs to the whole cluster. */
interface Identity {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  /** Besides those of the installation. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** An object of the installation, labelled as such. */
export function manifest(identity: Identity, rest: JsonObject): Manifest {
  const { apiVersion, kind, name, namespace, labels } = identity;
  const place = namespace === undefined ? {} : { namespace };
  return {
    apiVersion,
    kind,
    metadata: { name, ...place, labels: { ...INSTALL_LABELS, ...labels } },
    ...rest,
  };
}
