import { computed, signal } from '@preact/signals';
import { ENDPOINTS, type Failure } from '../../../../src/client/browser.ts';
import type { HistoryView, RolloutView, TickView } from '../../../../src/client/index.ts';
import { failureFrom, type Ask } from '../../live/ask.ts';
import { pauseUntilOnline } from '../../live/pauses.ts';
import { addTraffic, noTraffic, Recorded, type TrafficLines } from '../numbers/recorded.ts';
import { readTicks } from './read-ticks.ts';
import { shownRelease } from './shown.ts';

/** How often a running release is asked for what was counted since. */
const AGAIN_MS = 3_000;
/** Pages come faster than anybody can look. */
const TOLD_EVERY_MS = 300;
/** Without news for so long, nothing is known of the time between. */
const SILENCE_MS = 15_000;

/** The ticks of the release that is shown, as far as they are read; a new object with each page. */
export interface Reading {
  readonly number: number;
  readonly recorded: Recorded;
  readonly state: 'reading' | 'whole' | Failure;
}

/** What the panels of one Rollout's page share: which release is shown, its ticks, and the traffic since the page is open. */
export class Desk {
  /** What came live; the lines grow in place. */
  readonly traffic: TrafficLines = noTraffic();
  readonly #ask: Ask;
  readonly #now: () => number;
  readonly #rollout = signal<RolloutView | undefined>(undefined);
  readonly #history = signal<readonly HistoryView[]>([]);
  readonly #chosen = signal<number | undefined>(undefined);
  readonly #reading = signal<Reading | undefined>(undefined);
  readonly #moments = signal(0);
  readonly #closing = new AbortController();
  #heardAt = 0;
  #turning = new AbortController();

  /** The release that is shown. */
  readonly shown = computed(() =>
    this.#rollout.value === undefined
      ? undefined
      : shownRelease(this.#rollout.value, this.#history.value, this.#chosen.value),
  );
  /** The ended releases, newest first. */
  readonly history = computed(() => this.#history.value);
  /** The ticks of the release that is shown; undefined until there is one. */
  readonly reading = computed(() => this.#reading.value);
  /** Grows with each moment of `traffic`. */
  readonly moments = computed(() => this.#moments.value);

  constructor(ask: Ask, now: () => number) {
    this.#ask = ask;
    this.#now = now;
  }

  /** Takes in how the Rollout is now. */
  hear(rollout: RolloutView): void {
    const before = this.#rollout.peek();
    this.#rollout.value = rollout;
    this.#note(rollout);
    if (before === undefined || before.lastOutcome?.release !== rollout.lastOutcome?.release)
      void this.#readHistory();
    else this.#turn();
  }

  /** Shows another release; undefined: whichever is the newest. */
  choose(number: number | undefined): void {
    this.#chosen.value = number;
    this.#turn();
  }

  /** Reads the ticks again that could not be read. */
  retry(): void {
    this.#reading.value = undefined;
    this.#turn();
  }

  /** Asks for nothing more. */
  close(): void {
    this.#closing.abort();
    this.#turning.abort();
  }

  #note({ rates }: RolloutView): void {
    const at = this.#now();
    if (this.#heardAt !== 0 && at - this.#heardAt > SILENCE_MS) addTraffic(this.traffic, this.#heardAt, []);
    this.#heardAt = at;
    addTraffic(this.traffic, at, rates);
    this.#moments.value += 1;
  }

  async #readHistory(): Promise<void> {
    const about = this.#rollout.peek();
    if (about === undefined) return;
    try {
      this.#history.value = await this.#ask(ENDPOINTS.history, {
        about,
        signal: this.#closing.signal,
      });
    } catch {
      // What is lost is said at the top of the page; the next outcome asks again.
    }
    if (!this.#closing.signal.aborted) this.#turn();
  }

  /** Begins to read the release that is shown, unless it is being read. */
  #turn(): void {
    const release = this.shown.peek();
    if (release === undefined || release.number === this.#reading.peek()?.number) return;
    this.#turning.abort();
    this.#turning = new AbortController();
    const recorded = new Recorded(release.plan);
    this.#reading.value = { number: release.number, recorded, state: 'reading' };
    void this.#read(release.number, recorded, this.#turning.signal);
  }

  async #read(number: number, recorded: Recorded, signal: AbortSignal): Promise<void> {
    const tell = (state: Reading['state']): void => {
      if (!signal.aborted) this.#reading.value = { number, recorded, state };
    };
    let toldAt = 0;
    const use = (ticks: readonly TickView[]): void => {
      recorded.add(ticks);
      if (this.#now() - toldAt < TOLD_EVERY_MS) return;
      toldAt = this.#now();
      tell('reading');
    };
    let cursor: string | undefined;
    while (!signal.aborted) {
      const about = this.#rollout.peek() ?? { name: '', release: undefined };
      try {
        cursor = await readTicks({ about, number, cursor }, use, signal);
        // It was over before it was asked: there is no more to come.
        if (about.release?.number !== number) {
          tell('whole');
          return;
        }
        tell('reading');
      } catch (thrown) {
        const failure = failureFrom(thrown);
        if (failure.code !== 'unreachable') {
          tell(failure);
          return;
        }
      }
      await pauseUntilOnline(AGAIN_MS, signal);
    }
  }
}
