import type { MetDelta } from '../protocol.ts';
import { markOf, UserMarks, type UserMark } from './user-marks.ts';

/** A worker that has met more begins anew: the master, who knows all, passes over what it has heard. */
const MOST_REMEMBERED = 100_000;

/** The users of one part that a worker has met in an experiment. */
export class MetUsers {
  readonly id: string;
  #known = new UserMarks();
  #news: UserMark[] = [];

  constructor(id: string) {
    this.id = id;
  }

  /** A request of the user with this hash has ended. */
  meet(hash: number, isConversion: boolean): void {
    const mark = markOf(hash, isConversion);
    if (!this.#known.add(mark)) return;
    this.#news.push(mark);
    if (this.#known.users >= MOST_REMEMBERED) this.#known = new UserMarks();
  }

  /** True when nobody was met, or converted, since the last `take`. */
  get isIdle(): boolean {
    return this.#news.length === 0;
  }

  /** Who was new since the last call. */
  take(): MetDelta {
    const marks = this.#news;
    this.#news = [];
    return { id: this.id, marks };
  }
}
