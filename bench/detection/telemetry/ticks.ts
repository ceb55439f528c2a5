import type { Tick } from '../../../src/analysis/measurement.ts';
import { ArmCounts } from '../../traces.ts';
import type { Arm, Mishaps } from './faulty.ts';
import type { SecondCounts } from './service.ts';

/** How coalmine reads: which arm it compares with, and how often. */
export interface Schedule {
  readonly control: 'stable' | 'baseline';
  /** Between two readings, until a second of the release and after it. */
  readonly everySeconds: number;
  readonly laterFrom: number;
  readonly laterEverySeconds: number;
}

/** The feeds of one release: readers with one schedule share one. */
export class TickFeeds {
  readonly #mishaps: Mishaps;
  readonly #feeds = new Map<string, TickFeed>();

  constructor(mishaps: Mishaps) {
    this.#mishaps = mishaps;
  }

  of(schedule: Schedule): TickFeed {
    const key = JSON.stringify(schedule);
    const feed = this.#feeds.get(key) ?? new TickFeed(schedule, this.#mishaps);
    this.#feeds.set(key, feed);
    return feed;
  }
}

/**
 * The differences of readings that coalmine works with. A lost reading makes the next difference longer; when a
 * counter went backwards what happened since the last reading is not known, and there is no tick.
 */
export class TickFeed {
  readonly #schedule: Schedule;
  readonly #mishaps: Mishaps;
  readonly #candidate = new ArmCounts();
  readonly #control = new ArmCounts();
  #sinceSecond = 0;
  #isBroken = false;
  #seenUntil = 0;
  #answer: Tick | undefined;

  constructor(schedule: Schedule, mishaps: Mishaps) {
    this.#schedule = schedule;
    this.#mishaps = mishaps;
  }

  /** What happened in `second`; a tick when a reading was due and came. Told again, it answers the same. */
  add(second: number, counts: SecondCounts): Tick | undefined {
    if (second >= this.#seenUntil) {
      this.#seenUntil = second + 1;
      this.#answer = this.#read(second, counts);
    }
    return this.#answer;
  }

  #read(second: number, counts: SecondCounts): Tick | undefined {
    const { control, everySeconds, laterFrom, laterEverySeconds } = this.#schedule;
    const every = second < laterFrom ? everySeconds : laterEverySeconds;
    this.#candidate.add(counts.candidate);
    this.#control.add(counts[control]);
    if (this.#isReset(second, 'candidate') || this.#isReset(second, control)) this.#isBroken = true;
    if ((second + 1) % every !== 0 || this.#mishaps.isLost(second)) return undefined;
    const tick = {
      ms: (second + 1 - this.#sinceSecond) * 1_000,
      candidate: this.#candidate.counters(),
      control: this.#control.counters(),
    };
    const isUsable = !this.#isBroken;
    this.#candidate.clear();
    this.#control.clear();
    this.#sinceSecond = second + 1;
    this.#isBroken = false;
    return isUsable ? tick : undefined;
  }

  #isReset(second: number, arm: Arm): boolean {
    return this.#mishaps.isReset(second, arm);
  }
}
