import { describe, expect, it } from 'vitest';
import { aTick, ticksFrom } from '../testing/ticks.ts';
import { damagedIn, halved, joined, LONGEST, partOf, thinned, ticksIn } from './series.ts';

const sum = (ticks: ReturnType<typeof ticksFrom>) =>
  ticks.reduce(
    (all, { tick }) => ({
      ms: all.ms + tick.ms,
      requests: all.requests + tick.candidate.requests + tick.control.requests,
      errors: all.errors + tick.candidate.errors + tick.control.errors,
    }),
    { ms: 0, requests: 0, errors: 0 },
  );

describe('ticks that are kept', () => {
  it('are read as they were written', () => {
    const ticks = ticksFrom(1, 30);
    expect(ticksIn([partOf(ticks.slice(0, 10)), partOf(ticks.slice(10))])).toEqual(ticks);
  });

  it.each([
    ['what is no JSON', '[{'],
    ['what is packed by halves', partOf(ticksFrom(1, 200)).slice(0, -100)],
    ['what is no list', '{"at":1}'],
    ['what is no tick', '[{"at":1}]'],
    ['nothing', ''],
  ])('have a gap for %s, and are read before and after it', (_, damaged) => {
    const parts = [partOf(ticksFrom(1, 10)), damaged, partOf(ticksFrom(21, 10))];
    expect(ticksIn(parts)).toEqual([...ticksFrom(1, 10), ...ticksFrom(21, 10)]);
    expect(damagedIn(parts)).toBe(1);
  });

  it('are told as half as many, with all that was counted in them and what was said last', () => {
    const ticks = ticksFrom(1, 31);
    const half = halved(ticks);
    expect(half).toHaveLength(16);
    expect(sum(half)).toEqual(sum(ticks));
    expect(half.at(0)).toMatchObject({ at: 2_000, tick: { ms: 2_000 }, judgement: ticks[1]?.judgement });
    expect(half.at(-1)).toEqual(ticks.at(-1));
  });

  it.each([
    ['a step', aTick(2, { step: 2 })],
    ['a gap', aTick(4)],
    ['a verdict', aTick(2, { judgement: { verdict: 'bad', reason: 'it is', checks: [] } })],
    ['another division of the traffic', { ...aTick(2), tick: { ...aTick(2).tick, plannedShare: 0.5 } }],
    ['a clock that went back', aTick(1)],
  ])('are not told as one where that would hide %s', (_, later) => {
    expect(joined(aTick(1), aTick(2))).toBeDefined();
    expect(joined(aTick(1), later)).toBeUndefined();
  });

  it('never take more than they may, and a day of them tells of all that was counted', () => {
    const ticks = ticksFrom(1, 3_000);
    const { part, times } = thinned(ticks);
    expect(part.length).toBeLessThanOrEqual(LONGEST / 2);
    expect(times).toBeGreaterThan(0);
    expect(sum(ticksIn([part]))).toEqual(sum(ticks));
  });

  it('go, the oldest first, where nothing can be told as one', () => {
    const apart = ticksFrom(1, 1_500).map((one, index) => ({ ...one, step: index }));
    const kept = ticksIn([thinned(apart).part]);
    expect(kept.length).toBeGreaterThan(20);
    expect(kept).toEqual(apart.slice(-kept.length));
  });
});
