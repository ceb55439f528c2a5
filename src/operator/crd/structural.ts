import type { Json, JsonObject } from '../../base/json.ts';
import type { OneOf } from '../../rollout/schema/fields.ts';
import type { Shape } from '../../rollout/shape.ts';

/**
 * A schema as Kubernetes wants it: structural, so that typos are found and lists merge. Defaults are told and not
 * applied: an object stays what its user wrote, and what a default is stays with the version that runs.
 */
export function structural(shape: Shape): JsonObject {
  return { ...said(shape), ...typed(shape) };
}

function said({ description, default: fallback }: Shape): JsonObject {
  if (description === undefined) return {};
  const told = fallback === undefined ? '' : ` Default: ${wordOf(fallback)}.`;
  return { description: `${description}${told}` };
}

function wordOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function typed(shape: Shape): JsonObject {
  if (shape['x-kubernetes-int-or-string'] === true) return numberOrText(shape);
  if (isUntyped(shape)) return { 'x-kubernetes-preserve-unknown-fields': true };
  if (shape.type === 'object') return objectOf(shape);
  if (shape.type === 'array') return listOf(shape);
  return { ...(shape.type === undefined ? {} : { type: shape.type }), ...limitsOf(shape) };
}

/** A text or an object: there is no structural type for it, and what stands there is checked by coalmine alone. */
function isUntyped(shape: Shape): boolean {
  return shape.anyOf !== undefined && shape['x-kubernetes-int-or-string'] !== true;
}

/** Limits are of the number or of the text, and none of them is about the other. */
function numberOrText({ anyOf = [] }: Shape): JsonObject {
  const limits = anyOf.map(limitsOf).reduce((all, of) => ({ ...all, ...of }), {});
  return { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }], ...limits };
}

function limitsOf(shape: Shape): JsonObject {
  const { exclusiveMinimum, exclusiveMaximum } = shape;
  const limits: JsonObject = {
    enum: shape.enum,
    pattern: shape.pattern,
    format: shape.format,
    minLength: shape.minLength,
    maxLength: shape.maxLength,
    minimum: exclusiveMinimum ?? shape.minimum,
    maximum: exclusiveMaximum ?? shape.maximum,
    ...(exclusiveMinimum === undefined ? {} : { exclusiveMinimum: true }),
    ...(exclusiveMaximum === undefined ? {} : { exclusiveMaximum: true }),
  };
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
}

function listOf({ items = {}, minItems, maxItems, ...rest }: Shape): JsonObject {
  const keys = rest['x-kubernetes-list-map-keys'];
  return {
    type: 'array',
    items: structural(items),
    ...(minItems === undefined ? {} : { minItems }),
    ...(maxItems === undefined ? {} : { maxItems }),
    ...(keys === undefined
      ? { 'x-kubernetes-list-type': 'atomic' }
      : { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys }),
  };
}

function objectOf(shape: Shape): JsonObject {
  const { properties = {}, required = [], additionalProperties } = shape;
  if (additionalProperties !== undefined && additionalProperties !== false)
    return { type: 'object', additionalProperties: structural(additionalProperties) };
  const fields = Object.entries(properties).map(([name, field]) => [name, structural(field)] as const);
  return {
    type: 'object',
    ...(fields.length === 0 ? {} : { properties: Object.fromEntries(fields) }),
    ...(required.length === 0 ? {} : { required }),
    ...choicesOf(shape),
  };
}

/** What excludes what, as rules of CEL. They cannot see untyped fields; a count of fields says the same of a choice. */
function choicesOf({ properties = {}, 'x-coalmine-one-of': choices = [] }: Shape): JsonObject {
  if (choices.length === 0) return {};
  const isHidden = choices.some(({ of }) => of.flat().some((key) => isUntyped(properties[key] ?? {})));
  if (isHidden) return { minProperties: 1, maxProperties: 1 };
  return { 'x-kubernetes-validations': choices.map(ruleOf) };
}

function ruleOf({ what, of, required }: OneOf): JsonObject {
  const used = of.map((keys) => keys.map((key) => `has(self.${key})`).join(' || '));
  const names = of.map((keys) => keys.join('/')).join(', ');
  return {
    rule: `[${used.join(', ')}].filter(used, used).size() ${required ? '==' : '<='} 1`,
    message: `write ${required ? 'exactly' : 'at most'} one ${what}: ${names}`,
  };
}
