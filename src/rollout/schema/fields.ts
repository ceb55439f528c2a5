import { Type, type Static, type TProperties, type TSchema, type TSchemaOptions } from 'typebox';
import { DURATION_PATTERN } from '../../base/duration.ts';
import { SHARE_PATTERN } from '../../base/share.ts';

/** Keyword: what a text must look like, in words, for messages and for the reference page. */
export const FORM = 'x-coalmine-form';

/** Keyword: which keys of an object exclude each other; holds a list of `OneOf`. */
export const ONE_OF = 'x-coalmine-one-of';

/** Keywords of Kubernetes: the keys by which a list merges, and a value that may be a whole number or a text. */
const LIST_KEYS = 'x-kubernetes-list-map-keys';
const INT_OR_STRING = 'x-kubernetes-int-or-string';

/** At most one of the alternatives may be used; exactly one when `required`. */
export interface OneOf {
  /** What is chosen, in words. */
  readonly what: string;
  /** Each alternative is a key, or keys that may stand together. */
  readonly of: readonly (readonly string[])[];
  readonly required: boolean;
}

/** A text that is not empty. */
export function text(description: string, options: TSchemaOptions = {}) {
  return Type.String({ description, minLength: 1, ...options });
}

/** A text of a certain form. The pattern must also work in RE2, which knows no look-around. */
export function formed(form: string, pattern: string, description: string) {
  return text(description, { pattern, [FORM]: form });
}

/** A share, as in `5%`. */
export function share(description: string, fallback?: string) {
  return text(description, {
    pattern: SHARE_PATTERN,
    [FORM]: 'a share, as in "5%" or "0.5%"',
    ...defaultOf(fallback),
  });
}

/** A duration, as in `90s`. */
export function duration(description: string, fallback?: string) {
  return text(description, {
    pattern: DURATION_PATTERN,
    [FORM]: 'a duration, as in "90s", "10m" or "1h30m"',
    ...defaultOf(fallback),
  });
}

/** A whole number. */
export function count(description: string, options: TSchemaOptions = {}) {
  return Type.Integer({ description, minimum: 1, ...options });
}

/** A whole number or a share. */
export function countOrShare(description: string, fallback?: number | string) {
  return Type.Unsafe<number | string>({
    description,
    [INT_OR_STRING]: true,
    anyOf: [
      { type: 'integer', minimum: 0 },
      { type: 'string', pattern: SHARE_PATTERN },
    ],
    [FORM]: 'a whole number or a share, as in 3 or "25%"',
    ...defaultOf(fallback),
  });
}

/** A level that a metric is held against: a share, a duration, or a number by itself. */
export function level(description: string) {
  const pattern = '^-?\\d+(\\.\\d+)?(%|k|K|M|G|Ki|Mi|Gi)?$|^(\\d+d)?(\\d+h)?(\\d+m)?(\\d+s)?(\\d+ms)?$';
  return Type.Unsafe<number | string>({
    description,
    [INT_OR_STRING]: true,
    anyOf: [{ type: 'integer' }, { type: 'string', minLength: 1, pattern }],
    [FORM]: 'a share, a duration, an amount or a number, as in "1%", "300ms", "512Mi", "0.5" or 1000',
  });
}

/** Yes or no. */
export function toggle(description: string, fallback?: boolean) {
  return Type.Boolean({ description, ...defaultOf(fallback) });
}

/** One word of a few. */
export function word<const Words extends readonly string[]>(
  words: Words,
  description: string,
  fallback?: Words[number],
) {
  return Type.Unsafe<Words[number]>({ type: 'string', enum: words, description, ...defaultOf(fallback) });
}

/** A list that is replaced as a whole. */
export function list<Item extends TSchema>(item: Item, description: string, options: TSchemaOptions = {}) {
  return Type.Array(item, { description, minItems: 1, 'x-kubernetes-list-type': 'atomic', ...options });
}

/**
 * The most objects that a list may have. Kubernetes wants a bound wherever there are rules about what excludes what:
 * it refuses a definition whose rules might take too long.
 */
const MOST_OBJECTS = 100;

/** A list of objects that is replaced as a whole. */
export function objectList<Item extends TSchema>(item: Item, description: string) {
  return list(item, description, { maxItems: MOST_OBJECTS });
}

/** A list of things with names that differ; lists merge by name. */
export function namedList<Item extends TSchema>(item: Item, description: string) {
  return Type.Array(item, {
    description,
    maxItems: MOST_OBJECTS,
    'x-kubernetes-list-type': 'map',
    [LIST_KEYS]: ['name'],
  });
}

/** Texts by name. `keys` is the pattern of the names. */
export function textsByName(description: string, keys = '^.+$') {
  return Type.Unsafe<Record<string, string>>({
    type: 'object',
    description,
    propertyNames: { pattern: keys },
    additionalProperties: { type: 'string' },
  });
}

/** An object with these fields and no others. */
export function closed<Fields extends TProperties>(
  description: string,
  fields: Fields,
  ...oneOf: readonly OneOf[]
) {
  return Type.Object(fields, {
    description,
    additionalProperties: false,
    ...(oneOf.length === 0 ? {} : { [ONE_OF]: oneOf }),
  });
}

/** An object with exactly one of these fields. */
export function choice<Fields extends TProperties>(what: string, description: string, fields: Fields) {
  const of = Object.keys(fields).map((key) => [key]);
  return Type.Partial(Type.Object(fields), {
    description,
    additionalProperties: false,
    minProperties: 1,
    maxProperties: 1,
    [ONE_OF]: [{ what, of, required: true }],
  });
}

/**
 * A text of a form, or an object in its place. Kubernetes has no structural type for it, so a custom resource
 * definition keeps the field untyped and the check is ours; never for the items of a list.
 */
export function textOr<Other extends TSchema>(textual: TSchema, other: Other, description: string) {
  return Type.Unsafe<string | Static<Other>>({ description, anyOf: [textual, other] });
}

/** An object without settings: `recreate: {}`. */
export function nothing(description: string) {
  return closed(description, {});
}

/** Exactly one of these keys. */
export function oneOf(what: string, keys: readonly string[]): OneOf {
  return { what, of: keys.map((key) => [key]), required: true };
}

function defaultOf(fallback: unknown): TSchemaOptions {
  return fallback === undefined ? {} : { default: fallback };
}
