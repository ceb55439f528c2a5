import { normalQuantile } from '../distributions/normal.ts';
import { intervalAround, statisticOf, type Conclusion, type Contrast, type Question } from './contrast.ts';
import { crossing, densityAt, goOn, NOTHING_SEEN, type Continuing } from './continuing.ts';
import { spentBy, type Spending } from './spending.ts';

/** When an experiment is looked at. */
export interface Schedule {
  /** Shares of the planned data at the looks so far, rising; the last one is now. */
  readonly fractions: readonly number[];
  readonly spending: Spending;
}

/** No bound is farther out. Where less than the smallest number may be spent, nothing stops the experiment. */
const FARTHEST = 37;

/** The least meaningful level of a test; repeated p-values above it are called 1. */
const LARGEST_LEVEL = 0.5;
const SMALLEST_LEVEL = 1e-12;

/**
 * The bounds of a group sequential test, in standard errors, one for each look so far: crossing any of them has
 * a probability of at most `alpha` in all. `twoSided`: both signs stop, with half of `alpha` each.
 */
export function sequentialBounds(schedule: Schedule, alpha: number, twoSided: boolean): readonly number[] {
  const { fractions, spending } = schedule;
  const ofOneSide = twoSided ? alpha / 2 : alpha;
  const bounds: number[] = [];
  let paths = NOTHING_SEEN;
  let spent = 0;
  fractions.forEach((information, index) => {
    const due = spentBy(information, ofOneSide, spending);
    const bound = boundFor(paths, information, due - spent);
    bounds.push(bound);
    spent = due;
    const next = fractions[index + 1];
    if (next === undefined) return;
    paths = goOn(paths, { information, next }, { low: twoSided ? -bound : -Infinity, high: bound });
  });
  return bounds;
}

/**
 * The bound whose crossing has this probability: Newton's method on its logarithm, which is concave, so that from
 * beyond the solution it never steps across it; halving where the numbers are too small for a step.
 */
function boundFor(paths: Continuing, information: number, probability: number): number {
  if (!(probability > 0)) return FARTHEST;
  let low = -FARTHEST;
  let high = Math.min(FARTHEST, -normalQuantile(probability));
  let bound = high;
  for (let round = 0; round < 200 && high - low > 1e-10; round += 1) {
    const reached = crossing(paths, information, bound);
    if (reached > probability) low = bound;
    else high = bound;
    const step = (Math.log(reached / probability) * reached) / densityAt(paths, information, bound);
    if (Math.abs(step) < 1e-10) return bound + step;
    const isWithin = bound + step > low && bound + step < high;
    bound = isWithin ? bound + step : (low + high) / 2;
  }
  return bound;
}

/** The bound now and before, and the false alarms spent. */
export interface SequentialConclusion extends Conclusion {
  readonly bounds: readonly number[];
  /** Of `alpha`, by this look. */
  readonly spent: number;
}

/** What a look at the data so far concludes: repeated p-value and repeated interval (Jennison and Turnbull). */
export function sequentialConclusion(
  contrast: Contrast,
  question: Question,
  schedule: Schedule,
): SequentialConclusion {
  const { alpha, alternative } = question;
  const twoSided = alternative === 'two-sided';
  const bounds = sequentialBounds(schedule, alpha, twoSided);
  const critical = bounds.at(-1) ?? FARTHEST;
  const statistic = statisticOf(contrast, question);
  const outward = twoSided ? Math.abs(statistic) : alternative === 'higher' ? statistic : -statistic;
  const sides = twoSided ? 2 : 1;
  return {
    statistic,
    pValue: repeatedProbability(outward, schedule, twoSided),
    interval: intervalAround(contrast, critical, alternative),
    critical,
    bounds,
    spent: sides * spentBy(schedule.fractions.at(-1) ?? 1, alpha / sides, schedule.spending),
  };
}

/**
 * The smallest level at which this look would have stopped the experiment, by false position (the Illinois
 * variant) on its logarithm.
 */
function repeatedProbability(outward: number, schedule: Schedule, twoSided: boolean): number {
  const excess = (logLevel: number): number =>
    outward - (sequentialBounds(schedule, Math.exp(logLevel), twoSided).at(-1) ?? FARTHEST);
  let [low, high] = [Math.log(SMALLEST_LEVEL), Math.log(LARGEST_LEVEL)];
  let [below, above] = [excess(low), excess(high)];
  if (above < 0) return 1;
  if (below >= 0) return SMALLEST_LEVEL;
  let moved = 0;
  for (let round = 0; round < 60 && high - low > 1e-9; round += 1) {
    const middle = high - (above * (high - low)) / (above - below);
    const found = excess(middle);
    if (Math.abs(found) < 1e-9) return Math.exp(middle);
    const side = Math.sign(found);
    // An end that stays twice is given less weight, so that it moves as well.
    const weight = side === moved ? 0.5 : 1;
    moved = side;
    if (side > 0) [high, above, below] = [middle, found, below * weight];
    else [low, below, above] = [middle, found, above * weight];
  }
  return Math.exp(high);
}
