import { isJsonObject } from '../../base/json.ts';
import type { Route } from '../../engine/observation.ts';
import type { KubeObject } from '../../kube/object.ts';
import { ANNOTATIONS } from '../../kube/names.ts';

/**
 * The route that an object was last made to serve is written on it, in the same write: what is served is that route
 * as long as making it so once more would change nothing.
 */
export function recordedRoute(object: KubeObject): Route | undefined {
  const text = object.metadata.annotations?.[ANNOTATIONS.route];
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    // Whoever writes something else there has undone ours.
    return isJsonObject(value) && Array.isArray(value['parts']) ? (value as unknown as Route) : undefined;
  } catch {
    return undefined;
  }
}

/** The object with these annotations of ours; undefined takes one away. */
export function annotated<T extends KubeObject>(
  object: T,
  ours: Readonly<Partial<Record<keyof typeof ANNOTATIONS, string | undefined>>>,
): T {
  const annotations: Record<string, string> = { ...object.metadata.annotations };
  for (const [key, value] of Object.entries(ours)) {
    const name = ANNOTATIONS[key as keyof typeof ANNOTATIONS];
    if (value === undefined) Reflect.deleteProperty(annotations, name);
    else annotations[name] = value;
  }
  const { annotations: _, ...metadata } = object.metadata;
  const isNone = Object.keys(annotations).length === 0;
  return { ...object, metadata: { ...metadata, ...(isNone ? {} : { annotations }) } };
}

/** The object with the record of a route; who is let in during maintenance is nobody's to read. */
export function withRecord<T extends KubeObject>(object: T, route: Route): T {
  const { maintenance: _, ...recorded } = route;
  return annotated(object, { route: JSON.stringify(recorded) });
}
