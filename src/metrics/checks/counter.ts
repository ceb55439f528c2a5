import { Failure, withHint } from '../../base/failure.ts';
import { countSamples, neededSince, startAccumulation, type Accumulation } from '../prometheus/accumulate.ts';
import type { MetricSource, SamplesAnswer, SourceHistogram } from '../prometheus/answer.ts';
import { commonMoment, newestOf, Rhythm, until, type Asked } from './alignment.ts';

/** What one counter has counted. */
export interface Count {
  /** Whole events. */
  readonly total: number;
  readonly histogram: SourceHistogram;
  /** `unseen`: it never had a series. `silent`: it had, but none was scraped lately. */
  readonly state: 'speaking' | 'silent' | 'unseen';
}

/** What the counters of one check came to, in the order of the queries; or why they could not be asked. */
export type Counted =
  | { readonly kind: 'counted'; readonly toMs: number; readonly counts: readonly Count[] }
  | { readonly kind: 'missing'; readonly reason: string };

/** What is asked, and as what the answers are taken: `asCounters` or `asHistograms`. */
export interface CountersQuestion {
  readonly source: MetricSource;
  readonly queries: readonly string[];
  readonly as: (answer: SamplesAnswer) => SamplesAnswer;
  /** The moment of asking, on our clock. */
  readonly at: number;
}

/** The source's clock is not followed in what it drifts, only when somebody sets one of the clocks. */
const CLOCK_SET_MS = 2_000;

/**
 * The counters of one check, counted until one moment that all of them have told of. Begins anew with every release.
 * As long as one of them cannot be asked none is counted further; what it has missed is counted afterwards.
 */
export class Counters {
  readonly epoch: string;
  readonly #rhythm = new Rhythm();
  #accumulations: ReadonlyMap<string, Accumulation> = new Map();
  /** On the source's clock. */
  #untilMs: number | undefined;
  /** The source's clock minus ours. */
  #aheadMs: number | undefined;

  constructor(epoch: string) {
    this.epoch = epoch;
  }

  /** Asks all of them at once. */
  async read({ source, queries, as, at }: CountersQuestion, signal: AbortSignal): Promise<Counted> {
    const unique = [...new Set(queries)];
    const answers = await source.samples(
      unique.map((query) => this.#questionOf(query)),
      signal,
    );
    const asked: Asked[] = [];
    for (const [i, query] of unique.entries()) {
      const raw = answers[i];
      if (raw === undefined) throw new Failure('bug', 'a source gave fewer answers than questions');
      const answer = as(raw);
      if (answer.kind === 'failed') return { kind: 'missing', reason: withHint(answer.reason, answer.hint) };
      asked.push({ before: this.#of(query), answer });
    }
    const counts = this.#count(unique, asked);
    return {
      kind: 'counted',
      toMs: this.#onOurClock(at, asked),
      counts: queries.flatMap((query) => counts.get(query) ?? []),
    };
  }

  #questionOf(query: string): { readonly query: string; readonly sinceMs?: number } {
    const sinceMs = neededSince(this.#of(query));
    return { query, ...(sinceMs === undefined ? {} : { sinceMs }) };
  }

  #of(query: string): Accumulation {
    return this.#accumulations.get(query) ?? startAccumulation(this.epoch);
  }

  #count(queries: readonly string[], asked: readonly Asked[]): ReadonlyMap<string, Count> {
    for (const [i, { answer }] of asked.entries()) this.#rhythm.learn(queries[i] ?? '', answer);
    const { patienceMs } = this.#rhythm;
    const moment = commonMoment(asked, patienceMs) ?? this.#untilMs;
    const untilMs = moment === undefined ? undefined : Math.max(moment, this.#untilMs ?? 0);
    this.#untilMs = untilMs;
    const next = asked.map((one) =>
      untilMs === undefined ? one.before : countSamples(one.before, until(one, untilMs)),
    );
    this.#accumulations = new Map(queries.map((query, i) => [query, next[i] ?? this.#of(query)]));
    const entries = asked.map((one, i) => [queries[i] ?? '', countOf(one, next[i], patienceMs)] as const);
    return new Map(entries);
  }

  /** Until when it is counted. While nothing was scraped ever, until now: there was nothing. */
  #onOurClock(at: number, asked: readonly Asked[]): number {
    const nowMs = Math.max(...asked.map(({ answer }) => answer.evaluatedMs));
    const aheadMs = nowMs - at;
    const isSet = Math.abs(aheadMs - (this.#aheadMs ?? Infinity)) > CLOCK_SET_MS;
    if (isSet) this.#aheadMs = aheadMs;
    return (this.#untilMs ?? nowMs) - (this.#aheadMs ?? aheadMs);
  }
}

function countOf(asked: Asked, accumulation: Accumulation | undefined, patienceMs: number): Count {
  const { total, histogram } = accumulation ?? asked.before;
  const isSeen = Object.keys(asked.before.series).length > 0 || asked.answer.kind === 'series';
  const isSpeaking = newestOf(asked, patienceMs).length > 0;
  return {
    // A part of an event is not an event yet; rounding errors are none.
    total: Math.floor(total + 1e-6),
    histogram,
    state: isSpeaking ? 'speaking' : isSeen ? 'silent' : 'unseen',
  };
}
