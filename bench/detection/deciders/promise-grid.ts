/** Promised false alarms that are tried. */
export const PROMISES = [0.5, 0.3, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001] as const;
const LIMITS = PROMISES.map((promise) => Math.log(1 / promise));

/** How many settings there are. */
export const PROMISE_SETTINGS = PROMISES.length;

/** A setting in words: `i` as in the array of times. */
export function describePromise(i: number): string {
  return `falseAlarms ${PROMISES[i]! * 100} %`;
}

/** All promises at once: for each, the second at which coalmine would stop the release, 0 for never. */
export class PromiseGrid {
  readonly times = new Uint16Array(PROMISE_SETTINGS);
  #reached = 0;

  /** The evidence after a tick. */
  watch(second: number, logE: number): void {
    while (this.#reached < LIMITS.length && logE >= LIMITS[this.#reached]!) {
      this.times[this.#reached] = second + 1;
      this.#reached += 1;
    }
  }

  /** True: no setting is still undecided. */
  get isDone(): boolean {
    return this.#reached === LIMITS.length;
  }
}
