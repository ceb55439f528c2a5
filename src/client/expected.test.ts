import { expect, it } from 'vitest';
import { aRelease } from '../../test/cli/views.ts';
import type { Step } from '../strategy/plan.ts';
import { restOf, startsOf, whenWords } from './expected.ts';

function step(wait: Step['wait'], hurdles: Step['hurdles'] = []): Step {
  return { title: 'a step', size: {}, weights: {}, exclusive: false, promoting: false, wait, hurdles };
}

const PAUSE = step({ kind: 'pause', forMs: 60_000 });
const JUDGED = step({ kind: 'analyze', atLeastMs: 10_000, atMostMs: 100_000, early: true });
const LAST = step({ kind: 'none' });

function release(steps: readonly Step[], differences: Parameters<typeof aRelease>[0] = {}) {
  return aRelease({ plan: { steps, notes: [] }, step: 0, stage: 'wait', ...differences });
}

it('expects each step after all that is left before it, at the least and at the most', () => {
  expect(startsOf(release([PAUSE, JUDGED, LAST]), 20_000)).toEqual([
    undefined,
    { leastMs: 40_000, mostMs: 40_000 },
    { leastMs: 50_000, mostMs: 140_000 },
  ]);
});

it.each([
  ['it is paused', { paused: true }],
  ['it is held', { held: { kind: 'gate', name: 'sre', forMs: 0 } as const }],
])('foresees no end of a step while %s', (_, differences) => {
  expect(restOf(release([PAUSE, LAST], differences), 20_000)).toEqual({ leastMs: 40_000 });
});

it('foresees no end of what comes after a gate, or after a pause until resumed', () => {
  const gated = step({ kind: 'none' }, [{ kind: 'gate', name: 'sre', before: 'wait' }]);
  expect(startsOf(release([PAUSE, gated, LAST]), 0)[2]).toEqual({ leastMs: 60_000 });
  expect(startsOf(release([step({ kind: 'pause' }), LAST]), 0)[1]).toEqual({ leastMs: 0 });
});

it('has not begun to wait before its stage does', () => {
  expect(restOf(release([PAUSE, LAST], { stage: 'grow' }), 20_000)).toEqual({
    leastMs: 60_000,
    mostMs: 60_000,
  });
});

it.each([
  [{ leastMs: 0 }, 'when let'],
  [{ leastMs: 60_000 }, 'in 60s or later'],
  [{ leastMs: 0, mostMs: 0 }, 'at once'],
  [{ leastMs: 60_400, mostMs: 59_600 }, 'in 60s'],
  [{ leastMs: 0, mostMs: 90_000 }, 'within 90s'],
  [{ leastMs: 10_000, mostMs: 100_000 }, 'in 10s to 1m40s'],
])('says %j as "%s"', (span, words) => {
  expect(whenWords(span)).toBe(words);
});
