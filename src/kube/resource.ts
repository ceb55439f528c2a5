import type { KubeObject, ObjectKey } from './object.ts';

/** Where the objects of one kind are in the API, or a part of them, such as their status. */
export interface Resource<T extends KubeObject = KubeObject> {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** `status`, `scale`, `eviction`, …; absent for the objects themselves. */
  readonly subresource?: string;
  /** Never there: it carries the type of the objects, which nobody checks at run time. */
  readonly objects?: T;
}

/** Says where objects are; their type is the caller's promise. */
export function resource<T extends KubeObject>(
  apiVersion: string,
  kind: string,
  how: { readonly plural: string; readonly clusterWide?: boolean },
): Resource<T> {
  const [version = '', group = ''] = apiVersion.split('/').reverse();
  return { group, version, kind, plural: how.plural, namespaced: how.clusterWide !== true };
}

/** The status of the objects, which is written apart from them. */
export function statusOf<T extends KubeObject>(of: Resource<T>): Resource<T> {
  return { ...of, subresource: 'status' };
}

/** The size of a workload, read and written alike for every kind that has one. */
export interface Scale extends KubeObject {
  readonly spec?: { readonly replicas?: number };
  readonly status?: { readonly replicas: number; readonly selector?: string };
}

/** The size of the objects. */
export function scaleOf(of: Resource): Resource<Scale> {
  const { plural, namespaced } = of;
  const { group, version } = of;
  return { group, version, plural, namespaced, kind: 'Scale', subresource: 'scale' };
}

/** `group/version`, or `version` for the core group: what objects say in `apiVersion`. */
export function apiVersionOf(of: Pick<Resource, 'group' | 'version'>): string {
  return of.group === '' ? of.version : `${of.group}/${of.version}`;
}

/** What an object of this resource calls itself when it is written. A scale has an API of its own. */
export function typeOf(of: Resource): { readonly apiVersion: string; readonly kind: string } {
  const apiVersion = of.subresource === 'scale' ? 'autoscaling/v1' : apiVersionOf(of);
  return { apiVersion, kind: of.kind };
}

/** The path of all objects, of those in one namespace, or of one. */
export function pathOf(of: Resource, where: Partial<ObjectKey> = {}): string {
  const { namespace, name } = where;
  return [
    of.group === '' ? '/api' : `/apis/${of.group}`,
    of.version,
    ...(namespace === undefined || !of.namespaced ? [] : ['namespaces', segment(namespace)]),
    of.plural,
    ...(name === undefined ? [] : [segment(name)]),
    ...(name === undefined || of.subresource === undefined ? [] : [of.subresource]),
  ].join('/');
}

/** A name as one part of a path: `..` or a slash in it would lead elsewhere. */
function segment(name: string): string {
  if (name === '' || name === '.' || name === '..') throw new TypeError(`${name} is not a name of an object`);
  return encodeURIComponent(name);
}
