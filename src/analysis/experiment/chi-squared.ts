import { chiSquaredTail } from '../distributions/chi-squared.ts';

/** The χ² test of a table. */
export interface TableTest {
  readonly statistic: number;
  readonly degreesOfFreedom: number;
  readonly pValue: number;
  /** Cramér's V: 0 when the rows have the same shares, 1 when nothing is shared. */
  readonly strength: number;
  readonly smallestExpected: number;
}

/**
 * Pearson's χ² of two rows of counts, one for each outcome, without Yates' correction. Outcomes that nobody had
 * are left out; there must be two that somebody had, and none of the rows may be empty.
 */
export function chiSquaredTest(control: readonly number[], candidate: readonly number[]): TableTest {
  const columns = control
    .map((count, index) => [count, candidate[index] ?? 0] as const)
    .filter(([here, there]) => here + there > 0);
  const totals = [sum(control), sum(candidate)] as const;
  const all = totals[0] + totals[1];
  let statistic = 0;
  let smallestExpected = Infinity;
  for (const column of columns) {
    const share = (column[0] + column[1]) / all;
    for (const row of [0, 1] as const) {
      const expected = totals[row] * share;
      statistic += (column[row] - expected) ** 2 / expected;
      smallestExpected = Math.min(smallestExpected, expected);
    }
  }
  const degreesOfFreedom = columns.length - 1;
  const pValue = chiSquaredTail(statistic, degreesOfFreedom);
  return { statistic, degreesOfFreedom, pValue, strength: Math.sqrt(statistic / all), smallestExpected };
}

/** χ² of counts against the shares that were planned, which add up to 1. */
export function goodnessOfFit(counts: readonly number[], shares: readonly number[]): number {
  const all = sum(counts);
  const statistic = counts.reduce((total, count, index) => {
    const expected = all * (shares[index] ?? 0);
    return total + (count - expected) ** 2 / expected;
  }, 0);
  return chiSquaredTail(statistic, counts.length - 1);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
