import { isJsonObject, type Json } from '../base/json.ts';

/** A JSON value that repeats itself, with each long list of numbers written once. */
export interface PackedLists {
  readonly lists: readonly (readonly number[])[];
  /** A long list is replaced by an object that holds its index under the one key `MARK`. */
  readonly rest: Json;
}

/** Shorter lists are not worth a mark. */
const LONG = 6;
const MARK = '$list';

/** Packs a value. No object in it may have the key `$list`. */
export function packLists(value: Json): PackedLists {
  const lists: (readonly number[])[] = [];
  const known = new Map<string, number>();
  const placeOf = (list: readonly number[]): number => {
    const text = JSON.stringify(list);
    const place = known.get(text) ?? lists.push(list) - 1;
    known.set(text, place);
    return place;
  };
  const rest = mapped(value, (node) => (isLongList(node) ? { [MARK]: placeOf(node) } : undefined));
  return { lists, rest };
}

/** The value that was packed. */
export function unpackLists({ lists, rest }: PackedLists): Json {
  return mapped(rest, (node) => {
    const place = isJsonObject(node) ? node[MARK] : undefined;
    return typeof place === 'number' ? lists[place] : undefined;
  });
}

/** The value with what `replace` has an answer for replaced, from the outside in. */
function mapped(node: Json, replace: (node: Json) => Json | undefined): Json {
  const other = replace(node);
  if (other !== undefined) return other;
  if (isList(node)) return node.map((item) => mapped(item, replace));
  if (!isJsonObject(node)) return node;
  const entries = Object.entries(node).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, mapped(value, replace)] as const],
  );
  return Object.fromEntries(entries);
}

function isLongList(node: Json): node is readonly number[] {
  return isList(node) && node.length >= LONG && node.every((item) => typeof item === 'number');
}

function isList(node: Json): node is readonly Json[] {
  return Array.isArray(node);
}
