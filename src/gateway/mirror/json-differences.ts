import { plainWord } from '../routing/plain-word.ts';

/** Nobody reads more, and nothing deeper is looked at. */
const MOST = 32;
const DEEPEST = 64;

/** JSON pointers in segments; `*` stands for any. */
export type IgnoredPointers = readonly (readonly string[])[];

/** Pointers as they are compared with. */
export function ignoredPointers(pointers: readonly string[]): IgnoredPointers {
  return pointers.map((pointer) => pointer.split('/').slice(1).map(unescaped));
}

/**
 * Where two JSON values differ, as pointers, without what is ignored. Places in lists, and keys that may be somebody's
 * name or a secret, are `*`.
 */
export function jsonDifferences(a: unknown, b: unknown, ignored: IgnoredPointers): readonly string[] {
  const found = new Set<string>();
  visit({ a, b, at: [], shown: '' }, (pair) => {
    if (ignored.some((pointer) => isWithin(pair.at, pointer))) return false;
    if (isBranch(pair.a, pair.b)) return pair.at.length < DEEPEST && found.size < MOST;
    if (!Object.is(pair.a, pair.b)) found.add(pair.shown === '' ? '/' : pair.shown);
    return false;
  });
  return [...found].slice(0, MOST);
}

interface Pair {
  readonly a: unknown;
  readonly b: unknown;
  readonly at: readonly string[];
  readonly shown: string;
}

/** Goes on below a pair for as long as `isOpen` says. */
function visit(pair: Pair, isOpen: (pair: Pair) => boolean): void {
  if (!isOpen(pair)) return;
  const [a, b] = [pair.a as Branch, pair.b as Branch];
  const isList = Array.isArray(a);
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const shown = `${pair.shown}/${isList ? '*' : plainWord(key)}`;
    visit({ a: own(a, key), b: own(b, key), at: [...pair.at, key], shown }, isOpen);
  }
}

type Branch = Readonly<Record<string, unknown>>;

function own(branch: Branch, key: string): unknown {
  return Object.hasOwn(branch, key) ? branch[key] : undefined;
}

/** Two lists, or two objects, are compared piece by piece. */
function isBranch(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  return Array.isArray(a) === Array.isArray(b);
}

function isWithin(at: readonly string[], pointer: readonly string[]): boolean {
  return at.length >= pointer.length && pointer.every((key, i) => key === '*' || key === at[i]);
}

function unescaped(segment: string): string {
  return segment.replaceAll('~1', '/').replaceAll('~0', '~');
}
