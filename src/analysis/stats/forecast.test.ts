import { expect, test } from 'vitest';
import { forecastOf, logEvidenceOfExhaustion, type Limit } from './forecast.ts';

const LIMIT: Limit = { sign: 1, value: 500, withinMinutes: 60 };
/** An error of 1 a minute in 95 of 100 cases: scipy 1.15, 1 / stats.t.ppf(0.975, 20). */
const SPREAD = { variance: (1 / 2.0859634472658364) ** 2, degreesOfFreedom: 20 };

test.each([
  ['a unit that grows', [{ now: 300, slope: 4 }], LIMIT, { minutes: 50, soonest: 40, latest: 66.6667 }],
  ['one that perhaps does', [{ now: 300, slope: 0.5 }], LIMIT, { minutes: 400, soonest: 133.333 }],
  ['one that shrinks', [{ now: 300, slope: -4 }], LIMIT, undefined],
  ['one that is there', [{ now: 501, slope: -4 }], LIMIT, { minutes: 0, soonest: 0, latest: 0 }],
  ['none', [], LIMIT, undefined],
  [
    'the first to reach it',
    [
      { now: 300, slope: 2 },
      { now: 100, slope: 10 },
    ],
    LIMIT,
    { minutes: 40 },
  ],
  [
    'one that shrinks to nothing',
    [{ now: 100, slope: -4 }],
    { ...LIMIT, sign: -1, value: 0 },
    { minutes: 25 },
  ],
] as const)('forecasts %s', (...[, units, limit, expected]) => {
  const forecast = forecastOf(units, limit, SPREAD);
  if (expected === undefined) expect(forecast).toBeUndefined();
  else expect(forecast).toMatchObject(expected);
});

test('evidence is for growth that reaches the limit in time, not for any growth', () => {
  const evidence = (slope: number): number => logEvidenceOfExhaustion({ now: 260, slope }, LIMIT, SPREAD);
  expect(evidence(3)).toBeLessThan(0);
  expect(evidence(4)).toBeCloseTo(Math.log(0.1) - 0.9 * Math.log(0.5), 9);
  expect(evidence(8)).toBeGreaterThan(Math.log(1_000));
});
