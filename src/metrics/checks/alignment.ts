import type { Accumulation } from '../prometheus/accumulate.ts';
import type { AskingFailed, SampledSeries, SamplesAnswer, SourceSample } from '../prometheus/answer.ts';
import { seriesKey } from '../prometheus/labels.ts';

/** The samples of a counter. */
export type Sampled = Exclude<SamplesAnswer, AskingFailed>;

/** A counter: what it has counted so far, and what was scraped of it since. */
export interface Asked {
  readonly before: Accumulation;
  readonly answer: Sampled;
}

/** After so many times its usual pause a series is silent. */
const PAUSES = 2.5;
const SHORTEST_PATIENCE_MS = 5_000;
/** Also while it is not known how often a series is scraped. */
const LONGEST_PATIENCE_MS = 120_000;

/** How often series are scraped, learned from their samples: the shortest pause of each, in milliseconds. */
export class Rhythm {
  readonly #pauses = new Map<string, number>();

  /** Learns from what was scraped for a query. */
  learn(query: string, answer: Sampled): void {
    if (answer.kind !== 'series' || !answer.scraped) return;
    for (const { labels, samples } of answer.series) {
      this.#learnFrom(`${query} ${seriesKey(labels)}`, samples);
    }
  }

  #learnFrom(key: string, samples: readonly SourceSample[]): void {
    for (const [i, { atMs }] of samples.entries()) {
      const pauseMs = atMs - (samples[i - 1]?.atMs ?? atMs);
      if (pauseMs > 0) this.#pauses.set(key, Math.min(this.#pauses.get(key) ?? Infinity, pauseMs));
    }
  }

  /** For so long a series may say nothing before it is taken for silent. */
  get patienceMs(): number {
    if (this.#pauses.size === 0) return LONGEST_PATIENCE_MS;
    const longest = Math.max(...this.#pauses.values());
    return Math.min(LONGEST_PATIENCE_MS, Math.max(SHORTEST_PATIENCE_MS, PAUSES * longest));
  }
}

/** Times of the newest samples of the series that still speak. */
export function newestOf({ before, answer }: Asked, patienceMs: number): readonly number[] {
  const newest = new Map<string, number>();
  // What is computed is all there is now; what is scraped may come again.
  const isComputed = answer.kind === 'series' && !answer.scraped;
  if (!isComputed) for (const [key, { atMs }] of Object.entries(before.series)) newest.set(key, atMs);
  for (const { labels, samples } of seriesIn(answer)) {
    const key = seriesKey(labels);
    newest.set(key, Math.max(newest.get(key) ?? 0, samples.at(-1)?.atMs ?? 0));
  }
  return [...newest.values()].filter((atMs) => answer.evaluatedMs - atMs <= patienceMs);
}

/**
 * The last moment up to which every series that still speaks has told: all counters of a check are counted until
 * then, so that both arms are compared over the same time however their scrapes fall. Undefined when none speaks.
 * Counting begins where every series has begun.
 */
export function commonMoment(asked: readonly Asked[], patienceMs: number): number | undefined {
  const newest = asked.flatMap((one) => newestOf(one, patienceMs));
  if (newest.length === 0) return undefined;
  const isFirst = asked.every(({ before }) => before.seenUntilMs === undefined);
  const begun = isFirst ? asked.flatMap(({ answer }) => seriesIn(answer).flatMap(beginningOf)) : [];
  return Math.max(Math.min(...newest), ...begun);
}

function beginningOf({ samples }: SampledSeries): readonly number[] {
  return samples.slice(0, 1).map(({ atMs }) => atMs);
}

function seriesIn(answer: Sampled): readonly SampledSeries[] {
  return answer.kind === 'series' ? answer.series : [];
}

/**
 * The answer as it would have been at a moment. What a number was just then lies between the samples around it;
 * histograms are taken as they were scraped last.
 */
export function until({ before, answer }: Asked, untilMs: number): Sampled {
  if (answer.kind !== 'series') return { ...answer, evaluatedMs: untilMs };
  const series = answer.series.map(({ labels, samples }) => ({
    labels,
    samples: samplesUntil(samples, before.series[seriesKey(labels)], untilMs),
  }));
  return { ...answer, series, evaluatedMs: untilMs };
}

function samplesUntil(
  samples: readonly SourceSample[],
  before: SourceSample | undefined,
  untilMs: number,
): readonly SourceSample[] {
  const past = samples.filter(({ atMs }) => atMs <= untilMs);
  const next = samples.find(({ atMs }) => atMs > untilMs);
  const last = [before, past.at(-1)]
    .filter((one) => one !== undefined)
    .reduce<SourceSample | undefined>((a, b) => (a !== undefined && a.atMs > b.atMs ? a : b), undefined);
  const between = valueAt(untilMs, last, next);
  return between === undefined ? past : [...past, between];
}

function valueAt(
  atMs: number,
  last: SourceSample | undefined,
  next: SourceSample | undefined,
): SourceSample | undefined {
  if (last === undefined || next === undefined || !('value' in last) || !('value' in next)) return undefined;
  const growth = next.value - last.value;
  // What fell began anew somewhere in between.
  if (!(growth >= 0) || !Number.isFinite(growth) || atMs <= last.atMs) return undefined;
  return { atMs, value: last.value + (growth * (atMs - last.atMs)) / (next.atMs - last.atMs) };
}
