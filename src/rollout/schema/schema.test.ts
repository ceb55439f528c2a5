import fc from 'fast-check';
import { Value } from 'typebox/value';
import { describe, expect, test } from 'vitest';
import { nearlyValid, SCALARS } from '../../../test/rollout/nearly-valid.ts';
import { ROLLOUT_SHAPE } from '../resolve/rollout.ts';
import type { Shape } from '../shape.ts';
import { structureFindings } from '../structure.ts';
import { rolloutDocument } from './document.ts';

interface Field {
  readonly path: string;
  readonly shape: Shape;
  /** True: an item of a list. */
  readonly item: boolean;
}

function fieldsBelow(shape: Shape, path: string): readonly Field[] {
  const own = Object.entries(shape.properties ?? {}).flatMap(([name, field]) => [
    { path: `${path}.${name}`, shape: field, item: false },
    ...fieldsBelow(field, `${path}.${name}`),
  ]);
  const { items, anyOf = [] } = shape;
  const inItems =
    items === undefined
      ? []
      : [{ path: `${path}[]`, shape: items, item: true }, ...fieldsBelow(items, `${path}[]`)];
  return [...own, ...inItems, ...anyOf.flatMap((one) => fieldsBelow(one, path))];
}

const fields = fieldsBelow(ROLLOUT_SHAPE, '');

describe('every field', () => {
  test('is there', () => {
    expect(fields.length).toBeGreaterThan(300);
  });

  test('has a description, which is a sentence', () => {
    expect(
      fields.filter(({ shape }) => !/.\.$/s.test(shape.description ?? '')).map(({ path }) => path),
    ).toEqual([]);
  });

  test('is of a type that our check knows', () => {
    const known = ['object', 'array', 'string', 'integer', 'number', 'boolean'];
    const unknown = fields.filter(
      ({ shape }) => shape.anyOf === undefined && !known.includes(shape.type ?? ''),
    );
    expect(unknown.map(({ path }) => path)).toEqual([]);
  });

  test('has a pattern that needs no look-around', () => {
    expect(fields.filter(({ shape }) => shape.pattern?.includes('(?') === true)).toEqual([]);
  });

  test('with a default has one of its own type', () => {
    const wrong = fields.filter(
      ({ shape, path }) =>
        shape.default !== undefined && structureFindings(shape, shape.default).length > 0 && path,
    );
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });
});

test('no item of a list is a text or an object, which a structural schema cannot express', () => {
  const mixed = fields.filter(
    ({ shape, item }) => item && shape.anyOf?.some((one) => one.type === 'object') === true,
  );
  expect(mixed.map(({ path }) => path)).toEqual([]);
});

test('every closed object says what it excludes in keys it has', () => {
  for (const { shape } of fields) {
    const keys = (shape['x-coalmine-one-of'] ?? []).flatMap(({ of }) => of.flat());
    expect(Object.keys(shape.properties ?? {})).toEqual(expect.arrayContaining(keys));
  }
});

describe('our check and JSON Schema', () => {
  const ours = (shape: Shape, value: unknown) => structureFindings(shape, value).length === 0;
  const isExclusive = (shape: Shape): boolean =>
    shape['x-coalmine-one-of'] !== undefined || (shape.anyOf ?? []).some(isExclusive);

  test('agree on every value of every field, but for rules that JSON Schema does not have', () => {
    const disagreements = fields.flatMap(({ path, shape }) =>
      SCALARS.filter((value) => value !== '\0' && ours(shape, value) !== Value.Check(shape, value))
        .filter((value) => !(typeof value === 'object' && isExclusive(shape)))
        .map((value) => `${path}: ${JSON.stringify(value)}`),
    );
    expect(disagreements).toEqual([]);
  });

  test('agree on whole documents: what ours lets pass, JSON Schema lets pass', () => {
    fc.assert(
      fc.property(nearlyValid(), (document) => {
        return !ours(ROLLOUT_SHAPE, document) || Value.Check(rolloutDocument, document);
      }),
      { numRuns: 1_000 },
    );
  });
});
