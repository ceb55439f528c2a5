import { Backoff } from '../system/backoff.ts';
import { fetchReason } from '../system/fetch-reason.ts';
import { deadlineIn, waitFor } from '../system/waiting.ts';
import type { Log } from '../telemetry/log.ts';
import { Counter, type Family } from '../telemetry/metrics.ts';
import type { Collector } from './collector.ts';
import { otlpJson } from './otlp-json.ts';
import type { Span } from './span.ts';

/** So many spans wait at most; the oldest are given up for newer ones. */
const MOST_WAITING = 2_048;
const MOST_AT_ONCE = 256;
/** Spans are gathered for so long before they are sent. */
const GATHER_MS = 1_000;
const REQUEST_MS = 10_000;
/** Who ends waits so long for the last of them. */
const LAST_WORDS_MS = 2_000;
const RETRY = { firstMs: 1_000, longestMs: 60_000 };
/** Statuses after which the same may be sent again, as OTLP says. */
const AGAIN: readonly number[] = [429, 502, 503, 504];

/** What it is made of. */
export interface ExporterParts {
  readonly collector: Collector;
  readonly log: Log;
  /** Other times, in tests. */
  readonly gatherMs?: number;
  readonly retry?: { readonly firstMs: number; readonly longestMs: number };
}

/**
 * Sends spans to a collector, beside everything else: nobody waits for it, what it holds is bounded, and what it cannot
 * get rid of is given up.
 */
export class SpanExporter {
  readonly #parts: ExporterParts;
  readonly #backoff: Backoff;
  readonly #closing = new AbortController();
  readonly #counts = new Counter();
  #waiting: readonly Span[] = [];
  #work: Promise<void> | undefined;

  constructor(parts: ExporterParts) {
    this.#parts = parts;
    this.#backoff = new Backoff(parts.retry ?? RETRY);
    for (const result of ['sent', 'dropped']) this.#counts.add({ result }, 0);
  }

  /** Takes spans. Returns at once. */
  push(spans: readonly Span[]): void {
    if (spans.length === 0 || this.#closing.signal.aborted) return;
    const all = [...this.#waiting, ...spans];
    const over = Math.max(0, all.length - MOST_WAITING);
    this.#counts.add({ result: 'dropped' }, over);
    this.#waiting = all.slice(over);
    this.#start();
  }

  /** What has become of spans. */
  families(): readonly Family[] {
    const help = 'Spans of releases that were sent to the collector, or given up.';
    return [{ name: 'coalmine_trace_spans_total', type: 'counter', help, samples: this.#counts.samples() }];
  }

  /** Sends what is left, for as long as may be waited for that. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#work;
  }

  #start(): void {
    this.#work ??= this.#send().finally(() => {
      this.#work = undefined;
      if (this.#waiting.length > 0) this.#start();
    });
  }

  async #send(): Promise<void> {
    const closing = this.#closing.signal;
    await waitFor(this.#parts.gatherMs ?? GATHER_MS, closing);
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, MOST_AT_ONCE);
      const sent = await this.#try(batch);
      if (sent === 'later') {
        if (closing.aborted || !(await waitFor(this.#backoff.next(), closing))) break;
        continue;
      }
      this.#backoff.reset();
      this.#done(batch, sent);
    }
    if (closing.aborted) this.#done(this.#waiting, 'dropped');
  }

  #done(batch: readonly Span[], result: 'sent' | 'dropped'): void {
    this.#counts.add({ result }, batch.length);
    const gone = new Set(batch);
    this.#waiting = this.#waiting.filter((span) => !gone.has(span));
  }

  async #try(batch: readonly Span[]): Promise<'sent' | 'dropped' | 'later'> {
    const { collector, log } = this.#parts;
    const { url, headers, service } = collector;
    const withinMs = this.#closing.signal.aborted ? LAST_WORDS_MS : REQUEST_MS;
    try {
      const response = await fetch(url, {
        method: 'POST',
        redirect: 'error',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(otlpJson(batch, service)),
        signal: deadlineIn(withinMs),
      });
      await response.body?.cancel();
      if (response.ok) return 'sent';
      if (AGAIN.includes(response.status)) return 'later';
      log.warn(`the collector of traces refuses them: it answered ${response.status}`);
      return 'dropped';
    } catch (cause) {
      // Said once, not at every attempt.
      if (this.#backoff.failures === 0)
        log.warn(`the collector of traces cannot be reached: ${fetchReason(cause)}; it is tried again`);
      return 'later';
    }
  }
}
