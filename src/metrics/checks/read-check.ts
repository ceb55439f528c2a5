import { withHint } from '../../base/failure.ts';
import {
  histogramTogether,
  type CheckReading,
  type Exposure,
  type LogHistogram,
  type SampleOf,
  type UnitValues,
} from '../../analysis/measurement.ts';
import type { Check, Metric } from '../../rollout/model.ts';
import type { FailureCounters, HistogramQuery, RequestQueries } from '../../rollout/source-queries.ts';
import type { Labels, MetricSource, QueryAnswer, SourceHistogram } from '../prometheus/answer.ts';
import { inMilliseconds, inUnits } from '../prometheus/histogram.ts';
import { seriesKey, tooManySeries } from '../prometheus/labels.ts';
import { asCounters, asHistograms } from '../prometheus/counters.ts';
import type { Count, Counters, CountersQuestion } from './counter.ts';
import { armQueries, isNeeded, onArm, type Arm, type ArmQuery, type Filling } from './targets.ts';
import { variantOf } from '../../strategy/capacity.ts';

/** What reading one check needs. */
export interface CheckAsking extends Filling {
  readonly check: Check;
  readonly source: MetricSource;
  readonly counters: Counters;
  readonly signal: AbortSignal;
}

/** What a source has measured for one check. A source that does not answer is `missing`, with the reason. */
export async function readCheck(asking: CheckAsking): Promise<CheckReading> {
  const { metric } = asking.check;
  switch (metric.kind) {
    case 'ratio':
      return readRatio(asking, metric);
    case 'errors':
      return readRequests(asking, metric.from);
    case 'rate':
      return readEvents(asking, metric.query);
    case 'value':
      return readGauge(asking, metric);
    case 'size':
      return readDistribution(asking, metric.from, inUnits);
    case 'latency':
      return readLatency(asking, metric.from);
    case 'differences':
    case 'usage':
      return NOT_FROM_HERE;
  }
}

const NOT_FROM_HERE: CheckReading = { kind: 'missing', reason: 'no source measures this' };

async function readRequests(asking: CheckAsking, from: RequestQueries | undefined): Promise<CheckReading> {
  return from === undefined ? NOT_FROM_HERE : readRatio(asking, from);
}

async function readLatency(asking: CheckAsking, from: HistogramQuery | undefined): Promise<CheckReading> {
  if (from === undefined) return NOT_FROM_HERE;
  return readDistribution(asking, from, from.unit === 'milliseconds' ? inUnits : inMilliseconds);
}

async function readRatio(
  asking: CheckAsking,
  counters: FailureCounters & Pick<RequestQueries, 'control'>,
): Promise<CheckReading> {
  const { events, trials } = filledCounters(asking, counters);
  // What never went wrong may have no series; what never happened has told nothing.
  const counted = await countedOf(asking, { asked: [...trials, ...events], needed: trials, as: asCounters });
  if (counted.kind === 'missing') return counted;
  const within = (isMeant: (one: ArmQuery) => boolean): Exposure => ({
    events: totalOf(counted, events.filter(isMeant)),
    trials: totalOf(counted, trials.filter(isMeant)),
  });
  const variants = trials.filter(({ arm }) => arm === 'candidate').map((one) => one.track);
  const apart = variants.map((track) => [track, within((one) => one.track === track)] as const);
  return {
    kind: 'counts',
    ...counted.since,
    candidate: within(({ arm }) => arm === 'candidate'),
    control: within(({ arm }) => arm === 'control'),
    ...(apart.length < 2 ? {} : { variants: Object.fromEntries(apart) }),
  };
}

function filledCounters(
  asking: CheckAsking,
  { bad, all, control = { bad, all } }: FailureCounters & Pick<RequestQueries, 'control'>,
): { readonly events: readonly ArmQuery[]; readonly trials: readonly ArmQuery[] } {
  return {
    events: armQueries({ candidate: bad, control: control.bad }, asking),
    trials: armQueries({ candidate: all, control: control.all }, asking),
  };
}

async function readEvents(asking: CheckAsking, query: string): Promise<CheckReading> {
  const asked = filled(asking, query);
  const counted = await countedOf(asking, { asked, needed: asked, as: asCounters });
  if (counted.kind === 'missing') return counted;
  const of = (arm: Arm): number => totalOf(counted, onArm(asked, arm));
  return { kind: 'events', ...counted.since, candidate: of('candidate'), control: of('control') };
}

async function readDistribution(
  asking: CheckAsking,
  { query, control = query }: HistogramQuery,
  inOurUnit: (histogram: SourceHistogram) => LogHistogram,
): Promise<CheckReading> {
  const asked = armQueries({ candidate: query, control }, asking);
  const counted = await countedOf(asking, { asked, needed: asked, as: asHistograms });
  if (counted.kind === 'missing') return counted;
  const of = (arm: Arm): LogHistogram =>
    onArm(asked, arm)
      .flatMap((one) => counted.countOf(one) ?? [])
      .map(({ histogram }) => inOurUnit(histogram))
      .reduce(histogramTogether, []);
  return { kind: 'distribution', ...counted.since, candidate: of('candidate'), control: of('control') };
}

function filled(asking: CheckAsking, template: string): readonly ArmQuery[] {
  return armQueries({ candidate: template, control: template }, asking);
}

function totalOf({ countOf }: AllCounted, queries: readonly ArmQuery[]): number {
  return queries.reduce((sum, one) => sum + (countOf(one)?.total ?? 0), 0);
}

interface CountersAsking extends Pick<CountersQuestion, 'as'> {
  readonly asked: readonly ArmQuery[];
  /** Those without which nothing is measured. */
  readonly needed: readonly ArmQuery[];
}

interface AllCounted {
  readonly kind: 'counted';
  readonly since: { readonly epoch: string; readonly toMs: number };
  readonly countOf: (query: ArmQuery) => Count | undefined;
}

/** All of these counters as of one moment; one that is missing makes all of it so. */
async function countedOf(
  asking: CheckAsking,
  { asked, needed, as }: CountersAsking,
): Promise<AllCounted | SampleOf<'missing'>> {
  const { source, counters, question, signal } = asking;
  const queries = asked.map(({ query }) => query);
  const answer = await counters.read({ source, queries, as, at: question.at }, signal);
  if (answer.kind === 'missing') return answer;
  const countOf = ({ query }: ArmQuery): Count | undefined => answer.counts[queries.indexOf(query)];
  const silent = needed.find((one) => isNeeded(asking.check, one) && countOf(one)?.state !== 'speaking');
  if (silent !== undefined) return nothingFor(silent);
  return { kind: 'counted', since: { epoch: counters.epoch, toMs: answer.toMs }, countOf };
}

/** Silence is not zero: nobody knows what happens where nothing is scraped. */
function nothingFor({ arm, track, query }: ArmQuery): SampleOf<'missing'> {
  const who = variantOf(track) ?? WHO[arm];
  return { kind: 'missing', reason: `the query finds nothing for ${who} now: ${shortened(query)}` };
}

const WHO = { candidate: 'the canary', control: 'stable' } as const;
const LONGEST_SHOWN = 200;

function shortened(query: string): string {
  const line = query.replace(/\s+/g, ' ').trim();
  return line.length <= LONGEST_SHOWN ? line : `${line.slice(0, LONGEST_SHOWN)}…`;
}

async function readGauge(
  asking: CheckAsking,
  { query, per }: Extract<Metric, { readonly kind: 'value' }>,
): Promise<CheckReading> {
  const { source, question, signal } = asking;
  const asked = filled(asking, query);
  const answers = await source.instant(
    asked.map((one) => one.query),
    signal,
  );
  const values: Record<Arm, UnitValues> = { candidate: {}, control: {} };
  const agesMs: number[] = [];
  for (const [i, one] of asked.entries()) {
    const units = unitsOf(answers[i], per !== undefined);
    if (typeof units === 'string') return { kind: 'missing', reason: units };
    if (units.values === undefined && isNeeded(asking.check, one)) return nothingFor(one);
    values[one.arm] = { ...values[one.arm], ...ofTrack(one, units.values ?? {}) };
    agesMs.push(units.ageMs);
  }
  return { kind: 'gauge', ...values, toMs: question.at - Math.max(0, ...agesMs) };
}

/** Of several variants each has units of its own, whatever the source calls them. */
function ofTrack({ track }: ArmQuery, values: UnitValues): UnitValues {
  const variant = variantOf(track);
  if (variant === undefined) return values;
  return Object.fromEntries(
    Object.entries(values).map(([unit, value]) => [`${variant} ${unit}`.trim(), value]),
  );
}

interface Units {
  /** Absent: the query finds nothing. */
  readonly values?: UnitValues;
  /** How long ago the oldest value was measured. */
  readonly ageMs: number;
}

/** A value for each unit, or why there are none. */
function unitsOf(answer: QueryAnswer | undefined, isPerUnit: boolean): Units | string {
  if (answer === undefined || answer.kind === 'empty') return { ageMs: 0 };
  if (answer.kind === 'failed') return withHint(answer.reason, answer.hint);
  if (answer.kind === 'stale') return 'it was measured before, but not lately';
  const { series, evaluatedMs } = answer;
  if (series.length > 1 && !isPerUnit) return `${tooManySeries(series)}; aggregate them, or add per: pod`;
  const values = series.flatMap((one) => ('value' in one ? [one.value] : []));
  if (values.length < series.length) return 'it is a histogram where a value is expected';
  const names = isPerUnit ? unitNames(series.map(({ labels }) => labels)) : [''];
  return {
    values: Object.fromEntries(values.map((value, i) => [names[i] ?? '', value] as const)),
    ageMs: Math.max(0, ...series.map(({ atMs }) => evaluatedMs - atMs)),
  };
}

/** Labels by which Prometheus tells pods and processes apart. */
const UNIT_LABELS = ['pod', 'instance'] as const;

/** By the label that tells them apart; by all labels when none does. A unit keeps its name when others come and go. */
function unitNames(series: readonly Labels[]): readonly string[] {
  for (const label of UNIT_LABELS) {
    const names = series.flatMap((labels) => labels[label] ?? []);
    if (new Set(names).size === series.length) return names;
  }
  return series.map(seriesKey);
}
