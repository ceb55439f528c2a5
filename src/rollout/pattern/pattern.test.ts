import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePattern } from './pattern.ts';

function fits(pattern: string, text: string): boolean {
  const parsed = parsePattern(pattern);
  if ('problem' in parsed) throw new Error(parsed.problem);
  return parsed.fits(text);
}

/** Texts of a grammar over few characters, so that they fit often. */
const PATTERNS = fc.letrec<{ piece: string; item: string; all: string }>((tie) => ({
  item: fc.oneof(
    { maxDepth: 2 },
    fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\d', '\\W', '\\.', '[a-c-]'),
    fc.tuple(tie('all')).map(([all]) => `(${all})`),
  ),
  piece: fc
    .tuple(tie('item'), fc.constantFrom('', '', '*', '+', '?', '{2}', '{1,3}', '{1,}', '*?'))
    .map((parts) => parts.join('')),
  all: fc
    .array(
      fc.array(tie('piece'), { maxLength: 3 }).map((parts) => parts.join('')),
      { minLength: 1, maxLength: 3 },
    )
    .map((ways) => ways.join('|')),
})).all;

const TEXTS = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '1', '.', '-'), maxLength: 5 });

describe('a pattern', () => {
  it('fits exactly what the same regular expression fits', () => {
    fc.assert(
      fc.property(PATTERNS, TEXTS, (pattern, text) => {
        const parsed = parsePattern(pattern);
        fc.pre(!('problem' in parsed));
        expect(fits(pattern, text)).toBe(new RegExp(`^(?:${pattern})$`).test(text));
      }),
      { numRuns: 400 },
    );
  });

  it.each([
    ['beta-.*', 'beta-7', true],
    ['beta-.*', 'a beta-7', false],
    ['^v[12]\\.\\d+$', 'v2.10', true],
    ['(?:de|en)(?:-[A-Z]{2})?', 'de-AT', true],
    ['(?:de|en)(?:-[A-Z]{2})?', 'de-', false],
    ['[]a]', ']', 'problem'],
    ['cost\\$', 'cost$', true],
    ['', '', true],
  ] as const)('%s, asked about %s', (pattern, text, expected) => {
    if (expected === 'problem') expect(parsePattern(pattern)).toHaveProperty('problem');
    else expect(fits(pattern, text)).toBe(expected);
  });

  it.each([
    ['(a+', 'not closed'],
    ['a)', ') too many'],
    ['(?=a)', 'looks around'],
    ['(a)\\1', 'refers back'],
    ['a**', 'repeats what is repeated'],
    ['*', 'repeats nothing'],
    ['a{1,500}', 'not within 0 to 100'],
    ['((a{50}){50}){2}', 'repeats too much'],
    ['[z-a]', 'range'],
    ['[a', 'ends too early'],
    ['\\bfoo', 'not known'],
    ['a^b', 'whole value'],
    ['x'.repeat(201), 'longer than 200'],
  ])('is refused: %s', (pattern, why) => {
    expect(parsePattern(pattern)).toMatchObject({ problem: expect.stringContaining(why) as string });
  });

  it('ends with what would keep backtracking busy for ever', () => {
    expect(fits('(a|a)*(a*)*b', 'a'.repeat(2_000))).toBe(false);
    expect(fits('a*', 'a'.repeat(2_048))).toBe(true);
    expect(fits('a*', 'a'.repeat(2_049))).toBe(false);
  });
});
