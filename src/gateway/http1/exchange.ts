import type { Duplex } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { RetryReason } from '../../rollout/traffic.ts';
import { answer, endAfterRequest } from './answer.ts';
import { choose, isFull } from '../routing/choose.ts';
import type { Job } from './job.ts';
import { askedOf, NOTHING_RUNS, nobodyAnswers, refuse, TOO_BUSY } from './refuse.ts';
import { RequestBody } from './request-body.ts';
import type { Refusal } from './request-head.ts';
import { responseHeaders, switchingHead } from './response-head.ts';
import { nextAttempt, retryDelayMs } from '../routing/retry.ts';
import { deservesFreshConnection, type Connection, type Upstream } from '../routing/upstream.ts';
import { Tally } from '../counting/tally.ts';
import { isOpened } from './websocket.ts';

/** A reason phrase that Node sends on; it throws at any other. */
const REASON = /^[\t\x20-\x7e]*$/;

/** What is written down for a request whose client went away. */
const GONE = 499;

/**
 * Carries one request to a workload and its answer back. A request of which nothing was sent may go to another
 * endpoint; one that was sent is not repeated, but for a GET or HEAD without a body that met a kept connection being
 * closed, and where the route asks for retries. Each of these is an exchange of its own, so that a retry hides no
 * failure from the counters. An exchange is counted once, for the part that took it. Its latency runs
 * from the complete request head, or the retry, to the last byte received from the workload.
 *
 * The raw handler interface of undici is used since it hands over headers as they came.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly #job: Job;
  readonly #tally: Tally;
  #tried: Set<Upstream> | undefined;
  #abort: ((error?: Error) => void) | undefined;
  #resume: (() => void) | undefined;
  #stalled: NodeJS.Timeout | undefined;
  #waiting: NodeJS.Timeout | undefined;
  #settled = false;
  #flowing = false;
  #connection: Connection | undefined;
  #reused = false;
  #repeated = false;

  constructor(job: Job) {
    this.#job = job;
    this.#tally = new Tally(job);
  }

  /** Begins. Everything else happens in answer to events. */
  start(): void {
    const { res, earlier } = this.#job;
    res.on('close', this.#onClientClosed);
    if (earlier?.pause === true) this.#wait(earlier.count);
    else this.#attempt();
  }

  /** Tells which connection will carry the request. */
  via(connection: Connection): void {
    this.#connection = connection;
  }

  onConnect(abort: (error?: Error) => void): void {
    this.#abort = abort;
    this.#reused = this.#connection?.carry() ?? false;
    if (this.#settled) abort();
    else this.#tally.drawn();
  }

  /** The WebSocket is open. It counts as answered now, and as under way for as long as it is open. */
  onUpgrade(...[status, raw, workload]: [number, Buffer[], Duplex]): void {
    const { res, webSocket, extraHeaders, limits } = this.#job;
    const { upstream } = this.#tally;
    if (this.#settled || !upstream || !webSocket || !isOpened(raw, webSocket.key)) {
      workload.on('error', () => undefined).destroy();
      this.#fail(undefined);
      return;
    }
    this.#tally.judge(false);
    this.#settled = true;
    this.#tally.ended(status);
    res.off('close', this.#onClientClosed);
    const client = webSocket.take();
    client.write(switchingHead(raw, extraHeaders), 'latin1');
    const patience = { idleMs: limits.webSocketIdleMs, stallMs: limits.bodyIdleMs };
    upstream.join({ client, workload }, patience, () => {
      this.#tally.leave();
    });
  }

  onHeaders(...[status, raw, resume, reason]: [number, Buffer[], () => void, string]): boolean {
    if (status < 200) {
      this.#reused = false;
      return true;
    }
    if (status >= 500 && this.#retry('5xx', status)) return true;
    const { res, extraHeaders, original } = this.#job;
    original?.answered(status, raw);
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
    this.#tally.bytes += chunk.length;
    const { res, limits, original } = this.#job;
    original?.answerPiece(chunk);
    if (res.write(chunk)) return true;
    res.once('drain', this.#onDrain);
    this.#stalled = setTimeout(this.#onClientStalled, limits.bodyIdleMs);
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
    const { res, req, original } = this.#job;
    this.#tally.judge(res.statusCode >= 500);
    if (!this.#settle('answered')) return;
    this.#tally.ended(res.statusCode);
    original?.completed(this.#tally.elapsedMs());
    if (req.complete) res.end();
    else endAfterRequest(res);
    this.#watchLastPieces();
  }

  /** What the workload has sent is not yet with the client, which may have stopped reading. */
  #watchLastPieces(): void {
    const { res, limits } = this.#job;
    if (res.writableFinished || res.destroyed) return;
    const stalled = setTimeout(this.#onClientStalled, limits.bodyIdleMs).unref();
    const calm = (): void => {
      clearTimeout(stalled);
    };
    res.once('finish', calm);
    res.once('close', calm);
  }

  #wait(attempt: number): void {
    const { random } = this.#job;
    this.#waiting = setTimeout(
      () => {
        this.#attempt();
      },
      retryDelayMs(attempt, random),
    );
  }

  #attempt(): void {
    if (isFull(this.#job)) {
      this.#tally.tooBusy();
      this.#giveUp(TOO_BUSY);
      return;
    }
    const chosen = choose(this.#job, this.#tried);
    if (chosen === undefined) {
      this.#giveUp();
      return;
    }
    this.#tally.enter(chosen);
    chosen.upstream.pool.dispatch(this.#options(this.#body()), this);
  }

  /** From the client, or, where it was sent before, as it was kept. */
  #body(): RequestBody | Buffer | null {
    const { head, req, limits, original, kept } = this.#job;
    if (!head.hasBody) return null;
    const again = kept?.whole();
    if (again !== undefined) return again;
    const idle = { ms: limits.bodyIdleMs, then: this.#onClientSilent };
    const copied = original === undefined ? [] : [{ piece: original.bodyPiece }];
    return new RequestBody(req, idle, kept === undefined ? copied : [...copied, kept]);
  }

  #options(body: RequestBody | Buffer | null): Dispatcher.DispatchOptions {
    const { head, headers, route, webSocket } = this.#job;
    const options: Dispatcher.DispatchOptions = {
      method: head.method,
      path: head.path,
      headers,
      body,
      headersTimeout: route.timeoutMs,
      bodyTimeout: route.timeoutMs,
    };
    if (webSocket !== undefined) options.upgrade = 'websocket';
    return options;
  }

  /** A kept connection that the workload closed as the request came: nobody may have read it, and it changes nothing. */
  #mayRepeat(code: string | undefined): boolean {
    const { head, res } = this.#job;
    if (!this.#reused || this.#repeated || res.headersSent || head.hasBody) return false;
    return deservesFreshConnection(head.method, code);
  }

  /** Once more to the same process, over a fresh connection. When that is gone, it died of this or under it. */
  #repeat(): void {
    this.#repeated = true;
    this.#abort = undefined;
    this.#tally.upstream?.dispatchFresh(this.#options(null), this);
  }

  /**
   * Sends the request again, if the route wants that and it is safe: then the answer is true, and all is over here.
   * The failure counts all the same, with the status the client would have got.
   */
  #retry(why: RetryReason, status: number | undefined): boolean {
    const { res } = this.#job;
    if (this.#settled || res.headersSent) return false;
    const failure = {
      why,
      wasSent: status !== undefined,
      at: this.#tally.upstream,
      wasDrawn: this.#tally.wasDrawn,
    };
    const next = nextAttempt(this.#job, failure);
    if (next === undefined) return false;
    const isSameRoute = next.route === this.#job.route;
    this.#tally.passedOn(isSameRoute);
    this.#tally.judge(true);
    if (status === undefined && !isSameRoute) this.#tally.servedByNone();
    if (status !== undefined || !isSameRoute) this.#tally.ended(status ?? 502);
    this.#settle('passedOn');
    res.off('close', this.#onClientClosed);
    this.#abort?.();
    new Exchange(next).start();
    return true;
  }

  /** Nobody was there: nothing has been sent or read, so the request is still whole. */
  #retryElsewhere(): void {
    const upstream = this.#tally.connectFailed();
    if (upstream !== undefined) this.#tried = (this.#tried ?? new Set()).add(upstream);
    if (this.#tally.elapsedMs() > this.#job.route.timeoutMs) this.#giveUp();
    else this.#attempt();
  }

  #giveUp(why = this.#tried === undefined ? NOTHING_RUNS : nobodyAnswers(this.#job.route)): void {
    if (this.#retry('connect', undefined)) return;
    this.#settle();
    if (why === NOTHING_RUNS) {
      refuse(this.#job, NOTHING_RUNS, ['Retry-After', '1']);
      return;
    }
    this.#tally.servedByNone();
    this.#tally.ended(why.status);
    this.#answer(why, why === TOO_BUSY ? ['Retry-After', '1'] : []);
  }

  /** The request reached the workload and got no answer, or half of one. */
  #fail(code: string | undefined): void {
    const { res } = this.#job;
    const isLate = code === 'UND_ERR_HEADERS_TIMEOUT';
    if (this.#retry(isLate ? 'timeout' : 'connect', isLate ? 504 : 502)) return;
    this.#tally.judge(true);
    if (!this.#settle()) return;
    if (res.headersSent) {
      this.#tally.ended(res.statusCode, 'brokenOff');
      res.req.socket.destroy();
      return;
    }
    const who = askedOf(this.#job.route);
    const refusal = isLate
      ? { status: 504, reason: `${who} did not answer in time` }
      : { status: 502, reason: `${who} broke off before it answered` };
    this.#tally.ended(refusal.status);
    this.#answer(refusal);
  }

  /** The parser let something through that must not be sent on. */
  #refuse(): void {
    if (this.#settle()) this.#answer({ status: 400, reason: 'invalid characters in the request' });
  }

  /** A 304 may name the length its body would have had; undici waits for that body and then complains. */
  #isBodilessLength(code: string | undefined): boolean {
    const { res } = this.#job;
    return code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH' && res.headersSent && res.statusCode === 304;
  }

  /** Ends the exchange; false when it has ended before. Only what was answered is copied. */
  #settle(how: 'answered' | 'passedOn' | 'unanswered' = 'unanswered'): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    if (how === 'unanswered') this.#job.original?.drop('unanswered');
    clearTimeout(this.#stalled);
    clearTimeout(this.#waiting);
    this.#tally.leave();
    return true;
  }

  /** The gateway's own answer, in place of the workload's. */
  #answer(refusal: Refusal, headers: readonly string[] = []): void {
    const { res, extraHeaders, requestId } = this.#job;
    answer(res, refusal, [...headers, ...extraHeaders, 'X-Request-Id', requestId]);
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
    this.#tally.ended(GONE, 'abandoned');
    this.#abort?.();
  };

  readonly #onClientSilent = (): void => {
    const { res } = this.#job;
    if (!this.#settle()) return;
    this.#tally.ended(GONE, 'abandoned');
    this.#abort?.();
    if (res.headersSent) {
      res.req.socket.destroy();
      return;
    }
    res.shouldKeepAlive = false;
    this.#answer({ status: 408, reason: 'the request body stopped coming' });
  };
}
