import { CopyCounter } from '../mirror/copy-counter.ts';
import type { CounterDelta, HalfCounters } from '../protocol.ts';
import { MetUsers } from './met-users.ts';
import { RequestCounter } from './request-counter.ts';

/** Indices of CODE_CLASSES. */
const SERVER_ERROR = 3;
const GONE = 4;
const OPENED = 5;

/** Whose request it was, as far as that is known. */
export interface Asker {
  /** The hash of the user's id, where users are kept on a track. */
  readonly user?: number | undefined;
  /** True when the part got it for what it says, not by weight. */
  readonly isMatched?: boolean;
  /** The half that served it, while the part is divided. */
  readonly half?: RequestCounter | undefined;
}

/** The two halves of a part that is divided with `salt`. */
export interface HalfPair {
  readonly salt: string;
  readonly a: RequestCounter;
  readonly b: RequestCounter;
}

const SOMEBODY: Asker = {};

/** Counts the requests of one part in one worker. Recording allocates next to nothing. */
export class PartCounter {
  /** Requests being served now. */
  active = 0;
  readonly #who: Pick<CounterDelta, 'rollout' | 'track' | 'revision'>;
  readonly #window: (() => number) | undefined;
  readonly #all: RequestCounter;
  readonly #codes = [0, 0, 0, 0, 0, 0];
  #halves: HalfPair | undefined;
  #copies: CopyCounter | undefined;
  #matched: RequestCounter | undefined;
  #met: MetUsers | undefined;
  #assigned = 0;
  #latencySumMs = 0;
  #connectFailures = 0;
  #retries = 0;
  #ejections = 0;
  #tooBusy = 0;
  #reportedActive = 0;

  /** `window` tells in which window of time users are scored now. */
  constructor(rollout: string, part: Pick<CounterDelta, 'track' | 'revision'>, window?: () => number) {
    this.#who = { rollout, track: part.track, revision: part.revision };
    this.#window = window;
    this.#all = new RequestCounter(window);
  }

  /** One answered request; an answer of 5xx is an error, also when the gateway gave it for the workload. */
  answered(status: number, ms: number, asker = SOMEBODY): void {
    this.#tally(status < 200 ? OPENED : Math.min(Math.floor(status / 100) - 2, SERVER_ERROR));
    this.#record(ms, status >= 500, asker);
  }

  /** A request whose answer the workload broke off after its status was sent. */
  brokenOff(ms: number, asker = SOMEBODY): void {
    this.#tally(SERVER_ERROR);
    this.#record(ms, true, asker);
  }

  /** A request whose client went away; its time is a lower bound of what the answer would have taken. */
  abandoned(ms: number, asker = SOMEBODY): void {
    this.#tally(GONE);
    this.#record(ms, false, asker);
  }

  /** An attempt that found nobody listening. */
  connectFailed(): void {
    this.#connectFailures += 1;
  }

  /** A failed request that is sent again. */
  retried(): void {
    this.#retries += 1;
  }

  /** An endpoint that is left out for a while. */
  ejected(): void {
    this.#ejections += 1;
  }

  /** An attempt that found every endpoint with as many requests as it may have. */
  tooBusy(): void {
    this.#tooBusy += 1;
  }

  /** A request, or a user, whose part was drawn by weight has come to a process of this part. */
  assigned(): void {
    this.#assigned += 1;
  }

  /** The counters of the two halves; those of another salt are forgotten. Without a salt there are none. */
  divide(salt: string | undefined): HalfPair | undefined {
    if (salt === this.#halves?.salt) return this.#halves;
    const half = (): RequestCounter => new RequestCounter(this.#window);
    this.#halves = salt === undefined ? undefined : { salt, a: half(), b: half() };
    return this.#halves;
  }

  /** What else is counted of a part that gets copies. */
  copying(): CopyCounter {
    return (this.#copies ??= new CopyCounter());
  }

  /** The users met in an experiment; those of another are forgotten. Without an id there is none. */
  meeting(experiment: string | undefined): MetUsers | undefined {
    if (experiment !== this.#met?.id)
      this.#met = experiment === undefined ? undefined : new MetUsers(experiment);
    return this.#met;
  }

  /** What happened since the last call; undefined when nothing did. */
  takeDelta(): CounterDelta | undefined {
    if (this.#isIdle()) return undefined;
    const halves = this.#takeHalves();
    const delta: CounterDelta = {
      ...this.#who,
      ...this.#all.take(),
      codes: [...this.#codes],
      assigned: this.#assigned,
      latencySumMs: this.#latencySumMs,
      connectFailures: this.#connectFailures,
      retries: this.#retries,
      ejections: this.#ejections,
      tooBusy: this.#tooBusy,
      active: this.active,
      ...(halves === undefined ? {} : { halves }),
      ...(this.#copies === undefined ? {} : { copies: this.#copies.take() }),
      ...(this.#met === undefined || this.#met.isIdle ? {} : { met: this.#met.take() }),
      ...(this.#matched === undefined ? {} : { matched: this.#matched.take() }),
    };
    this.#codes.fill(0);
    this.#assigned = this.#latencySumMs = this.#connectFailures = this.#retries = this.#ejections = 0;
    this.#tooBusy = 0;
    this.#reportedActive = this.active;
    return delta;
  }

  #tally(code: number): void {
    this.#codes[code] = (this.#codes[code] ?? 0) + 1;
  }

  /** Users are counted once in a while, as those drawn by weight or as those who have chosen themselves. */
  #record(ms: number, isError: boolean, { user, half, isMatched }: Asker): void {
    this.#latencySumMs += ms;
    this.#all.record(ms, isError, isMatched === true ? undefined : user);
    half?.record(ms, isError, user);
    if (isMatched !== true) return;
    this.#matched ??= new RequestCounter(this.#window);
    this.#matched.record(ms, isError, user);
  }

  #isIdle(): boolean {
    const isCounted =
      !this.#all.isIdle ||
      this.#met?.isIdle === false ||
      this.#assigned > 0 ||
      this.#connectFailures + this.#tooBusy > 0;
    return !isCounted && this.#copies?.isIdle !== false && this.active === this.#reportedActive;
  }

  #takeHalves(): HalfCounters | undefined {
    if (this.#halves === undefined) return undefined;
    const { salt, a, b } = this.#halves;
    return { salt, a: a.take(), b: b.take() };
  }
}
