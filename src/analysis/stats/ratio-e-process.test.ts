import fc from 'fast-check';
import { expect, test } from 'vitest';
import { randomFrom, type Random } from '../../../bench/random.ts';
import { addEach, logMean } from './log-sum.ts';
import { HARM_RATIOS, ratioTerms, SAFE_RATIOS, type RatioTick } from './ratio-e-process.ts';

type Row = readonly [suspects: number, failed: number, references: number, failedThere: number];

const sumsOf = (
  rows: readonly Row[],
  tolerated: number,
  alternatives: readonly number[],
): readonly number[] =>
  rows.reduce<readonly number[]>(
    (sums, [requests, events, others, otherEvents]) =>
      addEach(
        sums,
        ratioTerms(
          {
            suspect: { trials: requests, events },
            reference: { trials: others, events: otherEvents },
            tolerated,
          },
          alternatives,
        ),
      ),
    alternatives.map(() => 0),
  );

/** Computed with numpy 2.4 and scipy 1.17 (`logsumexp`, `geomspace`) from θ and ρ as they are defined. */
test('agrees with an independent computation', () => {
  const harm = sumsOf(
    [
      [20, 0, 180, 1],
      [25, 3, 160, 0],
      [18, 1, 200, 2],
      [90, 4, 110, 1],
    ],
    1.1,
    HARM_RATIOS,
  );
  expect(logMean(harm)).toBeCloseTo(3.878036143540237, 8);
  expect(harm[0]).toBeCloseTo(1.193220837619375, 8);
  expect(harm[10]).toBeCloseTo(4.583123063434905, 8);
  expect(harm[23]).toBeCloseTo(-6.047287829682336, 8);
  const safe = sumsOf(
    [
      [180, 9, 20, 0],
      [160, 7, 25, 1],
      [200, 8, 18, 0],
    ],
    0.5,
    SAFE_RATIOS,
  );
  expect(logMean(safe)).toBeCloseTo(2.1048279923210975, 8);
});

test('a tick that lacks one arm, or has no event, is no evidence', () => {
  for (const row of [
    [20, 5, 0, 0],
    [0, 0, 180, 3],
    [20, 0, 180, 0],
  ] as const) {
    expect(sumsOf([row], 1.1, HARM_RATIOS).every((term) => term === 0)).toBe(true);
  }
});

test('each factor has a mean of at most 1 for any common rate, exactly', () => {
  const arms = fc.record({
    suspects: fc.integer({ min: 1, max: 12 }),
    references: fc.integer({ min: 1, max: 12 }),
    rate: fc.double({ min: 0, max: 1, noNaN: true }),
    tolerated: fc.double({ min: 1, max: 3, noNaN: true }),
    below: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(arms, ({ suspects, references, rate, tolerated, below }) => {
      const suspectRate = Math.min(1, rate * tolerated) * below;
      const means = new Array<number>(HARM_RATIOS.length).fill(0);
      for (let x = 0; x <= suspects; x += 1) {
        for (let y = 0; y <= references; y += 1) {
          const chance = binomial(suspects, x, suspectRate) * binomial(references, y, rate);
          sumsOf([[suspects, x, references, y]], tolerated, HARM_RATIOS).forEach((log, index) => {
            means[index] = (means[index] ?? 0) + chance * Math.exp(log);
          });
        }
      }
      for (const mean of means) expect(mean).toBeLessThanOrEqual(1 + 1e-9);
    }),
    { numRuns: 60, seed: 4 },
  );
});

test('is monotone: one more event on the suspect raises every term, one more on the reference lowers it', () => {
  const arms = fc.tuple(
    fc.integer({ min: 1, max: 1e6 }),
    fc.nat(50),
    fc.integer({ min: 1, max: 1e6 }),
    fc.nat(50),
  );
  fc.assert(
    fc.property(arms, fc.double({ min: 1, max: 5, noNaN: true }), ([n, x, m, y], tolerated) => {
      const usual = sumsOf([[n, x, m, y]], tolerated, HARM_RATIOS);
      sumsOf([[n, x + 1, m, y]], tolerated, HARM_RATIOS).forEach((term, index) => {
        expect(term).toBeGreaterThan(usual[index] ?? NaN);
      });
      sumsOf([[n, x, m, y + 1]], tolerated, HARM_RATIOS).forEach((term, index) => {
        expect(term).toBeLessThan(usual[index] ?? NaN);
      });
    }),
  );
});

test('a tick in two halves has the same evidence', () => {
  const arms = fc.tuple(
    fc.integer({ min: 1, max: 1e6 }),
    fc.nat(50),
    fc.integer({ min: 1, max: 1e6 }),
    fc.nat(50),
  );
  fc.assert(
    fc.property(arms, fc.nat(50), fc.nat(50), ([n, x, m, y], a, b) => {
      const whole = sumsOf([[2 * n, x + a, 2 * m, y + b]], 1.1, HARM_RATIOS);
      const halves = sumsOf([[n, x, m, y], [n, a, m, b]], 1.1, HARM_RATIOS); // prettier-ignore
      halves.forEach((sum, index) => {
        expect(sum).toBeCloseTo(whole[index] ?? NaN, 6);
      });
    }),
  );
});

/** Runs under the null; counts how many ever reach evidence of 1/0.05. */
function alarms(seed: number, tickOf: (second: number, random: Random) => RatioTick): number {
  let reached = 0;
  for (let run = 0; run < RUNS; run += 1) {
    const random = randomFrom(seed + run);
    let sums: readonly number[] = HARM_RATIOS.map(() => 0);
    for (let second = 0; second < 200; second += 1) {
      const tick = tickOf(second, random);
      sums = addEach(sums, ratioTerms(tick, HARM_RATIOS));
      if (logMean(sums) >= Math.log(20)) {
        reached += 1;
        break;
      }
    }
  }
  return reached;
}

const RUNS = 600;
/** 5 % of the runs and 3.1 standard errors. */
const MOST_ALARMS = 46;

function exposures(
  random: Random,
  rates: readonly [suspect: number, reference: number],
  share: number,
): RatioTick {
  const suspects = random.poisson(200 * share);
  const references = random.poisson(200 * (1 - share));
  return {
    suspect: { trials: suspects, events: random.binomial(suspects, rates[0]) },
    reference: { trials: references, events: random.binomial(references, rates[1]) },
    tolerated: 1.1,
  };
}

test('a ratio exactly at the margin raises few alarms', () => {
  const count = alarms(1, (_, random) => exposures(random, [0.022, 0.02], 0.1));
  expect(count).toBeLessThanOrEqual(MOST_ALARMS);
});

test('a common rate that moves and bursts raises few alarms', () => {
  const rate = (second: number): number => (second % 50 < 10 ? 0.3 : 0.005 * (1 + second / 40));
  const count = alarms(2, (second, random) =>
    exposures(random, [Math.min(1, 1.1 * rate(second)), rate(second)], 0.1),
  );
  expect(count).toBeLessThanOrEqual(MOST_ALARMS);
});

test('a split that moves with the rate raises few alarms', () => {
  const count = alarms(3, (second, random) => {
    const isLate = second % 100 >= 50;
    return exposures(random, isLate ? [0.11, 0.1] : [0.0011, 0.001], isLate ? 0.5 : 0.02);
  });
  expect(count).toBeLessThanOrEqual(MOST_ALARMS);
});

test('the same simulation finds a ratio well above the margin', () => {
  const count = alarms(4, (_, random) => exposures(random, [0.08, 0.02], 0.1));
  expect(count).toBeGreaterThan(0.95 * RUNS);
});

function binomial(trials: number, hits: number, rate: number): number {
  let ways = 1;
  for (let i = 0; i < hits; i += 1) ways = (ways * (trials - i)) / (i + 1);
  return ways * rate ** hits * (1 - rate) ** (trials - hits);
}

test('what a tick adds comes back from JSON as it was, however far apart its arms are', () => {
  const events = fc.constantFrom(0, -0, 1, 3);
  const suspects = fc.record({ trials: fc.constantFrom(1, 1e-200), events });
  const references = fc.record({ trials: fc.constantFrom(1, 1e200), events });
  fc.assert(
    fc.property(suspects, references, (suspect, reference) => {
      const terms = ratioTerms({ suspect, reference, tolerated: 1.5 }, [0.5, ...HARM_RATIOS]);
      expect(JSON.parse(JSON.stringify(terms))).toEqual(terms);
    }),
    { numRuns: 1_000 },
  );
});
