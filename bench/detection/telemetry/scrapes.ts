import { BUCKETS_PER_DOUBLING } from '../../../src/analysis/measurement.ts';
import { ArmCounts, LOWEST_BUCKET } from '../../traces.ts';
import { ARMS, type Arm, type Mishaps } from './faulty.ts';
import type { SecondCounts } from './service.ts';

/** Every tool but coalmine's own gateway is scraped this often, in seconds. */
export const SCRAPE_SECONDS = 10;

/** How many scrapes back a query looks: 10 s, 30 s, 1 min or 5 min. */
export const WINDOWS = [1, 3, 6, 30] as const;
/** One of the windows. */
export type Window = (typeof WINDOWS)[number];

/** What a query over a window gives. */
export interface Reading {
  readonly requests: number;
  /** Failed requests; a share of them is `errors / requests`. */
  readonly errors: number;
  /** Milliseconds; NaN without requests. */
  readonly median: number;
  readonly p99: number;
}

/** Scrapes of the three arms, every ten seconds, and queries over the last of them. */
export class Scrapes {
  readonly #arms: Readonly<Record<Arm, ArmSeries>>;
  readonly #mishaps: Mishaps;

  constructor(mishaps: Mishaps) {
    this.#mishaps = mishaps;
    this.#arms = { candidate: new ArmSeries(), baseline: new ArmSeries(), stable: new ArmSeries() };
  }

  /** What happened in `second`. */
  add(second: number, counts: SecondCounts): void {
    for (const arm of ARMS) {
      if (this.#mishaps.isReset(second, arm)) this.#arms[arm].forget();
      this.#arms[arm].add(counts[arm]);
    }
  }

  /** A scrape at the end of `second`. */
  scrape(second: number): void {
    for (const arm of ARMS) this.#arms[arm].close(this.#mishaps.isLost(second, arm));
  }

  /** What a query gives now; undefined: there are no samples, as when the series does not exist yet. */
  query(arm: Arm, window: Window): Reading | undefined {
    return this.#arms[arm].query(window);
  }
}

const LONGEST = Math.max(...WINDOWS);

interface Slot {
  readonly counts: ArmCounts;
  isPresent: boolean;
}

class ArmSeries {
  #open: Slot = { counts: new ArmCounts(), isPresent: true };
  /** The newest last. */
  readonly #slots: Slot[] = Array.from({ length: LONGEST + 1 }, () => ({
    counts: new ArmCounts(),
    isPresent: false,
  }));
  readonly #sums = new Map<Window, ArmCounts>(WINDOWS.map((window) => [window, new ArmCounts()]));
  readonly #answers = new Map<Window, Reading | undefined>();
  #isKnown = false;

  add(counts: ArmCounts): void {
    this.#open.counts.add(counts);
    if (counts.requests > 0) this.#isKnown = true;
  }

  forget(): void {
    this.#open.counts.clear();
  }

  /** A lost scrape's counts come with the next one. */
  close(isLost: boolean): void {
    const oldest = this.#slots.shift()!;
    oldest.counts.clear();
    oldest.isPresent = !isLost;
    if (!isLost) {
      oldest.counts.add(this.#open.counts);
      this.#open.counts.clear();
    }
    this.#slots.push(oldest);
    this.#answers.clear();
    for (const [window, sum] of this.#sums) {
      sum.add(oldest.counts);
      sum.remove(this.#slots[LONGEST - window]!.counts);
    }
  }

  query(window: Window): Reading | undefined {
    if (!this.#answers.has(window)) this.#answers.set(window, this.#read(window));
    return this.#answers.get(window);
  }

  #read(window: Window): Reading | undefined {
    if (!this.#isKnown || !this.#slots.slice(-window).some(({ isPresent }) => isPresent)) return undefined;
    const sum = this.#sums.get(window)!;
    const { requests, errors } = sum;
    return { requests, errors, median: quantileOf(sum, 0.5), p99: quantileOf(sum, 0.99) };
  }
}

/** A quantile of a histogram, interpolated within its bucket as Prometheus does for native histograms. */
function quantileOf({ requests, buckets, low, high }: ArmCounts, q: number): number {
  if (requests === 0) return Number.NaN;
  const wanted = q * requests;
  let seen = 0;
  for (let place = low; place <= high; place += 1) {
    const count = buckets[place]!;
    seen += count;
    if (count === 0 || seen < wanted) continue;
    const within = 1 - (seen - wanted) / count;
    return 2 ** ((place + LOWEST_BUCKET - 1 + within) / BUCKETS_PER_DOUBLING);
  }
  return Number.NaN;
}
