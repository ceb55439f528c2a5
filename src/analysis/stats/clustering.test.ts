import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { randomFrom, type Random } from '../../../bench/random.ts';
import { addToClustering, clusterSize, NO_CLUSTERING, type Clustering } from './clustering.ts';

/** Failures of one second: causes per request, events per cause, and the seconds over which they come. */
interface Second {
  readonly rate: number;
  readonly size?: number;
  readonly over?: number;
}

const SHARES = [20, 180] as const;

/** Both arms under the same conditions, as they are second by second. */
function after(seconds: number, random: Random, conditions: (second: number) => Second): Clustering {
  const events = SHARES.map(() => new Array<number>(seconds + 20).fill(0));
  let clustering = NO_CLUSTERING;
  for (let second = 0; second < seconds; second += 1) {
    const { rate, size = 1, over = 0 } = conditions(second);
    const [candidate, control] = SHARES.map((perSecond, arm) => {
      const trials = random.poisson(perSecond);
      const causes = random.poisson(perSecond * rate);
      for (let event = 0; event < causes * size; event += 1) {
        const at = second + Math.floor((event % size) * (over / size) + random.next());
        events[arm]![at] = (events[arm]![at] ?? 0) + 1;
      }
      return { trials: trials + 50, events: events[arm]![second] ?? 0 };
    });
    clustering = addToClustering(clustering, 1_000, { candidate: candidate!, control: control! });
  }
  return clustering;
}

/** The middle of the sizes measured in 41 runs. */
function usualSize(seconds: number, conditions: (second: number) => Second): number {
  const sizes = Array.from({ length: 41 }, (_, run) =>
    clusterSize(after(seconds, randomFrom(300 + run), conditions)),
  );
  return sizes.toSorted((a, b) => a - b)[20]!;
}

describe('the measured size of clusters', () => {
  test('is 1 before anything was seen, and for one event', () => {
    expect(clusterSize(NO_CLUSTERING)).toBe(1);
    const arm = { trials: 20, events: 0 };
    const one = addToClustering(NO_CLUSTERING, 1_000, { candidate: { trials: 20, events: 1 }, control: arm });
    expect(clusterSize(one)).toBe(1);
  });

  test.each([
    ['rare', () => ({ rate: 0.001 })],
    ['frequent', () => ({ rate: 0.02 })],
    ['common', () => ({ rate: 0.4 })],
    ['shared bursts of', (second) => ({ rate: second % 180 < 40 ? 0.05 : 0.001 })],
    ['slowly changing', (second) => ({ rate: 0.01 * (1 + 0.8 * Math.sin(second / 60)) })],
  ] as [string, (second: number) => Second][])('stays near 1 for %s independent errors', (_, conditions) => {
    expect(usualSize(480, conditions)).toBeLessThan(1.4);
  });

  test.each([
    ['five at once, rarely', { rate: 0.001, size: 5 }, 3.5],
    ['five at once, often', { rate: 0.01, size: 5 }, 3.5],
    ['five within two seconds', { rate: 0.002, size: 5, over: 2 }, 3],
    ['twenty within five seconds', { rate: 0.0001, size: 20, over: 5 }, 8],
  ])('rises for %s', (_, conditions, least) => {
    expect(usualSize(480, () => conditions)).toBeGreaterThan(least);
    expect(usualSize(480, () => conditions)).toBeLessThanOrEqual(20);
  });

  test('is large for a second that stands alone, until the next ones confirm it', () => {
    const arm = (trials: number, events: number) => ({ trials, events });
    const quiet = { candidate: arm(20, 0), control: arm(180, 0) };
    const failing = { candidate: arm(20, 10), control: arm(180, 0) };
    const sizes: number[] = [];
    let clustering = addToClustering(NO_CLUSTERING, 1_000, quiet);
    for (const tick of [failing, failing, failing, failing, failing]) {
      clustering = addToClustering(clustering, 1_000, tick);
      sizes.push(clusterSize(clustering));
    }
    expect(sizes[0]).toBeGreaterThan(4);
    expect(sizes.at(-1)).toBeLessThan(2);
  });

  test('does not depend on how the seconds are cut into ticks', () => {
    const ticks = fc.array(fc.tuple(fc.nat(9), fc.nat(9)), { maxLength: 60 });
    fc.assert(
      fc.property(ticks, (rows) => {
        let [whole, halves] = [NO_CLUSTERING, NO_CLUSTERING];
        for (const [here, there] of rows) {
          const tick = (part: number) => ({
            candidate: { trials: 20 * part, events: 2 * here * part },
            control: { trials: 180 * part, events: 2 * there * part },
          });
          whole = addToClustering(whole, 1_000, tick(1));
          for (let half = 0; half < 2; half += 1) halves = addToClustering(halves, 500, tick(0.5));
        }
        expect(halves).toEqual(whole);
      }),
    );
  });

  test('is a number from 1 to 20 whatever was counted, and what is kept is short', () => {
    const amount = fc.oneof(fc.nat(5), fc.double({ min: 0, max: 9e15, noNaN: true }));
    const trials = fc.oneof(fc.nat(5), fc.double({ min: 1e-9, max: 9e15, noNaN: true }));
    const arm = fc.record({ trials, events: amount });
    const ticks = fc.array(fc.tuple(fc.nat(20_000), fc.record({ candidate: arm, control: arm })));
    fc.assert(
      fc.property(ticks, (rows) => {
        const clustering = rows.reduce((sums, [ms, tick]) => addToClustering(sums, ms, tick), NO_CLUSTERING);
        expect(clusterSize(clustering)).toBeGreaterThanOrEqual(1);
        expect(clusterSize(clustering)).toBeLessThanOrEqual(20);
        expect(JSON.parse(JSON.stringify(clustering))).toEqual(clustering);
        expect(JSON.stringify(clustering).length).toBeLessThan(1_600);
      }),
    );
  });
});
