import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { marked, moved, spanOf, zoomed, type Range, type Span } from './range.ts';

const WHOLE: Span = [1_000, 2_000];
const ALL: Range = { kind: 'all' };

describe('the part of time that is shown', () => {
  it('is closer by half, up to now, and goes on with it', () => {
    const half = zoomed(ALL, WHOLE, { times: 0.5 });
    expect(spanOf(half, WHOLE)).toEqual([1_500, 2_000]);
    expect(spanOf(half, [1_000, 2_100])).toEqual([1_600, 2_100]);
  });

  it('keeps the moment in its place that is looked at', () => {
    expect(zoomed(ALL, WHOLE, { times: 0.5, around: 1_200 })).toEqual({
      kind: 'fixed',
      from: 1_100,
      to: 1_600,
    });
  });

  it('moves by a part of itself, and no farther than there is something', () => {
    const middle: Range = { kind: 'fixed', from: 1_400, to: 1_600 };
    expect(moved(middle, WHOLE, -0.5)).toEqual({ kind: 'fixed', from: 1_300, to: 1_500 });
    expect(moved(middle, WHOLE, -9)).toEqual({ kind: 'fixed', from: 1_000, to: 1_200 });
    expect(moved(middle, WHOLE, 9)).toEqual({ kind: 'last', seconds: 200 });
    expect(moved(ALL, WHOLE, 1)).toEqual(ALL);
  });

  it('is what was marked, in either direction', () => {
    expect(marked(1_500, 1_200, WHOLE)).toEqual({ kind: 'fixed', from: 1_200, to: 1_500 });
    expect(marked(1_500, 1_500, WHOLE)).toBeUndefined();
    expect(marked(900, 2_100, WHOLE)).toEqual(ALL);
  });

  it('is never nothing, and never beyond the whole', () => {
    const actions = fc.array(
      fc.oneof(
        fc.record({
          times: fc.double({ min: 0.01, max: 10, noNaN: true }),
          around: fc.integer({ min: 1_000, max: 2_000 }),
        }),
        fc.record({ times: fc.double({ min: 0.01, max: 10, noNaN: true }) }),
        fc.double({ min: -3, max: 3, noNaN: true }),
      ),
    );
    fc.assert(
      fc.property(actions, (all) => {
        const end = all.reduce<Range>(
          (range, one) => (typeof one === 'number' ? moved(range, WHOLE, one) : zoomed(range, WHOLE, one)),
          ALL,
        );
        const [from, to] = spanOf(end, WHOLE);
        expect(to - from).toBeGreaterThanOrEqual(9.999);
        expect(from).toBeGreaterThanOrEqual(999.999);
        expect(to).toBeLessThanOrEqual(2_000.001);
      }),
    );
  });
});
