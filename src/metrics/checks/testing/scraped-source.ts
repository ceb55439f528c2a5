import type {
  AskingFailed,
  Labels,
  MetricSource,
  NumberSample,
  QueryAnswer,
  SamplesAnswer,
  SamplesQuery,
  SourceSample,
} from '../../prometheus/answer.ts';
import { seriesKey } from '../../prometheus/labels.ts';

interface Series {
  readonly labels: Labels;
  readonly samples: SourceSample[];
}

const FIRST_LOOK_MS = 300_000;

/** A source in memory: what was scraped, by the text of the query that finds it. Its clock stands still. */
export class ScrapedSource implements MetricSource {
  nowMs = 1_700_000_000_000;
  /** Why it does not answer now. */
  failure: AskingFailed | undefined;
  /** Asked before it answers: it may never answer. */
  before: () => Promise<void> = () => Promise.resolve();
  /** Every question, in order. */
  readonly asked: string[] = [];
  readonly #found = new Map<string, Map<string, Series>>();

  /** A sample of a series that a query finds, `agoMs` before now. */
  scrape(query: string, sample: number | SourceSample, { labels = {}, agoMs = 0 }: ScrapeDetails = {}): void {
    const found = this.#found.get(query) ?? new Map<string, Series>();
    const series = found.get(seriesKey(labels)) ?? { labels, samples: [] };
    const atMs = this.nowMs - agoMs;
    series.samples.push(typeof sample === 'number' ? { atMs, value: sample } : { ...sample, atMs });
    found.set(seriesKey(labels), series);
    this.#found.set(query, found);
  }

  async instant(queries: readonly string[]): Promise<readonly QueryAnswer[]> {
    await this.#heard(queries);
    return queries.map((query) => this.#newestOf(query));
  }

  async samples(queries: readonly SamplesQuery[]): Promise<readonly SamplesAnswer[]> {
    await this.#heard(queries.map(({ query }) => query));
    return queries.map((query) => this.#scrapedOf(query));
  }

  range(): Promise<never> {
    return Promise.reject(new Error('nobody asks for ranges here'));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #heard(queries: readonly string[]): Promise<void> {
    this.asked.push(...queries);
    await this.before();
  }

  #newestOf(query: string): QueryAnswer {
    const evaluatedMs = this.nowMs;
    if (this.failure !== undefined) return this.failure;
    const series = this.#seriesOf(query).map(({ labels, samples }) => ({
      labels,
      ...(samples.at(-1) as NumberSample),
    }));
    return series.length === 0
      ? { kind: 'empty', evaluatedMs }
      : { kind: 'series', series, evaluatedMs, warnings: [] };
  }

  #scrapedOf({ query, sinceMs = this.nowMs - FIRST_LOOK_MS }: SamplesQuery): SamplesAnswer {
    if (this.failure !== undefined) return this.failure;
    const about = { fromMs: sinceMs, evaluatedMs: this.nowMs };
    const series = this.#seriesOf(query)
      .map(({ labels, samples }) => ({ labels, samples: samples.filter(({ atMs }) => atMs >= sinceMs) }))
      .filter(({ samples }) => samples.length > 0);
    if (series.length === 0) return { kind: 'empty', ...about };
    return { kind: 'series', series, scraped: true, warnings: [], ...about };
  }

  #seriesOf(query: string): readonly Series[] {
    return [...(this.#found.get(query)?.values() ?? [])];
  }
}

interface ScrapeDetails {
  readonly labels?: Labels;
  readonly agoMs?: number;
}
