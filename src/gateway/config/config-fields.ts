import { Failure } from '../../base/failure.ts';
import { isJsonObject, type JsonObject } from '../../base/json.ts';

/** An object, or a Failure that says where it should be. */
export function objectAt(value: unknown, at: string): JsonObject {
  if (!isJsonObject(value)) throw wrong(at, 'must be an object');
  return value;
}

/** A field that is a list. */
export function listOf(object: JsonObject, key: string, at: string): readonly unknown[] {
  const value = object[key];
  if (!Array.isArray(value)) throw wrong(`${at}.${key}`, 'must be a list');
  return value;
}

/** A field that is a text, of reasonable length. */
export function text(object: JsonObject, key: string, at: string): string {
  return matching(object, key, { at, pattern: /^[^\0]{1,512}$/ });
}

/** A field that is a text of a certain form. */
export function matching(object: JsonObject, key: string, rule: { at: string; pattern: RegExp }): string {
  return textAt(object[key], `${rule.at}.${key}`, rule.pattern);
}

/** A text of a certain form. */
export function textAt(value: unknown, at: string, pattern: RegExp): string {
  if (typeof value === 'string' && pattern.test(value)) return value;
  const found = value === undefined ? 'nothing' : JSON.stringify(value);
  throw wrong(at, `${found} does not match ${pattern.source}`);
}

/** A field that is a whole number within bounds. */
export function integer(
  object: JsonObject,
  key: string,
  rule: { at: string; min: number; max: number },
): number {
  const value = object[key];
  if (typeof value !== 'number' || !Number.isInteger(value) || value < rule.min || value > rule.max) {
    throw wrong(`${rule.at}.${key}`, `must be a whole number from ${rule.min} to ${rule.max}`);
  }
  return value;
}

/** What is wrong with a config, and where. */
export function wrong(at: string, reason: string): Failure {
  return new Failure('usage', `gateway config: ${at} ${reason}`);
}
