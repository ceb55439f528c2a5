import { Failure } from '../../base/failure.ts';
import type { Json } from '../../base/json.ts';
import { seriesKey, tooManySeries } from '../../metrics/prometheus/labels.ts';
import type { Labels } from '../../metrics/prometheus/answer.ts';
import { gapOf, metricOf } from './data/arm-data.ts';
import type { Judging } from './judging.ts';
import type { GridSeries, QueriedArm } from './queried-arm.ts';

/** Two sets of data that belong together. */
export interface QueriedPair {
  readonly labels: Labels;
  readonly control: Json;
  readonly candidate: Json;
}

/** What both queries said. */
export interface QueriedArms {
  readonly control: QueriedArm;
  readonly candidate: QueriedArm;
}

/** Refuses judges that cannot judge what a query says over time. Throws Failure `usage`. */
export function checkQueried(judging: Judging): void {
  const metric = metricOf(judging);
  if (metric === undefined || metric === 'value' || metric === 'rate') return;
  throw new Failure('usage', `a query has values over time, not ${metric}`, {
    hint: 'Take --metric value for a gauge, or --metric rate for increase(…[15s]); or --judge score.',
  });
}

/** The data of a comparison of one series with one. Throws Failure `usage` when a query found several. */
export function onePair(arms: QueriedArms, judging: Judging): QueriedPair {
  const control = onlySeries(arms.control);
  const candidate = onlySeries(arms.candidate);
  return pairOf({}, { control, candidate }, judging);
}

function onlySeries({ arm, series }: QueriedArm): GridSeries | undefined {
  const [only] = series;
  if (series.length <= 1) return only;
  throw new Failure('usage', `the query of the ${arm} found ${tooManySeries(series)}`, {
    hint: 'Put sum(…) or avg(…) around it, name one series by its labels, or judge each with --per-series.',
  });
}

/** A comparison for each series: those with equal labels belong together, and what is alone has gaps beside it. */
export function pairsByLabels({ control, candidate }: QueriedArms, judging: Judging): readonly QueriedPair[] {
  const theirs = byLabels(control.series);
  const ours = byLabels(candidate.series);
  const keys = [...new Set([...theirs.keys(), ...ours.keys()])];
  const paired = keys.filter((key) => theirs.has(key) && ours.has(key));
  if (keys.length > 0 && paired.length === 0 && theirs.size > 0 && ours.size > 0) {
    const [there, here] = [control, candidate].map(({ series }) => labelNames(series));
    throw new Failure('usage', 'no series of the control has the labels of one of the candidate', {
      hint: `Let both queries keep the same labels, as in sum by (path) (…). The control has ${there ?? ''}; the candidate ${here ?? ''}.`,
    });
  }
  return keys.map((key) => {
    const [there, here] = [theirs.get(key), ours.get(key)];
    return pairOf(there?.labels ?? here?.labels ?? {}, { control: there, candidate: here }, judging);
  });
}

function byLabels(series: readonly GridSeries[]): ReadonlyMap<string, GridSeries> {
  return new Map(series.map((one) => [seriesKey(one.labels), one]));
}

function labelNames(series: readonly GridSeries[]): string {
  const texts = series.slice(0, 3).map(({ labels }) => labelWords(labels));
  return series.length > 3 ? `${texts.join(', ')}, …` : texts.join(', ');
}

/** `path="/shop", zone="a"`. */
export function labelWords(labels: Labels): string {
  const entries = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return entries.length === 0 ? '{}' : entries.join(', ');
}

interface TwoSeries {
  readonly control: GridSeries | undefined;
  readonly candidate: GridSeries | undefined;
}

function pairOf(labels: Labels, { control, candidate }: TwoSeries, judging: Judging): QueriedPair {
  const there = control?.values ?? [];
  const here = candidate?.values ?? [];
  // Counts have no way to say that nobody counted: a tick needs both.
  if (metricOf(judging) === 'rate') {
    const steps = [...there.keys()].filter((step) => isNumber(there[step]) && isNumber(here[step]));
    return {
      labels,
      control: steps.map((step) => there[step] ?? 0),
      candidate: steps.map((step) => here[step] ?? 0),
    };
  }
  return { labels, control: written(there, judging), candidate: written(here, judging) };
}

function isNumber(value: number | undefined): boolean {
  return value !== undefined && Number.isFinite(value);
}

function written(values: readonly number[], judging: Judging): Json {
  // Values of an experiment are in no order: what is not there is left out, not a hole.
  const gap = judging.judge === 'experiment' ? [] : (gapOf(judging) ?? []);
  const fits = (value: number): boolean => Number.isFinite(value) || judging.judge === 'score';
  return values.flatMap((value) => (Number.isNaN(value) || !fits(value) ? gap : [value]));
}

/** Every series of a gauge is a unit: for each step an object of values by their labels. */
export function unitsPair({ control, candidate }: QueriedArms): QueriedPair {
  return { labels: {}, control: unitsOf(control), candidate: unitsOf(candidate) };
}

function unitsOf({ series }: QueriedArm): Json {
  const steps = series[0]?.values.length ?? 0;
  return Array.from({ length: steps }, (_, step) => {
    const units = series.flatMap(({ labels, values }): readonly (readonly [string, number])[] => {
      const value = values[step];
      return value !== undefined && Number.isFinite(value) ? [[labelWords(labels), value]] : [];
    });
    return Object.fromEntries(units);
  });
}
