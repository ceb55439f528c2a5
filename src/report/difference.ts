import { isJsonObject, type Json } from '../base/json.ts';
import { itemPath, keyPath } from '../rollout/path.ts';

/** The first thing that two values do not have in common. */
export interface Difference {
  readonly path: string;
  /** Absent: it is not there. */
  readonly stored?: Json;
  readonly now?: Json;
}

/** Another machine, or another version of its arithmetic, may round the last digits in another way. */
const ROUNDING = 1e-9;

/** Words may be written anew; a verdict is what its numbers say. */
const WORDS: readonly string[] = ['reason'];

/** Undefined when both are the same but for rounding and words. Both are plain JSON. */
export function firstDifference(
  stored: Json | undefined,
  now: Json | undefined,
  path = '',
): Difference | undefined {
  if (typeof stored === 'number' && typeof now === 'number') {
    const isClose = Math.abs(stored - now) <= ROUNDING * Math.max(1, Math.abs(stored), Math.abs(now));
    return isClose ? undefined : { path, stored, now };
  }
  const parts = partsOf(stored, now, path);
  if (parts === undefined) return stored === now ? undefined : { path, ...given(stored, now) };
  for (const [before, after, at] of parts) {
    const difference = firstDifference(before, after, at);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

type Part = readonly [stored: Json | undefined, now: Json | undefined, path: string];

/** Undefined when they are not both lists, or both objects. */
function partsOf(stored: Json | undefined, now: Json | undefined, path: string): readonly Part[] | undefined {
  if (isList(stored) && isList(now)) {
    const length = Math.max(stored.length, now.length);
    return Array.from({ length }, (_, index) => [stored[index], now[index], itemPath(path, index)] as const);
  }
  if (!isJsonObject(stored) || !isJsonObject(now)) return undefined;
  const keys = [...new Set([...Object.keys(stored), ...Object.keys(now)])].filter(
    (key) => !WORDS.includes(key),
  );
  return keys.map((key) => [stored[key], now[key], keyPath(path, key)] as const);
}

function given(stored: Json | undefined, now: Json | undefined): Omit<Difference, 'path'> {
  return { ...(stored === undefined ? {} : { stored }), ...(now === undefined ? {} : { now }) };
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
