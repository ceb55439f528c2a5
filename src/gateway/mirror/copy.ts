import type { Dispatcher } from 'undici';
import { chooseAmong } from '../routing/choose.ts';
import type { PartCounter } from '../counting/part-counter.ts';
import type { RecordedAnswer } from './recorded-answer.ts';
import { COPY_MARK, type RequestHead } from '../http1/request-head.ts';
import { deservesFreshConnection, type Connection, type Upstream } from '../routing/upstream.ts';

/** However long users may wait, nobody waits for a copy. */
const LONGEST_MS = 10_000;
/** Of an answer that nobody reads. */
const LONGEST_ANSWER = 16 * 1024 * 1024;

/** What is sent. */
export interface CopiedRequest extends Pick<RequestHead, 'method' | 'path' | 'headers'> {
  readonly body: Buffer | null;
}

/** A copy, and what is to become of it. */
export interface CopyJob {
  readonly request: CopiedRequest;
  /** Without a counter it is not counted. */
  readonly to: { readonly counter?: PartCounter; readonly upstreams: readonly Upstream[] };
  readonly timeoutMs: number;
  readonly random: () => number;
  /** Set where the answer is wanted. */
  readonly record?: RecordedAnswer;
  /** Called once. */
  readonly onEnd: (end: CopyEnd) => void;
}

/** What became of a copy. */
export interface CopyEnd {
  /** False when there was no process to send it to, so that nothing was counted. */
  readonly wasSent: boolean;
  /** The whole answer, or one without a status when there was none; absent where it was not wanted, or nothing was sent. */
  readonly answer?: RecordedAnswer;
}

/**
 * Sends a copy of a request and throws the answer away. It is counted like any request: no answer, and one that takes
 * too long or never ends, is an error. As a user's request it goes to another process when nobody listens at one, and
 * once more to the same one when that closed a kept connection as it came.
 */
export class Copy implements Dispatcher.DispatchHandler {
  readonly #job: CopyJob;
  readonly #startedMs = performance.now();
  readonly #deadline: NodeJS.Timeout;
  #upstream: Upstream | undefined;
  #tried: Set<Upstream> | undefined;
  #abort: ((error?: Error) => void) | undefined;
  #connection: Connection | undefined;
  #reused = false;
  #repeated = false;
  #ended = false;
  #status = 0;
  #bytes = 0;

  constructor(job: CopyJob) {
    this.#job = job;
    this.#deadline = setTimeout(this.#cut, Math.min(job.timeoutMs, LONGEST_MS)).unref();
  }

  /** Begins. Everything else happens in answer to events. */
  start(): void {
    const { to, random, onEnd } = this.#job;
    const upstream = chooseAmong(to.upstreams, random, this.#tried);
    if (upstream !== undefined) {
      this.#enter(upstream);
      upstream.pool.dispatch(this.#options(), this);
    } else if (this.#tried === undefined) {
      this.#ended = true;
      clearTimeout(this.#deadline);
      onEnd({ wasSent: false });
    } else {
      this.#end(502);
    }
  }

  /** Tells which connection will carry the copy. */
  via(connection: Connection): void {
    this.#connection = connection;
  }

  onConnect(abort: (error?: Error) => void): void {
    this.#abort = abort;
    this.#reused = this.#connection?.carry() ?? false;
    if (this.#ended) abort();
  }

  onHeaders(status: number, raw: Buffer[]): boolean {
    if (status < 200) return true;
    this.#status = status;
    this.#job.record?.begin(status, raw);
    return true;
  }

  onData(piece: Buffer): boolean {
    this.#bytes += piece.length;
    this.#job.record?.piece(piece);
    if (this.#bytes > LONGEST_ANSWER) this.#cut();
    return true;
  }

  onComplete(): void {
    this.#end(this.#status);
  }

  onError(error: Error & { code?: string }): void {
    if (this.#ended) return;
    if (this.#abort === undefined && !this.#repeated) this.#elsewhere();
    else if (this.#mayRepeat(error.code)) this.#repeat();
    else if (this.#status === 304 && error.code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') this.#end(304);
    else this.#breakOff();
  }

  #enter(upstream: Upstream): void {
    this.#upstream = upstream;
    upstream.inflight += 1;
    const { counter } = this.#job.to;
    if (counter !== undefined) counter.active += 1;
  }

  #leave(): void {
    if (this.#upstream === undefined) return;
    this.#upstream.inflight -= 1;
    const { counter } = this.#job.to;
    if (counter !== undefined) counter.active -= 1;
    this.#upstream = undefined;
  }

  #options(): Dispatcher.DispatchOptions {
    const { method, path, headers, body } = this.#job.request;
    // One deadline stands for all.
    const noTimeouts = { headersTimeout: 0, bodyTimeout: 0 };
    return { method, path, headers: [...headers, COPY_MARK, 'true'], body, ...noTimeouts };
  }

  /** Nobody listened there. */
  #elsewhere(): void {
    const upstream = this.#upstream;
    this.#leave();
    this.#job.to.counter?.connectFailed();
    upstream?.suspect(performance.now());
    if (upstream !== undefined) this.#tried = (this.#tried ?? new Set()).add(upstream);
    this.start();
  }

  #mayRepeat(code: string | undefined): boolean {
    const { method, body } = this.#job.request;
    if (!this.#reused || this.#repeated || this.#status > 0 || body !== null) return false;
    return deservesFreshConnection(method, code);
  }

  #repeat(): void {
    this.#repeated = true;
    this.#abort = undefined;
    this.#upstream?.dispatchFresh(this.#options(), this);
  }

  readonly #cut = (): void => {
    if (this.#ended) return;
    this.#breakOff();
    this.#abort?.();
  };

  #breakOff(): void {
    if (this.#status > 0) this.#end('brokenOff');
    else this.#end(502);
  }

  #end(status: number | 'brokenOff'): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#deadline);
    const { to, record, onEnd } = this.#job;
    const ms = performance.now() - this.#startedMs;
    if (status === 'brokenOff') to.counter?.brokenOff(ms);
    else to.counter?.answered(status, ms);
    this.#leave();
    const isWhole = status === this.#status && this.#status > 0;
    if (!isWhole) record?.begin(0, []);
    onEnd({ wasSent: true, ...(record === undefined ? {} : { answer: record }) });
  }
}
