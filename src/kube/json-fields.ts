import { isJsonObject, type JsonObject } from '../base/json.ts';

/** A text that is there and not empty. */
export function textIn(fields: JsonObject, name: string): string | undefined {
  const value = fields[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The object in a field; an empty one when there is none. */
export function objectIn(fields: JsonObject, name: string): JsonObject {
  const value = fields[name];
  return isJsonObject(value) ? value : {};
}

/** The values in a field that is a list; none when it is no list. */
export function listIn(fields: JsonObject, name: string): readonly unknown[] {
  const value: unknown = fields[name];
  return Array.isArray(value) ? value : [];
}

/** The objects in a field that is a list. */
export function objectsIn(fields: JsonObject, name: string): readonly JsonObject[] {
  return listIn(fields, name).filter(isJsonObject);
}

/** The object that a text says; undefined when it says none. */
export function objectFrom(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
