/** What is known of units that have two values each: `y`, which is judged, and `x`, which helps to. */
export interface PairMoments {
  readonly n: number;
  readonly meanX: number;
  readonly meanY: number;
  /** Variances and covariance with the divisor `n - 1`. */
  readonly varianceX: number;
  readonly varianceY: number;
  readonly covariance: number;
}

/** The values themselves, unit by unit. */
export interface Columns {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** Sums over all units. */
export interface Sums {
  readonly n: number;
  readonly sumX: number;
  readonly sumY: number;
  readonly sumXX: number;
  readonly sumYY: number;
  readonly sumXY: number;
}

/** The moments of two columns of equal length. */
export function pairMomentsOf({ x, y }: Columns): PairMoments {
  const [meanX, meanY] = [meanOf(x), meanOf(y)];
  const perUnit = 1 / Math.max(1, x.length - 1);
  let [xx, yy, xy] = [0, 0, 0];
  x.forEach((value, index) => {
    const offX = value - meanX;
    const offY = (y[index] ?? meanY) - meanY;
    xx += offX * offX;
    yy += offY * offY;
    xy += offX * offY;
  });
  const [varianceX, varianceY, covariance] = [xx * perUnit, yy * perUnit, xy * perUnit];
  return { n: x.length, meanX, meanY, varianceX, varianceY, covariance };
}

/** The moments from sums; a variance that rounding made negative is 0. */
export function pairMomentsFrom({ n, sumX, sumY, sumXX, sumYY, sumXY }: Sums): PairMoments {
  const [meanX, meanY] = [sumX / n, sumY / n];
  const perUnit = 1 / Math.max(1, n - 1);
  return {
    n,
    meanX,
    meanY,
    varianceX: Math.max(0, (sumXX - sumX * meanX) * perUnit),
    varianceY: Math.max(0, (sumYY - sumY * meanY) * perUnit),
    covariance: (sumXY - sumX * meanY) * perUnit,
  };
}

function meanOf(values: readonly number[]): number {
  let mean = 0;
  values.forEach((value, index) => {
    mean += (value - mean) / (index + 1);
  });
  return mean;
}
