import { AnswerBook } from './answer-book.ts';
import { DROP_REASONS, type CopyCounters } from '../protocol.ts';
import { RequestCounter } from '../counting/request-counter.ts';

/** Requests that may be held for copying or be under way as copies at once, for each mirror of a worker. */
const MOST_HELD = 128;
/** What these may occupy in all. */
const MOST_BYTES = 16 * 1024 * 1024;

/** Why a request was not copied. */
export type DropReason = (typeof DROP_REASONS)[number];

/** Counts for one mirror in one worker what copies are compared with, and keeps them within bounds. */
export class CopyCounter {
  /** The requests whose copies have ended, as their users met them. */
  readonly originals = new RequestCounter();
  /** Where answers are compared. */
  readonly book = new AnswerBook();
  readonly #dropped = { busy: 0, large: 0, unanswered: 0, unserved: 0 };
  #held = 0;
  #bytes = 0;
  #hasNews = false;

  /** Makes room for one request more; false, and counted, when there is none. */
  hold(): boolean {
    const hasRoom = this.#held < MOST_HELD && this.#bytes < MOST_BYTES;
    if (hasRoom) this.#held += 1;
    else this.drop('busy');
    return hasRoom;
  }

  /** A request that is held occupies so many bytes more. */
  grow(bytes: number): void {
    this.#bytes += bytes;
  }

  /** Gives the room back. */
  release(bytes: number): void {
    this.#held -= 1;
    this.#bytes -= bytes;
  }

  /** A request that was drawn is not copied. */
  drop(reason: DropReason): void {
    this.#dropped[reason] += 1;
    this.#hasNews = true;
  }

  /** True when nothing was counted since the last `take`. */
  get isIdle(): boolean {
    return !this.#hasNews && this.originals.isIdle && this.book.isIdle;
  }

  /** What was counted since the last call. */
  take(): CopyCounters {
    const dropped = { ...this.#dropped };
    for (const reason of DROP_REASONS) this.#dropped[reason] = 0;
    this.#hasNews = false;
    const compared = this.book.isIdle ? {} : { compared: this.book.take() };
    return { originals: this.originals.take(), dropped, ...compared };
  }
}
