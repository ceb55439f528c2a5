import fc from 'fast-check';
import { isJsonObject, type Json } from '../../src/base/json.ts';
import { ROLLOUT_SHAPE } from '../../src/rollout/resolve/rollout.ts';
import type { Shape } from '../../src/rollout/shape.ts';

/** Values of every type, some of which fit somewhere. */
// prettier-ignore
export const SCALARS: readonly Json[] = [
  '5%', '0%', '150%', '50%', '2x', '10m', '0s', '400d', '1ms', 'auto', '/', '/shop', 'shop', 'node', '512Mi',
  '09:00', '2026-12-24', 'http://a', 'git:main', '', '\0', 0, 1, 2, 0.5, -1, 1e9, true, false, null, [], {},
];

/** Documents with the right fields in the right places and, now and then, something else. */
export function nearlyValid(): fc.Arbitrary<Json> {
  return valueOf(ROLLOUT_SHAPE, 0);
}

function valueOf(shape: Shape, depth: number): fc.Arbitrary<Json> {
  const right = depth > 9 ? fc.constantFrom(...SCALARS) : rightValue(shape, depth);
  return fc.oneof({ weight: 60, arbitrary: right }, { weight: 1, arbitrary: fc.constantFrom(...SCALARS) });
}

function rightValue(shape: Shape, depth: number): fc.Arbitrary<Json> {
  if (shape.anyOf !== undefined) return fc.oneof(...shape.anyOf.map((one) => valueOf(one, depth)));
  if (shape.type === 'object') return objectOf(shape, depth);
  if (shape.type === 'array') return fc.array(valueOf(shape.items ?? {}, depth + 1), { maxLength: 3 });
  if (shape.enum !== undefined) return fc.constantFrom(...shape.enum);
  if (shape.type === 'boolean') return fc.boolean();
  if (shape.type === 'integer' || shape.type === 'number') return fc.constantFrom(1, 2, 3, 0.5);
  const { pattern } = shape;
  const fitting = SCALARS.filter((one) => typeof one === 'string').filter((one) => one !== '');
  const right = pattern === undefined ? fitting : fitting.filter((one) => new RegExp(pattern).test(one));
  return fc.constantFrom(...(right.length === 0 ? fitting : right));
}

function objectOf(shape: Shape, depth: number): fc.Arbitrary<Json> {
  const { properties = {}, additionalProperties, required = [] } = shape;
  if (isJsonObject(additionalProperties)) {
    const keys = fc.constantFrom('A', 'PORT', '__proto__', 'a b');
    return fc.dictionary(keys, valueOf(additionalProperties as Shape, depth + 1), { maxKeys: 2 });
  }
  const optional = Object.keys(properties).filter((key) => !required.includes(key));
  const picked = fc.subarray(optional, { maxLength: Math.min(2, optional.length) });
  return picked.chain((keys) =>
    fc.record(
      Object.fromEntries(
        [...required, ...keys].map((key) => [key, valueOf(properties[key] ?? {}, depth + 1)] as const),
      ),
    ),
  );
}
