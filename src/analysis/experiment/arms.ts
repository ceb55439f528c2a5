import { isJsonObject, type JsonObject } from '../../base/json.ts';
import {
  COLUMNS,
  MOMENTS,
  notACount,
  readFields,
  readNumbers,
  silent,
  SUCCESSES,
  SUMS,
  type ArmReader,
} from './data.ts';
import { impossible, isFlaw, undecidable, type Flaw } from './flaw.ts';
import { momentsOf, type Moments } from './moments.ts';
import { pairMomentsFrom, pairMomentsOf, type PairMoments, type Sums } from './pair-moments.ts';
import type { Proportion } from './wilson.ts';

/** Values, or their `{ n, mean, variance }`. */
export const readMoments: ArmReader<Moments> = (data, at) => {
  if (Array.isArray(data)) {
    const values = readNumbers(data, at);
    return isFlaw(values) ? values : atLeastTwo(momentsOf(values), at);
  }
  const summary = readFields(MOMENTS, data, at);
  if (isFlaw(summary)) return summary;
  if (summary.variance < 0) return impossible(`${at}.variance is negative`);
  return notACount(summary.n, `${at}.n`) ?? atLeastTwo(summary, at);
};

/** Values 0 and 1, or `{ successes, trials }`. */
export const readProportion: ArmReader<Proportion> = (data, at) => {
  if (Array.isArray(data)) {
    const values = readNumbers(data, at);
    if (isFlaw(values)) return values;
    const other = values.findIndex((value) => value !== 0 && value !== 1);
    if (other >= 0) return impossible(`${at}[${other}] is ${values[other] ?? ''}, not 0 or 1`);
    return { successes: values.reduce((sum, value) => sum + value, 0), trials: values.length };
  }
  const counts = readFields(SUCCESSES, data, at);
  if (isFlaw(counts)) return counts;
  const flaw = notACount(counts.successes, `${at}.successes`) ?? notACount(counts.trials, `${at}.trials`);
  if (flaw !== undefined) return flaw;
  if (counts.successes > counts.trials) return impossible(`${at} has more successes than trials`);
  return counts.trials === 0 ? silent(at) : counts;
};

/** `{ x: […], y: […] }`, or the sums of them. */
export const readPairs: ArmReader<PairMoments> = (data, at) => {
  if (isJsonObject(data) && 'x' in data) return pairsOfColumns(data, at);
  const sums = readFields(SUMS, data, at);
  if (isFlaw(sums)) return sums;
  const flaw = notACount(sums.n, `${at}.n`);
  if (flaw !== undefined) return flaw;
  const few = atLeastTwo(sums, at);
  if (isFlaw(few)) return few;
  return contradictory(sums)
    ? impossible(`the sums of the ${at} cannot be of any values`)
    : pairMomentsFrom(sums);
};

/** The form is checked without the values: there may be millions. */
function pairsOfColumns(data: JsonObject, at: string): PairMoments | Flaw {
  const form = Object.entries(data).map(([key, column]) => [key, Array.isArray(column) ? [] : column]);
  const columns = readFields(COLUMNS, Object.fromEntries(form), at);
  if (isFlaw(columns)) return columns;
  const [x, y] = [readNumbers(data.x, `${at}.x`), readNumbers(data.y, `${at}.y`)];
  if (isFlaw(x)) return x;
  if (isFlaw(y)) return y;
  if (x.length !== y.length) return impossible(`${at} has ${x.length} values of x and ${y.length} of y`);
  return atLeastTwo(pairMomentsOf({ x, y }), at);
}

/** Counts of outcomes, or `{ successes, trials }`. */
export const readOutcomes: ArmReader<readonly number[]> = (data, at) => {
  if (!Array.isArray(data)) {
    const counts = readProportion(data, at);
    return isFlaw(counts) ? counts : [counts.trials - counts.successes, counts.successes];
  }
  const counts = readNumbers(data, at);
  if (isFlaw(counts)) return counts;
  for (const [index, count] of counts.entries()) {
    const flaw = notACount(count, `${at}[${index}]`);
    if (flaw !== undefined) return flaw;
  }
  return counts.some((count) => count > 0) ? counts : silent(at);
};

function atLeastTwo<Data extends { readonly n: number }>(data: Data, at: string): Data | Flaw {
  if (data.n === 0) return silent(at);
  return data.n < 2 ? undecidable(`the ${at} has only one value, and so no variance`) : data;
}

/** Sums that break Cauchy's inequality by more than rounding can. */
function contradictory({ n, sumX, sumY, sumXX, sumYY, sumXY }: Sums): boolean {
  const slack = 1e-9;
  const squareX = sumXX - (sumX * sumX) / n;
  const squareY = sumYY - (sumY * sumY) / n;
  if (squareX < -slack * sumXX || squareY < -slack * sumYY || sumXX < 0 || sumYY < 0) return true;
  const most = Math.sqrt(Math.max(0, squareX)) * Math.sqrt(Math.max(0, squareY));
  return Math.abs(sumXY - (sumX * sumY) / n) > most + slack * Math.sqrt(sumXX) * Math.sqrt(sumYY);
}
