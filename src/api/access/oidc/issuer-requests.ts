import { Failure } from '../../../base/failure.ts';
import { boundedText } from '../../../system/bounded-text.ts';
import { fetchReason } from '../../../system/fetch-reason.ts';
import { deadlineIn } from '../../../system/waiting.ts';

const ANSWER_WITHIN_MS = 5_000;
const MOST_BYTES = 1_048_576;
/** Meanwhile all get the answer that the last one got. */
const PAUSE_MS = 5_000;

/** How an issuer is asked; tests change it. */
export interface Patience {
  readonly answerWithinMs?: number;
  readonly pauseMs?: number;
}

/**
 * Asks an issuer for its documents. Each answer is bounded in time and size, nothing is followed elsewhere, and after a
 * failure nobody asks again for a while, however many come.
 */
export class IssuerRequests {
  readonly #patience: Required<Patience>;
  readonly #failed = new Map<string, { readonly at: number; readonly failure: Failure }>();

  constructor({ answerWithinMs = ANSWER_WITHIN_MS, pauseMs = PAUSE_MS }: Patience = {}) {
    this.#patience = { answerWithinMs, pauseMs };
  }

  /** A JSON document. Throws Failure `unreachable`. */
  async json(url: string): Promise<unknown> {
    const before = this.#failed.get(url);
    if (before !== undefined && performance.now() - before.at < this.#patience.pauseMs) throw before.failure;
    try {
      const value: unknown = JSON.parse(await this.#text(url));
      this.#failed.delete(url);
      return value;
    } catch (cause) {
      const failure = new Failure(
        'unreachable',
        `${url} does not answer as an issuer: ${fetchReason(cause)}`,
        {
          hint: 'until it does, nobody gets in by its tokens but by keys that are known already',
          cause,
        },
      );
      this.#failed.set(url, { at: performance.now(), failure });
      throw failure;
    }
  }

  async #text(url: string): Promise<string> {
    const signal = deadlineIn(this.#patience.answerWithinMs);
    const response = await fetch(url, {
      headers: { accept: 'application/json' },
      redirect: 'manual',
      signal,
    });
    if (response.status !== 200 || response.body === null) {
      await response.body?.cancel();
      throw new Error(`it answered ${response.status}`);
    }
    return boundedText(response.body, MOST_BYTES, () => new Error(`its answer is over ${MOST_BYTES} bytes`));
  }
}
