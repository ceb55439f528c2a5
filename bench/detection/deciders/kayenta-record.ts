import { classifyMetric, type MetricResult } from '../../../src/analysis/score/classify.ts';
import { standardScore } from '../../../src/analysis/score/location-shift.ts';
import { readScoreOptions } from '../../../src/analysis/score/options.ts';
import type { Reading, Scrapes } from '../telemetry/scrapes.ts';

/** Kayenta's step: the time one point stands for, in seconds. */
export type Step = 10 | 60;

/** What Kayenta is given, each as a series of points. */
export const METRICS = ['errors', 'median', 'p99'] as const;
/** One of them. */
export type Metric = (typeof METRICS)[number];

/** One metric in one window: what the judge says when any increase is an effect. */
export interface Looked {
  readonly metric: Metric;
  readonly label: MetricResult['label'];
  readonly critical: boolean;
  /** Mean of the canary over mean of the baseline; NaN limits nothing. */
  readonly effect: number;
}

/** One-sided, as somebody would set it who fears harm; a failure of it fails the canary. */
const { options: CRITICAL } = readScoreOptions({ direction: 'increase', critical: true });

/** Judgements on fewer points are passed over: there the judge calls all arms different that do not overlap. */
const FEWEST_POINTS = 5;

/** The upper end of the judge's interval, in standard deviations. */
const Z = 2.3263478740408408;

interface Points {
  readonly candidate: number[];
  readonly baseline: number[];
}

/**
 * The points of one release, and the judge's labels over windows of them, each worked out once for all tools
 * that look there.
 */
export class KayentaRecord {
  readonly #points: Readonly<Record<Step, Readonly<Record<Metric, Points>>>> = {
    10: emptyPoints(),
    60: emptyPoints(),
  };
  readonly #sorted: Readonly<Record<Step, Readonly<Record<Metric, Points>>>> = {
    10: emptyPoints(),
    60: emptyPoints(),
  };
  readonly #looks = new Map<string, readonly Looked[] | undefined>();
  #seenUntil = 0;

  /** Takes the points of a scrape; told of the same scrape again, it does nothing. */
  see(scrapes: Scrapes, at: number): void {
    if (at <= this.#seenUntil) return;
    this.#seenUntil = at;
    this.#looks.clear();
    for (const step of [10, 60] as const) {
      if (at % step !== 0) continue;
      const window = step === 10 ? 1 : 6;
      this.#take(step, 'candidate', scrapes.query('candidate', window));
      this.#take(step, 'baseline', scrapes.query('baseline', window));
    }
  }

  /** The labels of all metrics over the last `lookback` points, or all; undefined: too few points. */
  look(step: Step, lookback = Infinity): readonly Looked[] | undefined {
    if (this.#seenUntil < FEWEST_POINTS * step) return undefined;
    const key = `${step} ${lookback}`;
    if (!this.#looks.has(key)) {
      this.#looks.set(
        key,
        METRICS.map((metric) => this.#judged(metric, step, lookback)),
      );
    }
    return this.#looks.get(key);
  }

  #take(step: Step, arm: 'candidate' | 'baseline', reading: Reading | undefined): void {
    for (const metric of METRICS) {
      const value = valueOf(metric, reading);
      this.#points[step][metric][arm].push(value);
      if (!Number.isNaN(value)) insert(this.#sorted[step][metric][arm], value);
    }
  }

  #judged(metric: Metric, step: Step, lookback: number): Looked {
    const all = this.#points[step][metric];
    const isAll = lookback >= all.candidate.length;
    const candidate = isAll ? all.candidate : all.candidate.slice(-lookback);
    const baseline = isAll ? all.baseline : all.baseline.slice(-lookback);
    const arms = isAll
      ? { candidate: this.#sorted[step][metric].candidate, control: this.#sorted[step][metric].baseline }
      : { candidate: sortedValues(candidate), control: sortedValues(baseline) };
    if (isSurelyNotHigh(arms)) return { metric, label: 'Pass', critical: false, effect: 1 };
    const result = classifyMetric({ control: baseline, candidate, options: CRITICAL });
    return { metric, label: result.label, critical: result.critical, effect: result.deviation };
  }
}

function emptyPoints(): Readonly<Record<Metric, Points>> {
  return {
    errors: { candidate: [], baseline: [] },
    median: { candidate: [], baseline: [] },
    p99: { candidate: [], baseline: [] },
  };
}

/** Errors in percent, latencies in milliseconds; NaN where a query gives nothing. */
function valueOf(metric: Metric, reading: Reading | undefined): number {
  if (reading === undefined) return Number.NaN;
  return metric === 'errors' ? (100 * reading.errors) / reading.requests : reading[metric];
}

interface SortedArms {
  readonly candidate: readonly number[];
  readonly control: readonly number[];
}

/**
 * True when the judge cannot label this High, told from one rank sum where the judge needs some sixty: the
 * interval's lower end lies above zero only if the arms differ by more than its width, or do not overlap.
 */
export function isSurelyNotHigh(arms: SortedArms): boolean {
  const { candidate, control } = arms;
  const [lowest] = candidate;
  const highest = control.at(-1);
  if (lowest === undefined || highest === undefined || lowest > highest) return false;
  const isConstant = lowest === candidate.at(-1) && control[0] === highest;
  return !isConstant && standardScore(arms, 0) <= Z;
}

function sortedValues(values: readonly number[]): readonly number[] {
  return Float64Array.from(values.filter((value) => !Number.isNaN(value))).sort() as unknown as number[];
}

function insert(sorted: number[], value: number): void {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  sorted.splice(low, 0, value);
}
