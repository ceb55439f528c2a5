import { isJsonObject } from '../base/json.ts';
import type { Finding } from '../rollout/finding.ts';
import { itemPath, keyPath } from '../rollout/path.ts';

/** The written form needs about fifteen levels. */
const DEEPEST = 100;

/** Everything in a value that no file could hold: functions, dates, numbers that are none, loops. */
export function plainFindings(value: unknown, path = '', depth = 0): readonly Finding[] {
  if (depth > DEEPEST) {
    return [{ path, reason: `nested more than ${DEEPEST} levels deep, or in itself` }];
  }
  if (Array.isArray(value)) {
    return (value as readonly unknown[]).flatMap((item, i) =>
      item === undefined
        ? [{ path: itemPath(path, i), reason: 'is undefined', hint: 'leave it out of the list' }]
        : plainFindings(item, itemPath(path, i), depth + 1),
    );
  }
  if (isJsonObject(value)) {
    const kind = kindOf(value);
    if (kind !== undefined) return [{ path, reason: `must be plain data, but is ${kind}` }];
    return Object.entries(value).flatMap(([key, inside]) =>
      inside === undefined ? [] : plainFindings(inside, keyPath(path, key), depth + 1),
    );
  }
  return isPlainScalar(value) ? [] : [{ path, reason: `must be plain data, but is ${nameOf(value)}` }];
}

function isPlainScalar(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  return value === null || typeof value === 'string' || typeof value === 'boolean';
}

/** The class of an object that is more than its fields. */
function kindOf(value: object): string | undefined {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype) return undefined;
  // The object of another module system has another Object.
  const { constructor } = value;
  return constructor.name === 'Object' ? undefined : `of class ${constructor.name}`;
}

function nameOf(value: unknown): string {
  if (typeof value === 'number') return String(value);
  return value === undefined ? 'undefined' : `a ${typeof value}`;
}
