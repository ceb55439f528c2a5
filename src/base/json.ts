/** Any JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** A JSON object. An absent key and a key that holds `undefined` mean the same. */
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** True for an object that is neither null nor an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value that a text of JSON stands for; undefined for a text that is none. */
export function jsonOrNothing(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The object that a text of JSON stands for; undefined for a text that is none. */
export function jsonObjectOrNothing(text: string): JsonObject | undefined {
  const value = jsonOrNothing(text);
  return isJsonObject(value) ? value : undefined;
}
