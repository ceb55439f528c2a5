import { createHash } from 'node:crypto';
import { Failure, FAILURES } from '../base/failure.ts';
import type { AnswerBounds, AnswerKey, StoredAnswer, ToldAnswer } from '../store/rows/answer.ts';
import type { Caller } from './access/caller.ts';
import { problemView } from './problem.ts';

/** What a key looks like, with quotes as the draft has it or without. */
export const REQUEST_KEY = '^("[A-Za-z0-9._:~+/=-]{1,200}"|[A-Za-z0-9._:~+/=-]{1,200})$';

const DAY_MS = 86_400_000;
const MOST_ANSWERS = 1_000;
/** Whoever may not do something today may be allowed to tomorrow. */
const NOT_KEPT: readonly number[] = [FAILURES.unauthenticated.http, FAILURES.notPermitted.http];

/** Keeps the answers of requests with a key. */
export interface AnswerBook {
  /** Writes a request down; answers the one of this key that is there already, and writes nothing then. */
  beginAnswer(request: StoredAnswer, bounds: AnswerBounds): Promise<StoredAnswer | undefined>;
  endAnswer(key: AnswerKey, told: ToldAnswer): Promise<void>;
  forgetAnswer(key: AnswerKey): Promise<void>;
}

/** A request with a key of its caller's choice. */
export interface KeyedRequest {
  readonly caller: Pick<Caller, 'author'>;
  readonly key: string;
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

/** Does a request with a key once, however often it comes (draft-ietf-httpapi-idempotency-key-header). */
export class Repeats {
  readonly #book: AnswerBook;
  readonly #now: () => number;
  /** What is being done by this process. */
  readonly #running = new Set<string>();

  constructor(book: AnswerBook, now: () => number) {
    this.#book = book;
    this.#now = now;
  }

  /**
   * What a request is answered: what `work` comes to, or what the same request was answered before. What fails for no
   * fault of the request is not kept, so that it can be tried again. Throws Failure `keyReused` when the key was another
   * request's, `stillRunning` while that is being done, `conflict` when the process ended before it was.
   */
  async once(request: KeyedRequest, work: () => Promise<ToldAnswer>): Promise<ToldAnswer> {
    const { kind, name } = request.caller.author;
    const at = { caller: digest(`${kind} ${name}`), key: digest(unquoted(request.key)) };
    const { method, path, body } = request;
    const asked = { ...at, request: digest(JSON.stringify([method, path, body])), at: this.#now() };
    const running = `${at.caller} ${at.key}`;
    if (this.#running.has(running)) throw stillRunning();
    this.#running.add(running);
    try {
      const bounds = { since: asked.at - DAY_MS, atMost: MOST_ANSWERS };
      const before = await this.#book.beginAnswer(asked, bounds);
      return before === undefined ? await this.#keep(at, work) : answerOf(before, asked);
    } finally {
      this.#running.delete(running);
    }
  }

  async #keep(at: AnswerKey, work: () => Promise<ToldAnswer>): Promise<ToldAnswer> {
    const told = await work().catch(refusalOf);
    if (told instanceof Refused && !told.isKept) {
      await this.#book.forgetAnswer(at);
      throw told.cause;
    }
    const { status, body } = told;
    await this.#book.endAnswer(at, { status, body });
    if (told instanceof Refused) throw told.cause;
    return told;
  }
}

/** What was thrown, and what that is told as. */
class Refused {
  readonly cause: unknown;
  readonly status: number;
  readonly body: string;

  constructor(cause: unknown) {
    const problem = problemView(cause);
    this.cause = cause;
    this.status = problem.status;
    this.body = JSON.stringify(problem);
  }

  get isKept(): boolean {
    return this.status < 500 && !NOT_KEPT.includes(this.status);
  }
}

function refusalOf(cause: unknown): Refused {
  return new Refused(cause);
}

function answerOf(before: StoredAnswer, asked: StoredAnswer): ToldAnswer {
  if (before.request !== asked.request) {
    throw new Failure('keyReused', 'this Idempotency-Key is that of another request', {
      hint: 'a key is for one request, and for repeating exactly that: take another',
    });
  }
  if (before.told !== undefined) return before.told;
  throw new Failure('conflict', 'coalmine ended while this request was being done, and may have done it', {
    hint: 'look what has become of it; to ask for it once more, take another Idempotency-Key',
  });
}

function stillRunning(): Failure {
  return new Failure('stillRunning', 'a request with this Idempotency-Key is being done', {
    hint: 'repeat it later: its answer is kept for a day',
  });
}

function unquoted(key: string): string {
  return key.replaceAll('"', '');
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
