import { Failure } from '../../base/failure.ts';
import { tagsKey, type Tags } from './tags.ts';
import type { ValuePair } from './window.ts';

/** One series of a metric in one arm, as its source gave it: values at a fixed step, NaN for a gap. */
export interface MetricSeries {
  /** The metric's name. */
  readonly name: string;
  readonly tags?: Tags;
  readonly values: readonly number[];
  /** What was asked for: so many values were to be expected; 0 when that is not known. */
  readonly expected: number;
}

/** What both arms measured. */
export interface ArmSeries {
  readonly control: readonly MetricSeries[];
  readonly candidate: readonly MetricSeries[];
}

/**
 * Pairs the series of both arms, metric by metric: those with equal tags belong together. A side without tags
 * is a placeholder where the other has them. What has no counterpart is paired with gaps, and a series
 * shorter than expected ends in gaps. Throws Failure `usage` when an arm lacks a metric or tags it otherwise.
 */
export function pairSeries(metrics: readonly string[], arms: ArmSeries): readonly ValuePair[] {
  return metrics.flatMap((name) => {
    const control = arms.control.filter((series) => series.name === name);
    const candidate = arms.candidate.filter((series) => series.name === name);
    const [firstControl] = control;
    const [firstCandidate] = candidate;
    if (firstControl === undefined) throw absent(name, 'baseline');
    if (firstCandidate === undefined) throw absent(name, 'canary');
    checkTagNames(name, { control, candidate });
    return tagSets({ control, candidate }).map((tags) => ({
      name,
      tags,
      control: valuesOf(counterpart(control, tags), firstControl),
      candidate: valuesOf(counterpart(candidate, tags), firstCandidate),
    }));
  });
}

/** The tags of the pairs to be made, in the order of appearance. */
function tagSets({ control, candidate }: ArmSeries): readonly Tags[] {
  const [ours, theirs] = [hasUntagged(candidate), hasUntagged(control)];
  const named = ours === theirs ? [...control, ...candidate] : theirs ? candidate : control;
  const sets = named.map(({ tags = {} }) => tags);
  // A repeated series counts once, except beside a placeholder, where each is paired with gaps.
  if (ours !== theirs) return sets;
  const keys = sets.map(tagsKey);
  return sets.filter((_, index) => keys.indexOf(keys[index] ?? '') === index);
}

function counterpart(series: readonly MetricSeries[], tags: Tags): MetricSeries | undefined {
  const key = tagsKey(tags);
  return series.find((one) => tagsKey(one.tags ?? {}) === key);
}

/** A missing series is as long as the first one of its arm was to be. */
function valuesOf(series: MetricSeries | undefined, first: MetricSeries): readonly number[] {
  const { values, expected } = series ?? { values: [], expected: first.expected };
  const missing = Math.max(0, Math.floor(expected) - values.length);
  return missing === 0 ? values : [...values, ...new Array<number>(missing).fill(NaN)];
}

function hasUntagged(series: readonly MetricSeries[]): boolean {
  return series.some(({ tags = {} }) => Object.keys(tags).length === 0);
}

function checkTagNames(metric: string, { control, candidate }: ArmSeries): void {
  const [theirs, ours] = [tagNames(control), tagNames(candidate)];
  if (theirs.length === 0 || ours.length === 0 || theirs.join('\0') === ours.join('\0')) return;
  const reason = `the baseline's series have the tags ${theirs.join(', ')}, the canary's ${ours.join(', ')}`;
  throw new Failure('usage', `the series of ${metric} cannot be paired: ${reason}`, {
    problems: [{ path: metric, reason }],
    hint: 'group both arms by the same labels',
  });
}

function tagNames(series: readonly MetricSeries[]): readonly string[] {
  return [...new Set(series.flatMap(({ tags = {} }) => Object.keys(tags)))].sort();
}

function absent(metric: string, arm: string): Failure {
  const reason = `the ${arm} has no series of it`;
  return new Failure('usage', `${metric} cannot be judged: ${reason}`, {
    problems: [{ path: metric, reason }],
    hint: 'give an empty series where nothing was measured',
  });
}
