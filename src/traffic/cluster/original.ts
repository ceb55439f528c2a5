import { isJsonObject, type Json } from '../../base/json.ts';
import type { KubeObject } from '../../kube/object.ts';
import { ANNOTATIONS } from '../../kube/names.ts';

/** What rules held before they were steered, by the name of the rule or else its place. */
export type Original = Readonly<Record<string, Json>>;

/** What is remembered on an object of how it was; empty when it was never steered. */
export function originalOf(object: KubeObject): Original {
  const text = object.metadata.annotations?.[ANNOTATIONS.original];
  if (text === undefined) return {};
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? (value as Original) : {};
  } catch {
    return {};
  }
}
