import { isJsonObject, type Json } from '../base/json.ts';
import { keyPath, type Segments } from './path.ts';

/** Shown in place of a value that may be a secret. */
export const HIDDEN = '(not shown)';

/** One place in which two documents differ. Absent `before`: it was not there; absent `after`: it is not there any more. */
export interface Change {
  /** As in `spec.containers["shop"].image`: items of lists that have names go by them. */
  readonly path: string;
  readonly before?: Json;
  readonly after?: Json;
}

/** Tells by its place whether a value may be a secret. */
export type IsSecret = (place: Segments) => boolean;

/**
 * What is different, value by value, in the order of the paths. A secret that differs is said to, and no more. Items of a
 * list that all have names are the same item by their name, wherever in the list they are; other lists go by position.
 */
export function changesBetween(before: Json, after: Json, isSecret: IsSecret): readonly Change[] {
  const old = valuesIn(before);
  const now = valuesIn(after);
  const paths = [...new Set([...old.keys(), ...now.keys()])].sort();
  const shown = (value: Value): Json => (isSecret(value.place) ? HIDDEN : value.value);
  return paths.flatMap((path): Change[] => {
    const was = old.get(path);
    const is = now.get(path);
    if (was !== undefined && is !== undefined && isSameValue(was.value, is.value)) return [];
    const only = was === undefined ? is : is === undefined ? was : undefined;
    if (only !== undefined && isFilled(only, path, paths)) return [];
    return [
      {
        path,
        ...(was === undefined ? {} : { before: shown(was) }),
        ...(is === undefined ? {} : { after: shown(is) }),
      },
    ];
  });
}

/** A document with its secrets hidden. */
export function withHidden(value: Json, isSecret: IsSecret, place: Segments = []): Json {
  if (isSecret(place)) return HIDDEN;
  if (Array.isArray(value)) {
    const items = value as readonly Json[];
    return items.map((item, index) => withHidden(item, isSecret, [...place, index]));
  }
  if (!isJsonObject(value)) return value;
  const fields = Object.entries(value).map(([key, field]) => [
    key,
    field === undefined ? undefined : withHidden(field, isSecret, [...place, key]),
  ]);
  return Object.fromEntries(fields) as Json;
}

/** A value that consists of no others: text, a number, a list without items. */
interface Value {
  readonly place: Segments;
  readonly value: Json;
}

function valuesIn(document: Json): ReadonlyMap<string, Value> {
  const found = new Map<string, Value>();
  const visit = (value: Json, path: string, place: Segments): void => {
    const parts = partsOf(value, path);
    if (parts.length === 0) found.set(path, { place, value });
    for (const { key, at, part } of parts) visit(part, at, [...place, key]);
  };
  visit(document, '', []);
  return found;
}

interface Part {
  readonly key: string | number;
  readonly at: string;
  readonly part: Json;
}

function partsOf(value: Json, path: string): readonly Part[] {
  if (Array.isArray(value)) {
    const items = value as readonly Json[];
    const names = namesOf(items);
    return items.map((part, index) => {
      const name = names?.[index];
      return { key: index, at: `${path}[${name === undefined ? index : JSON.stringify(name)}]`, part };
    });
  }
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, part]) =>
    part === undefined ? [] : [{ key, at: keyPath(path, key), part }],
  );
}

/** The names of a list's items; undefined unless all have one of their own. */
function namesOf(items: readonly Json[]): readonly string[] | undefined {
  const names = items.flatMap((item) => {
    const name = isJsonObject(item) ? item['name'] : undefined;
    return typeof name === 'string' ? [name] : [];
  });
  return names.length === items.length && new Set(names).size === names.length ? names : undefined;
}

/** True for what holds nothing in one document, and something in the other, which says it all. */
function isFilled({ value }: Value, path: string, paths: readonly string[]): boolean {
  const isEmpty = typeof value === 'object' && value !== null;
  return isEmpty && paths.some((one) => one !== path && one.startsWith(path));
}

/** For values that consist of no others. */
function isSameValue(a: Json, b: Json): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
