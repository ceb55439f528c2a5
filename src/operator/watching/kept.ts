import { isJsonObject } from '../../base/json.ts';
import { isSameJson } from '../../base/same-json.ts';
import type { KubeObject, ManagedFields } from '../../kube/object.ts';
import type { Config, Deployment, Pod, ReplicaSet } from '../../workloads/deployment/objects.ts';

// What is kept of objects that are watched. Where a specification has not changed it stays the same object, so that what
// was found out about it is known; fields that nobody reads are left out, so that their changes are none.

/** What looks read of a Deployment. */
export function keptDeployment(object: Deployment, before?: Deployment): Deployment {
  const { kind, metadata, spec, status: { observedGeneration, availableReplicas } = {} } = object;
  const managedFields = pausingFields(metadata.managedFields);
  return {
    kind,
    metadata: { ...plainMetadata(object), ...(managedFields.length === 0 ? {} : { managedFields }) },
    spec: sameSpec(object, before) ?? specLike(spec, before?.spec),
    status: present({ observedGeneration, availableReplicas }),
  } as Deployment;
}

/** What looks read of a ReplicaSet. */
export function keptReplicaSet(object: ReplicaSet, before?: ReplicaSet): ReplicaSet {
  const { kind, spec, status = {} } = object;
  const { replicas, readyReplicas, availableReplicas, observedGeneration, conditions } = status;
  return {
    kind,
    metadata: plainMetadata(object),
    spec: sameSpec(object, before) ?? specLike(spec, before?.spec),
    status: present({ replicas, readyReplicas, availableReplicas, observedGeneration, conditions }),
  } as ReplicaSet;
}

/** What looks read of a pod. */
export function keptPod({ kind, metadata, status = {} }: Pod): Pod {
  const { name, namespace, uid, resourceVersion } = metadata;
  const { labels, ownerReferences, creationTimestamp, deletionTimestamp } = metadata;
  const { phase, conditions, containerStatuses, initContainerStatuses } = status;
  return {
    kind,
    metadata: present({
      ...{ name, namespace, uid, resourceVersion },
      ...{ labels, ownerReferences, creationTimestamp, deletionTimestamp },
    }),
    status: present({
      phase,
      conditions: conditions?.map(({ type, status: is, reason, message }) =>
        present({ type, status: is, reason, message }),
      ),
      containerStatuses: containerStatuses?.map(keptStatus),
      initContainerStatuses: initContainerStatuses?.map(keptStatus),
    }),
  } as Pod;
}

/** Of a ConfigMap or Secret only that it is there, and which version of it. */
export function keptConfig({ kind, metadata: { name, namespace, resourceVersion } }: Config): Config {
  return { kind, metadata: present({ name, namespace, resourceVersion }) } as Config;
}

/** All of an object but who wrote which field of it, which is half of what it takes. */
export function keptWhole<T extends KubeObject>(object: T): T {
  return { ...object, metadata: plainMetadata(object) };
}

/** True when nothing of what is kept has changed but the version. */
export function isSameKept(a: KubeObject, b: KubeObject): boolean {
  const { metadata: ours, ...others } = a;
  const { metadata: theirs, ...rest } = b;
  const { resourceVersion: _a, ...metadata } = ours;
  const { resourceVersion: _b, ...same } = theirs;
  return isSameJson(others, rest) && isSameJson(metadata, same);
}

function plainMetadata({ metadata }: KubeObject): KubeObject['metadata'] {
  const { managedFields: _, ...plain } = metadata;
  return plain;
}

/** Who writes whether a Deployment is paused: the one field that is ours. */
function pausingFields(managers: readonly ManagedFields[] = []): readonly ManagedFields[] {
  return managers.flatMap(({ manager = '', fieldsV1 }) => {
    const fields = isJsonObject(fieldsV1) ? fieldsV1['f:spec'] : undefined;
    if (!isJsonObject(fields) || fields['f:paused'] === undefined) return [];
    return [{ manager, fieldsV1: { 'f:spec': { 'f:paused': {} } } }];
  });
}

/** The specification as it was kept, where none of it can have changed. */
export function sameSpec<S>(
  { metadata: { uid, generation } }: KubeObject,
  before: (KubeObject & { readonly spec: S }) | undefined,
): S | undefined {
  const isSame = before?.metadata.uid === uid && before?.metadata.generation === generation;
  return isSame && generation !== undefined ? before?.spec : undefined;
}

/** A specification with its template as it was kept, where that is the same. */
function specLike<T extends { readonly template: unknown }>(spec: T, before: T | undefined): T {
  return before !== undefined && isSameJson(spec.template, before.template)
    ? { ...spec, template: before.template }
    : spec;
}

function keptStatus({ name, restartCount, state, lastState }: NonNullable<PodStatuses>[number]) {
  return present({ name, restartCount, state, lastState });
}

type PodStatuses = NonNullable<Pod['status']>['containerStatuses'];

/** An absent field is not there, rather than being undefined. */
function present<T extends object>(fields: { readonly [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}
