import type { SamplesAnswer, SampledSeries, SourceHistogram, SourceSample } from './answer.ts';
import { addedSince, bothOf, NO_VALUES } from './histogram.ts';
import { seriesKey } from './labels.ts';

/**
 * What cumulative counters of several series have counted since somebody began to look, as one total that never
 * falls. Plain JSON.
 */
export interface Accumulation {
  /** Given by whoever began; another one means that the total started anew. */
  readonly epoch: string;
  /** Of the series that are numbers. */
  readonly total: number;
  /** Of the series that are histograms. */
  readonly histogram: SourceHistogram;
  /** Time of the newest sample that was counted, on the source's clock; absent before the first. */
  readonly atMs?: number;
  /** How far the source has answered without a gap; absent before the first answer. */
  readonly seenUntilMs?: number;
  /** Falls of a series that were taken for a fresh start. */
  readonly resets: number;
  /** Falls of a computed value: what was counted around them is not known. */
  readonly unexplained: number;
  /** The last sample of every series ever seen. */
  readonly series: Readonly<Record<string, SourceSample>>;
}

/** Nothing counted yet. */
export function startAccumulation(epoch: string): Accumulation {
  return { epoch, total: 0, histogram: NO_VALUES, resets: 0, unexplained: 0, series: {} };
}

/** A series that was silent for longer does not hold the others up. */
const SILENT_MS = 120_000;
/** A sample is dated with the beginning of its scrape, and can be seen at its end. */
const LONGEST_SCRAPE_MS = 15_000;

/** From when on samples are wanted next: after what every series that still speaks has said. */
export function neededSince({ series, seenUntilMs }: Accumulation): number | undefined {
  if (seenUntilMs === undefined) return undefined;
  const last = Object.values(series).map(({ atMs }) => atMs);
  const speaking = last.filter((atMs) => atMs >= seenUntilMs - SILENT_MS);
  return Math.min(seenUntilMs - (speaking.length === 0 ? LONGEST_SCRAPE_MS : 0), ...speaking);
}

/**
 * Adds what was scraped. Per series: what it grew; after a fall, all of its value, since it began again at zero.
 * The first answer is where counting begins. A series that appears later counts whole, because it was not there
 * before and so has begun since; unless answers are missing in between. Repeated and late samples, negative
 * numbers and what is no number are passed over; no answer is no progress.
 */
export function countSamples(state: Accumulation, answer: SamplesAnswer): Accumulation {
  if (answer.kind === 'failed') return state;
  const seenUntilMs = Math.max(state.seenUntilMs ?? 0, answer.evaluatedMs);
  if (answer.kind === 'empty') return { ...state, seenUntilMs };
  const isFirst = state.seenUntilMs === undefined;
  const isGapless = state.seenUntilMs !== undefined && answer.fromMs <= state.seenUntilMs;
  const tally: Tally = { ...state, series: { ...state.series } };
  for (const one of answer.series) {
    if (isFirst) begin(tally, one);
    else addSeries(tally, one, { scraped: answer.scraped, countsWhole: isGapless });
  }
  return { ...tally, seenUntilMs };
}

type Tally = { -readonly [Key in keyof Omit<Accumulation, 'series'>]: Accumulation[Key] } & {
  readonly series: Record<string, SourceSample>;
};

/** The newest sample is the baseline. */
function begin(tally: Tally, { labels, samples }: SampledSeries): void {
  const newest = samples.findLast(isUsable);
  if (newest !== undefined) remember(tally, seriesKey(labels), newest);
}

interface Terms {
  readonly scraped: boolean;
  readonly countsWhole: boolean;
}

function addSeries(tally: Tally, { labels, samples }: SampledSeries, terms: Terms): void {
  const key = seriesKey(labels);
  for (const sample of samples) {
    if (!isUsable(sample)) continue;
    const before = tally.series[key];
    if (before !== undefined && sample.atMs <= before.atMs) continue;
    if (before !== undefined) addGrowth(tally, before, { sample, terms });
    else if (terms.countsWhole) addWhole(tally, sample);
    remember(tally, key, sample);
  }
}

function isUsable(sample: SourceSample): boolean {
  return 'value' in sample ? sample.value >= 0 && Number.isFinite(sample.value) : sample.histogram.count >= 0;
}

function addGrowth(
  tally: Tally,
  before: SourceSample,
  { sample, terms }: { readonly sample: SourceSample; readonly terms: Terms },
): void {
  const growth = growthBetween(before, sample);
  if (growth !== undefined) {
    addWhole(tally, growth);
  } else if (terms.scraped) {
    tally.resets += 1;
    addWhole(tally, sample);
  } else {
    // A sum falls when one of its series goes away; counting all the others again would be far worse.
    tally.unexplained += 1;
  }
}

/** Undefined for a fall, also from one kind of sample to another. */
function growthBetween(before: SourceSample, after: SourceSample): SourceSample | undefined {
  const { atMs } = after;
  if ('value' in before && 'value' in after) {
    return after.value < before.value ? undefined : { atMs, value: after.value - before.value };
  }
  if (!('histogram' in before) || !('histogram' in after)) return undefined;
  const histogram = addedSince(before.histogram, after.histogram);
  return histogram === undefined ? undefined : { atMs, histogram };
}

function addWhole(tally: Tally, sample: SourceSample): void {
  if ('value' in sample) tally.total += sample.value;
  else tally.histogram = bothOf(tally.histogram, sample.histogram);
}

function remember(tally: Tally, key: string, sample: SourceSample): void {
  tally.series[key] = sample;
  tally.atMs = Math.max(tally.atMs ?? 0, sample.atMs);
}
