import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, digestOf } from './canonical.ts';
import { isJsonObject, type Json } from './json.ts';

const json = fc.jsonValue({ noUnicodeString: false }) as fc.Arbitrary<Json>;

/** The same value, with every object's keys the other way round. */
function reversed(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(reversed);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, reversed(member ?? null)]),
  );
}

describe('canonicalJson', () => {
  it.each<[Json, string]>([
    [null, 'null'],
    ['a"b\n', '"a\\"b\\n"'],
    [[2, [1, true], []], '[2,[1,true],[]]'],
    [{ b: 1, a: { d: 2, c: [{}] } }, '{"a":{"c":[{}],"d":2},"b":1}'],
    [{ b: undefined, a: 1 }, '{"a":1}'],
    [{ 10: 'x', 9: 'y' }, '{"10":"x","9":"y"}'],
  ])('of %j is %s', (value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });

  it('does not depend on the order of keys', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(canonicalJson(reversed(value))).toBe(canonicalJson(value));
      }),
    );
  });

  it('is JSON of the same value, so that different values differ', () => {
    fc.assert(
      fc.property(json, (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(JSON.parse(text) as Json)).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

describe('digestOf', () => {
  it('is the SHA-256 of the canonical text', () => {
    // printf '%s' '{"a":1,"b":[]}' | sha256sum
    expect(digestOf({ b: [], a: 1 })).toBe(
      'f87e4099e9be5e75094e0a4f46d3dc18a9c37429314a5a2490fb78d31e7e170c',
    );
  });

  it('tells an absent key from a null one', () => {
    expect(digestOf({ a: null })).not.toBe(digestOf({}));
    expect(digestOf({ a: undefined })).toBe(digestOf({}));
  });
});
