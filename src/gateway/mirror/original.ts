import { FULL_SHARE } from '../../base/share.ts';
import { answerDifferences } from './answer-differences.ts';
import type { AnswerBook, AskedFor } from './answer-book.ts';
import { COMPARED_METHODS, type AnswerComparison } from '../../rollout/answer-comparison.ts';
import { Copy, type CopyEnd, type CopyJob } from './copy.ts';
import type { DropReason } from './copy-counter.ts';
import type { Asked, Job } from '../http1/job.ts';
import { log } from '../log.ts';
import { pathPattern } from '../routing/plain-word.ts';
import type { ProxyContext } from '../http1/proxy-context.ts';
import { RecordedAnswer } from './recorded-answer.ts';
import type { LiveMirror } from '../routing/route-table.ts';

/** A request with a longer body is not copied. */
const LONGEST_BODY = 64 * 1024;

/** Their answers depend on what the client has kept, or are in pieces. */
const CONDITIONAL = /^(if-.*|range)$/i;

/** Whom it is answered by, and where chance comes from. */
type Circumstances = Pick<Job, 'part' | 'random'>;

/**
 * A request that is to be copied, while it is answered to its user. The copies go out once that is done, so that they
 * never come before it or beside it, and never for a request that failed here. Exchanges tell it what passes by.
 */
export class Original {
  readonly #asked: Asked;
  readonly #mirrors: readonly LiveMirror[];
  readonly #circumstances: Circumstances;
  /** Set where a mirror compares it. */
  readonly #answer: RecordedAnswer | undefined;
  #body: Buffer[] = [];
  #bytes = 0;
  #isTooLarge = false;
  #status = 0;

  /** For each of `mirrors` room is held. */
  constructor(asked: Asked, mirrors: readonly LiveMirror[], circumstances: Circumstances) {
    this.#asked = asked;
    this.#mirrors = mirrors;
    this.#circumstances = circumstances;
    const isCompared = mirrors.some(({ compare }) => compare !== undefined) && isComparable(asked);
    this.#answer = isCompared ? new RecordedAnswer(this.#grow) : undefined;
  }

  /** A piece of the request's body goes by. */
  readonly bodyPiece = (piece: Buffer): void => {
    if (this.#isTooLarge) return;
    this.#body.push(piece);
    this.#grow(piece.length);
    const length = this.#body.reduce((sum, one) => sum + one.length, 0);
    if (length <= LONGEST_BODY) return;
    this.#isTooLarge = true;
    this.#grow(-length);
    this.#body = [];
  };

  /** The answer has begun. */
  answered(status: number, raw: readonly Buffer[]): void {
    this.#status = status;
    this.#answer?.begin(status, raw);
  }

  /** A piece of the answer's body goes by. */
  answerPiece(piece: Buffer): void {
    this.#answer?.piece(piece);
  }

  /** The whole answer has come, after so many milliseconds. */
  completed(ms: number): void {
    if (this.#isTooLarge) {
      this.drop('large');
      return;
    }
    setImmediate(() => {
      void Promise.all(this.#mirrors.map((mirror) => this.#copyTo(mirror, ms))).then(() => {
        this.#release();
      });
    });
  }

  /** It is not copied. */
  drop(reason: DropReason): void {
    for (const { copies } of this.#mirrors) copies.drop(reason);
    this.#release();
  }

  readonly #grow = (bytes: number): void => {
    this.#bytes += bytes;
    for (const { copies } of this.#mirrors) copies.grow(bytes);
  };

  #release(): void {
    for (const { copies } of this.#mirrors) copies.release(this.#bytes);
  }

  /** Never rejects. */
  async #copyTo(mirror: LiveMirror, ms: number): Promise<void> {
    const { copies, compare } = mirror;
    const first = compare === undefined ? undefined : this.#answer;
    const repeat = first === undefined ? undefined : this.#repeat(mirror);
    const { wasSent, answer } = await this.#send(mirror, first !== undefined);
    if (wasSent) copies.originals.record(ms, this.#status >= 500, undefined);
    else copies.drop('unserved');
    const again = (await repeat)?.answer;
    if (first === undefined || answer === undefined || compare === undefined) return;
    await this.#compare(copies.book, compare, [first, answer, again]).catch((error: unknown) => {
      log('copies: an answer could not be compared', { error: String(error) });
    });
  }

  /** Asks who gave the first answer for a second one, where the mirror wants to know what differs by itself. */
  #repeat({ copies }: LiveMirror): Promise<CopyEnd> | undefined {
    const { part, random } = this.#circumstances;
    return copies.book.wantsRepeat(random()) ? this.#send({ upstreams: part.upstreams }, true) : undefined;
  }

  #send(to: CopyJob['to'], isRecorded: boolean): Promise<CopyEnd> {
    const { head, route } = this.#asked;
    return new Promise((resolve) => {
      new Copy({
        request: { ...head, body: this.#body.length === 0 ? null : Buffer.concat(this.#body) },
        to,
        timeoutMs: route.timeoutMs,
        random: this.#circumstances.random,
        ...(isRecorded ? { record: new RecordedAnswer(this.#grow) } : {}),
        onEnd: resolve,
      }).start();
    });
  }

  async #compare(
    book: AnswerBook,
    rules: AnswerComparison,
    [first, copy, again]: readonly [RecordedAnswer, RecordedAnswer, RecordedAnswer | undefined],
  ): Promise<void> {
    const ofCopy = await answerDifferences(first, copy, rules);
    // Without an answer nothing is known of the noise.
    const isAnswered = again !== undefined && again.status !== 0;
    book.compared(
      this.#askedFor(),
      ofCopy,
      isAnswered ? await answerDifferences(first, again, rules) : undefined,
    );
  }

  #askedFor(): AskedFor {
    const { method, path } = this.#asked.head;
    return { method, path: pathPattern(path) };
  }
}

/** A request to be copied, by its route's mirrors and chance; undefined for all others. */
export function originalOf(
  context: ProxyContext,
  asked: Asked,
  circumstances: Circumstances,
): Original | undefined {
  const { route, head, webSocket } = asked;
  // Most routes copy nothing.
  if (route.mirrors.length === 0 || webSocket !== undefined || head.isCopy) return undefined;
  if (context.isDraining()) return undefined;
  const drawn = route.mirrors.filter(
    ({ methods, share, copies }) =>
      methods.includes(head.method) && context.random() * FULL_SHARE < share && copies.hold(),
  );
  return drawn.length === 0 ? undefined : new Original(asked, drawn, circumstances);
}

function isComparable({ head: { method, headers } }: Asked): boolean {
  return (
    COMPARED_METHODS.includes(method) && !headers.some((name, i) => i % 2 === 0 && CONDITIONAL.test(name))
  );
}
