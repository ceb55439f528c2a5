import { normalQuantile } from '../distributions/normal.ts';
import { commonLanguageEffect, meanRatio } from './effect-size.ts';
import type { Label } from './label.ts';
import { locationShift, type LocationShift } from './location-shift.ts';
import { normalSource, spreadApart } from './noise.ts';
import type { ScoreOptions } from './options.ts';
import { withoutOutliers } from './outliers.ts';
import { summaryOf, type Summary } from './summary.ts';

/** One metric of both arms; NaN stands for a gap. The order of values does not matter. */
export interface MetricPair {
  /** For messages. */
  readonly name?: string;
  readonly control: readonly number[];
  readonly candidate: readonly number[];
  readonly options: ScoreOptions;
}

/** What the judge found for one metric. */
export interface MetricResult {
  readonly label: Label;
  /** The metric is critical and has failed by enough: the whole score becomes 0. */
  readonly critical: boolean;
  readonly muted: boolean;
  /** The candidate's mean over the control's; 1 when nothing was compared, NaN when a mean is zero or it failed. */
  readonly deviation: number;
  /** Absent when nothing was compared. */
  readonly comparison?: Comparison;
  /** One sentence for people. */
  readonly reason: string;
  /** Of what was left after gaps and outliers. */
  readonly control: Summary;
  readonly candidate: Summary;
}

/** The numbers a label rests on. */
export interface Comparison {
  /** Where the shift between the arms lies. */
  readonly interval: { readonly low: number; readonly high: number };
  readonly estimate: number;
  /** The interval must lie beyond these: a part of the estimate itself. */
  readonly bounds: { readonly lower: number; readonly upper: number };
  /** By the measure of the options; NaN when it has no value, and then it limits nothing. */
  readonly effect: number;
}

/** How sure the judge wants to be. */
export interface Strictness {
  /** The bounds, as a part of the estimated shift. */
  readonly tolerance: number;
  /** Of the two-sided interval. */
  readonly confidence: number;
}

/** What Kayenta's judge always uses; its configuration properties for these are not read. */
export const KAYENTA_STRICTNESS: Strictness = { tolerance: 0.25, confidence: 0.98 };

/**
 * Calls one metric Pass, High, Low, or without data, as Kayenta's `NetflixACAJudge-v1.0` does. Pure; never
 * throws: what cannot be compared is labelled Error.
 */
export function classifyMetric(pair: MetricPair, strictness = KAYENTA_STRICTNESS): MetricResult {
  const { name = 'the metric', options } = pair;
  const control = cleaned(pair.control, options);
  const candidate = cleaned(pair.candidate, options);
  const stats = { control: summaryOf(control), candidate: summaryOf(candidate) };
  const finding =
    withoutComparison({ name, control, candidate, options }) ??
    compared({ name, control, candidate, options }, strictness);
  return { muted: options.muted, ...finding, ...stats };
}

type Finding = Omit<MetricResult, 'muted' | 'control' | 'candidate'>;
type CleanPair = MetricPair & { readonly name: string };

/** Values without gaps, and without outliers where the options say so; a negative zero is a zero. */
function cleaned(values: readonly number[], { nanStrategy, outlierFactor }: ScoreOptions): readonly number[] {
  const filled =
    nanStrategy === 'replace'
      ? values.map((value) => (Number.isNaN(value) ? 0 : value + 0))
      : values.filter((value) => !Number.isNaN(value)).map((value) => value + 0);
  return outlierFactor === undefined ? filled : withoutOutliers(filled, outlierFactor);
}

/** The cases that need no test. */
function withoutComparison({ name, control, candidate, options }: CleanPair): Finding | undefined {
  if (control.length === 0 || candidate.length === 0) return noData(name, options, candidate.length === 0);
  const [ours, theirs] = [sorted(candidate), sorted(control)];
  const isSame = ours.length === theirs.length && ours.every((value, i) => value === theirs[i]);
  if (isSame) return passed(`${name}: canary and baseline have the same values`);
  const isOneValue = ours[0] === ours.at(-1) && theirs[0] === theirs.at(-1) && ours[0] === theirs[0];
  return isOneValue ? passed(`${name}: every value of canary and baseline is the same`) : undefined;
}

function passed(reason: string): Finding {
  return { label: 'Pass', critical: false, deviation: 1, reason };
}

function noData(name: string, options: ScoreOptions, isCandidate: boolean): Finding {
  const reason = `${name}: no data for the ${isCandidate ? 'canary' : 'baseline'}`;
  if (options.nanStrategy === 'replace') return passed(`${reason}, which passes since gaps are replaced`);
  const isFailure = options.mustHaveData && !options.critical;
  const label = isFailure ? 'NodataFailMetric' : 'Nodata';
  return { label, critical: options.critical && !isFailure, deviation: 1, reason };
}

function compared(pair: CleanPair, { tolerance, confidence }: Strictness): Finding {
  const { name, options } = pair;
  const { control, candidate } = apart(pair);
  const arms = { control: sorted(control), candidate: sorted(candidate) };
  // The way to this number is Kayenta's: 1 − 0.98 is not 0.02 in floating point.
  const shift = locationShift(arms, -normalQuantile((1 - confidence) / 2));
  if (shift === undefined) {
    const reason = `${name}: too few distinct values to compare: all of them are tied`;
    return { label: 'Error', critical: false, deviation: NaN, reason };
  }
  const { low, high, estimate } = shift;
  const bound = tolerance * Math.abs(estimate);
  const deviation = meanRatio(candidate, control);
  const effect = options.effectSize.measure === 'cles' ? commonLanguageEffect(arms) : deviation;
  const label = labelOf({ shift, bound, effect }, options);
  const comparison = { interval: { low, high }, estimate, bounds: { lower: -bound, upper: bound }, effect };
  const critical = options.critical && isCritical(label, effect, options);
  return { label, critical, deviation, comparison, reason: reasonFor(name, { label, comparison, critical }) };
}

/**
 * When each arm has one value and they differ, ranks cannot be told from each other at the shift between
 * them, so a little noise is added first.
 */
function apart({ control, candidate }: CleanPair): Pick<CleanPair, 'control' | 'candidate'> {
  if (!isConstant(control) || !isConstant(candidate)) return { control, candidate };
  const next = normalSource();
  const spread = spreadApart(candidate, next);
  return { candidate: spread, control: spreadApart(control, next) };
}

interface Difference {
  readonly shift: LocationShift;
  readonly bound: number;
  readonly effect: number;
}

function labelOf({ shift, bound, effect }: Difference, { direction, effectSize }: ScoreOptions): Label {
  const isLarge = Number.isNaN(effect) || effect >= effectSize.allowedIncrease;
  if (direction !== 'decrease' && shift.low > bound && isLarge) return 'High';
  const isSmall = Number.isNaN(effect) || effect <= effectSize.allowedDecrease;
  return direction !== 'increase' && shift.high < -bound && isSmall ? 'Low' : 'Pass';
}

function isCritical(label: Label, effect: number, { effectSize }: ScoreOptions): boolean {
  if (label === 'High') return Number.isNaN(effect) || effect >= effectSize.criticalIncrease;
  return label === 'Low' && (Number.isNaN(effect) || effect <= effectSize.criticalDecrease);
}

function reasonFor(
  name: string,
  { label, comparison, critical }: Pick<Finding, 'label' | 'critical'> & { readonly comparison: Comparison },
): string {
  const { interval, estimate, bounds } = comparison;
  const shift = `shift ${brief(estimate)}, between ${brief(interval.low)} and ${brief(interval.high)}`;
  if (label === 'Pass') return `${name}: not different enough: ${shift}`;
  const bound = brief(label === 'High' ? bounds.upper : bounds.lower);
  return `${name} is ${label}${critical ? ' and critical' : ''}: ${shift}, beyond ${bound}`;
}

function brief(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function isConstant(values: readonly number[]): boolean {
  return values.every((value) => value === values[0]);
}

function sorted(values: readonly number[]): readonly number[] {
  return [...values].sort((a, b) => a - b);
}
