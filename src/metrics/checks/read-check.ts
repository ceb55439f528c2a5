import { withHint } from '../../base/failure.ts';
import type { CheckReading, LogHistogram, SampleOf, UnitValues } from '../../analysis/measurement.ts';
import type { Check, Metric } from '../../rollout/model.ts';
import type { FailureCounters, HistogramQuery, RequestQueries } from '../../rollout/source-queries.ts';
import type { Labels, MetricSource, QueryAnswer, SourceHistogram } from '../prometheus/answer.ts';
import { inMilliseconds, inUnits } from '../prometheus/histogram.ts';
import { seriesKey, tooManySeries } from '../prometheus/labels.ts';
import { asCounters, asHistograms } from '../prometheus/counters.ts';
import type { Count, Counters, CountersQuestion } from './counter.ts';
import { armQueries, type Arm, type ArmQueries, type Filling } from './targets.ts';

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
  const queries = [events.candidate, trials.candidate, events.control, trials.control];
  // What never went wrong may have no series; what never happened has told nothing.
  const counted = await countedOf(asking, { queries, needed: [trials], as: asCounters });
  if (counted.kind === 'missing') return counted;
  const [hits, tries, hitsThere, triesThere] = counted.counts;
  return {
    kind: 'counts',
    ...counted.since,
    candidate: { events: hits?.total ?? 0, trials: tries?.total ?? 0 },
    control: { events: hitsThere?.total ?? 0, trials: triesThere?.total ?? 0 },
  };
}

function filledCounters(
  asking: CheckAsking,
  { bad, all, control = { bad, all } }: FailureCounters & Pick<RequestQueries, 'control'>,
): { readonly events: ArmQueries; readonly trials: ArmQueries } {
  return {
    events: armQueries({ candidate: bad, control: control.bad }, asking),
    trials: armQueries({ candidate: all, control: control.all }, asking),
  };
}

async function readEvents(asking: CheckAsking, query: string): Promise<CheckReading> {
  const arms = filled(asking, query);
  const queries = [arms.candidate, arms.control];
  const counted = await countedOf(asking, { queries, needed: [arms], as: asCounters });
  if (counted.kind === 'missing') return counted;
  const [here, there] = counted.counts;
  return { kind: 'events', ...counted.since, candidate: here?.total ?? 0, control: there?.total ?? 0 };
}

async function readDistribution(
  asking: CheckAsking,
  { query, control = query }: HistogramQuery,
  inOurUnit: (histogram: SourceHistogram) => LogHistogram,
): Promise<CheckReading> {
  const arms = armQueries({ candidate: query, control }, asking);
  const queries = [arms.candidate, arms.control];
  const counted = await countedOf(asking, { queries, needed: [arms], as: asHistograms });
  if (counted.kind === 'missing') return counted;
  const [here, there] = counted.counts;
  return {
    kind: 'distribution',
    ...counted.since,
    candidate: here === undefined ? [] : inOurUnit(here.histogram),
    control: there === undefined ? [] : inOurUnit(there.histogram),
  };
}

function filled(asking: CheckAsking, template: string): ArmQueries {
  return armQueries({ candidate: template, control: template }, asking);
}

interface CountersAsking extends Pick<CountersQuestion, 'as'> {
  /** Undefined for an arm that is not there. */
  readonly queries: readonly (string | undefined)[];
  /** Those without which nothing is measured. */
  readonly needed: readonly ArmQueries[];
}

interface AllCounted {
  readonly kind: 'counted';
  readonly since: { readonly epoch: string; readonly toMs: number };
  readonly counts: readonly (Count | undefined)[];
}

/** All of these counters as of one moment; one that is missing makes all of it so. */
async function countedOf(
  asking: CheckAsking,
  { queries, needed, as }: CountersAsking,
): Promise<AllCounted | SampleOf<'missing'>> {
  const { source, counters, question, signal } = asking;
  const asked = queries.filter((query) => query !== undefined);
  const answer = await counters.read({ source, queries: asked, as, at: question.at }, signal);
  if (answer.kind === 'missing') return answer;
  const countOf = (query: string | undefined): Count | undefined =>
    query === undefined ? undefined : answer.counts[asked.indexOf(query)];
  for (const arms of needed) {
    const silent = ARMS.find((arm) => isNeeded(asking, arm) && !isSpeaking(countOf(arms[arm])));
    if (silent !== undefined) return nothingFor(silent, arms);
  }
  const since = { epoch: counters.epoch, toMs: answer.toMs };
  return { kind: 'counted', since, counts: queries.map(countOf) };
}

/** A track that is not there (the first release has no stable) has nothing to say. */
function isSpeaking(count: Count | undefined): boolean {
  return count === undefined || count.state === 'speaking';
}

/** Who compares needs both arms; others look at the candidate alone. */
function isNeeded({ check: { judge } }: CheckAsking, arm: Arm): boolean {
  return arm === 'candidate' || judge.kind === 'sequential' || judge.kind === 'score';
}

/** Silence is not zero: nobody knows what happens where nothing is scraped. */
function nothingFor(arm: Arm, queries: ArmQueries): SampleOf<'missing'> {
  const query = shortened(queries[arm] ?? '');
  return { kind: 'missing', reason: `the query finds nothing for ${WHO[arm]} now: ${query}` };
}

const ARMS = ['candidate', 'control'] as const;
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
  const queries = filled(asking, query);
  const arms = ARMS.filter((arm) => queries[arm] !== undefined);
  const answers = await source.instant(
    arms.map((arm) => queries[arm] ?? ''),
    signal,
  );
  const values = { candidate: {} as UnitValues, control: {} as UnitValues };
  const agesMs: number[] = [];
  for (const [i, arm] of arms.entries()) {
    const units = unitsOf(answers[i], per !== undefined);
    if (typeof units === 'string') return { kind: 'missing', reason: units };
    if (units.values === undefined && isNeeded(asking, arm)) return nothingFor(arm, queries);
    values[arm] = units.values ?? {};
    agesMs.push(units.ageMs);
  }
  return { kind: 'gauge', ...values, toMs: question.at - Math.max(0, ...agesMs) };
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
