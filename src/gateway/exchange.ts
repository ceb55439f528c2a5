import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Dispatcher } from 'undici';
import { answer, endAfterRequest } from './answer.ts';
import { RequestBody } from './request-body.ts';
import type { RequestHead } from './request-head.ts';
import { responseHeaders } from './response-head.ts';
import type { LivePart, LiveRoute } from './route-table.ts';
import { chooseUpstream, type Connection, type Upstream } from './upstream.ts';

/** A reason phrase that Node sends on; it throws at any other. */
const REASON = /^[\t\x20-\x7e]*$/;

/** How undici tells that a connection was closed before any answer. */
const CLOSED = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

/** One request that has a route. */
export interface Job {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly head: RequestHead;
  readonly route: LiveRoute;
  /** The part that should serve it. */
  readonly part: LivePart;
  /** For the workload. */
  readonly headers: string[];
  /** Added to the answer: name, value, … */
  readonly extraHeaders: readonly string[];
  /** When the request's head had arrived, on the clock of `performance.now()`. */
  readonly startedMs: number;
  readonly random: () => number;
  /** How long a client may neither send nor take anything in the middle of a body. */
  readonly bodyIdleMs: number;
}

/**
 * Carries one request to a workload and its answer back. A request of which nothing was sent may go to another
 * endpoint; one that was sent is not repeated, but for a GET or HEAD without a body that met a kept connection being
 * closed. It is counted once, for the part that took it. Its latency runs
 * from the complete request head to the last byte received from the workload.
 *
 * The raw handler interface of undici is used since it hands over headers as they came.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly #job: Job;
  #part: LivePart;
  #upstream: Upstream | undefined;
  #tried: Set<Upstream> | undefined;
  #abort: ((error?: Error) => void) | undefined;
  #resume: (() => void) | undefined;
  #stalled: NodeJS.Timeout | undefined;
  #settled = false;
  #flowing = false;
  #connection: Connection | undefined;
  #reused = false;
  #repeated = false;

  constructor(job: Job) {
    this.#job = job;
    this.#part = job.part;
  }

  /** Begins. Everything else happens in answer to events. */
  start(): void {
    this.#job.res.on('close', this.#onClientClosed);
    this.#attempt();
  }

  /** Tells which connection will carry the request. */
  via(connection: Connection): void {
    this.#connection = connection;
  }

  onConnect(abort: (error?: Error) => void): void {
    this.#abort = abort;
    this.#reused = this.#connection?.carry() ?? false;
    if (this.#settled) abort();
  }

  onHeaders(...[status, raw, resume, reason]: [number, Buffer[], () => void, string]): boolean {
    if (status < 200) {
      this.#reused = false;
      return true;
    }
    const { res, extraHeaders } = this.#job;
    this.#resume = resume;
    const headers = responseHeaders(raw, status);
    for (const text of extraHeaders) headers.push(text);
    if (REASON.test(reason)) res.writeHead(status, reason, headers);
    else res.writeHead(status, headers);
    // When the body comes in the same packet, head and body leave in one write.
    queueMicrotask(this.#flushHead);
    return true;
  }

  onData(chunk: Buffer): boolean {
    this.#flowing = true;
    const { res, bodyIdleMs } = this.#job;
    if (res.write(chunk)) return true;
    res.once('drain', this.#onDrain);
    this.#stalled = setTimeout(this.#onClientStalled, bodyIdleMs);
    return false;
  }

  onComplete(): void {
    this.#complete();
  }

  onError(error: Error & { code?: string }): void {
    if (this.#settled) return;
    if (error.code === 'UND_ERR_INVALID_ARG') this.#refuse();
    else if (this.#isBodilessLength(error.code)) this.#complete();
    else if (this.#mayRepeat(error.code)) this.#repeat();
    else if (this.#abort === undefined && !this.#repeated) this.#retryElsewhere();
    else this.#fail(error.code);
  }

  #complete(): void {
    const { res, req } = this.#job;
    if (!this.#settle()) return;
    this.#part.counter.answered(res.statusCode, this.#elapsedMs());
    if (req.complete) res.end();
    else endAfterRequest(res);
    this.#watchLastPieces();
  }

  /** What the workload has sent is not yet with the client, which may have stopped reading. */
  #watchLastPieces(): void {
    const { res, bodyIdleMs } = this.#job;
    if (res.writableFinished || res.destroyed) return;
    const stalled = setTimeout(this.#onClientStalled, bodyIdleMs).unref();
    const calm = (): void => {
      clearTimeout(stalled);
    };
    res.once('finish', calm).once('close', calm);
  }

  #attempt(): void {
    const { head, req, bodyIdleMs } = this.#job;
    const upstream = this.#choose();
    if (upstream === undefined) {
      this.#giveUp();
      return;
    }
    this.#upstream = upstream;
    upstream.inflight += 1;
    this.#part.counter.active += 1;
    const body = head.hasBody ? new RequestBody(req, { ms: bodyIdleMs, then: this.#onClientSilent }) : null;
    upstream.pool.dispatch(this.#options(body), this);
  }

  #options(body: RequestBody | null): Dispatcher.DispatchOptions {
    const { head, headers, route } = this.#job;
    return {
      method: head.method,
      path: head.path,
      headers,
      body,
      headersTimeout: route.timeoutMs,
      bodyTimeout: route.timeoutMs,
    };
  }

  /** A kept connection that the workload closed as the request came: nobody may have read it, and it changes nothing. */
  #mayRepeat(code: string | undefined): boolean {
    const { head, res } = this.#job;
    if (!this.#reused || this.#repeated || res.headersSent || head.hasBody) return false;
    return (head.method === 'GET' || head.method === 'HEAD') && CLOSED.has(code ?? '');
  }

  /** Once more to the same process, over a fresh connection. When that is gone, it died of this or under it. */
  #repeat(): void {
    this.#repeated = true;
    this.#abort = undefined;
    this.#upstream?.dispatchFresh(this.#options(null), this);
  }

  /** An endpoint of the part, else of another that serves users; those that just failed only when nothing else is left. */
  #choose(): Upstream | undefined {
    const { route, random, part } = this.#job;
    const nowMs = performance.now();
    for (const suspects of [false, true]) {
      const choice = { nowMs, suspects, tried: this.#tried };
      for (let i = -1; i < route.fallbacks.length; i += 1) {
        const candidate = i < 0 ? part : route.fallbacks[i];
        const upstream = candidate && chooseUpstream(candidate.upstreams, random, choice);
        if (upstream === undefined) continue;
        this.#part = candidate ?? part;
        return upstream;
      }
    }
    return undefined;
  }

  /** Nobody was there: nothing has been sent or read, so the request is still whole. */
  #retryElsewhere(): void {
    const upstream = this.#upstream;
    this.#leave();
    this.#part.counter.connectFailed();
    if (upstream !== undefined) {
      upstream.suspect(performance.now());
      this.#tried = (this.#tried ?? new Set()).add(upstream);
    }
    if (this.#elapsedMs() > this.#job.route.timeoutMs) this.#giveUp();
    else this.#attempt();
  }

  #giveUp(): void {
    const { res, part, extraHeaders } = this.#job;
    this.#settle();
    if (this.#tried === undefined) {
      answer(res, { status: 503, reason: 'nothing is running behind this route' }, ['Retry-After', '1']);
      return;
    }
    part.counter.answered(502, this.#elapsedMs());
    answer(res, { status: 502, reason: 'nobody answers behind this route' }, extraHeaders);
  }

  /** The request reached the workload and got no answer, or half of one. */
  #fail(code: string | undefined): void {
    const { res, extraHeaders } = this.#job;
    if (!this.#settle()) return;
    if (res.headersSent) {
      this.#part.counter.brokenOff(this.#elapsedMs());
      res.req.socket.destroy();
      return;
    }
    const isLate = code === 'UND_ERR_HEADERS_TIMEOUT';
    const refusal = isLate
      ? { status: 504, reason: 'the workload did not answer in time' }
      : { status: 502, reason: 'the workload broke off before it answered' };
    this.#part.counter.answered(refusal.status, this.#elapsedMs());
    answer(res, refusal, extraHeaders);
  }

  /** The parser let something through that must not be sent on. */
  #refuse(): void {
    if (this.#settle()) answer(this.#job.res, { status: 400, reason: 'invalid characters in the request' });
  }

  /** A 304 may name the length its body would have had; undici waits for that body and then complains. */
  #isBodilessLength(code: string | undefined): boolean {
    const { res } = this.#job;
    return code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH' && res.headersSent && res.statusCode === 304;
  }

  /** Ends the exchange; false when it has ended before. */
  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    clearTimeout(this.#stalled);
    this.#leave();
    return true;
  }

  #leave(): void {
    if (this.#upstream === undefined) return;
    this.#upstream.inflight -= 1;
    this.#part.counter.active -= 1;
    this.#upstream = undefined;
  }

  #elapsedMs(): number {
    return performance.now() - this.#job.startedMs;
  }

  readonly #flushHead = (): void => {
    if (!this.#flowing && !this.#settled) this.#job.res.flushHeaders();
  };

  readonly #onDrain = (): void => {
    clearTimeout(this.#stalled);
    this.#resume?.();
  };

  /** Also tells `#onClientClosed`. An answer that waits for an earlier one has no socket of its own yet. */
  readonly #onClientStalled = (): void => {
    this.#job.req.socket.destroy();
  };

  readonly #onClientClosed = (): void => {
    if (!this.#settle()) return;
    this.#part.counter.abandoned(this.#elapsedMs());
    this.#abort?.();
  };

  readonly #onClientSilent = (): void => {
    const { res } = this.#job;
    if (!this.#settle()) return;
    this.#part.counter.abandoned(this.#elapsedMs());
    this.#abort?.();
    if (res.headersSent) {
      res.req.socket.destroy();
      return;
    }
    res.shouldKeepAlive = false;
    answer(res, { status: 408, reason: 'the request body stopped coming' });
  };
}
