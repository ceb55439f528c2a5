import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import { isSameJson } from '../../base/same-json.ts';
import { LABELS } from '../../kube/names.ts';
import type { PodTemplate, ReplicaSet } from './objects.ts';

/** A template without what says nothing: the label that tells ReplicaSets apart, and fields that hold nothing. */
export function plainTemplate(template: PodTemplate): JsonObject {
  const { [LABELS.podHash]: _, ...labels } = template.metadata?.labels ?? {};
  return withoutNothing({ ...template, metadata: { ...template.metadata, labels } });
}

/** True when Kubernetes takes two templates for the same version. */
export function isSameTemplate(a: PodTemplate, b: PodTemplate): boolean {
  return isSameJson(plainTemplate(a), plainTemplate(b));
}

/** What tells the pods of a set from those of others. */
export function podHashIn({ spec }: Pick<ReplicaSet, 'spec'>): string {
  return spec.template.metadata?.labels?.[LABELS.podHash] ?? '';
}

/** The template with the label that tells its pods from those of other versions. */
export function labelled(template: PodTemplate, podHash: string): PodTemplate {
  const { metadata = {} } = template;
  return {
    ...template,
    metadata: { ...metadata, labels: { ...metadata.labels, [LABELS.podHash]: podHash } },
  };
}

/** Absent, null and an empty list are one and the same to Kubernetes. An empty object may say something: `emptyDir: {}`. */
function withoutNothing(value: object): JsonObject {
  const kept: Record<string, Json> = {};
  for (const [key, field] of Object.entries(value as JsonObject)) {
    if (field === undefined || field === null || (Array.isArray(field) && field.length === 0)) continue;
    kept[key] = withoutNothingIn(field);
  }
  return kept;
}

function withoutNothingIn(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(withoutNothingIn);
  return isJsonObject(value) ? withoutNothing(value) : value;
}
