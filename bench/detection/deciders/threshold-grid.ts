import { WINDOWS, type Reading, type Scrapes, type Window } from '../telemetry/scrapes.ts';

/** Limits on errors in percent: of the canary itself, or above stable's. */
const ERROR_LIMITS = [0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, Infinity] as const;
/** Limits on the p99: in milliseconds, or as a multiple of stable's. */
const P99_LIMITS = {
  fixed: [300, 320, 340, 360, 400, 500, Infinity],
  relative: [1.05, 1.1, 1.15, 1.2, 1.3, 1.5, Infinity],
} as const;
/** How many failed checks or measurements end the release. */
const FAILURES = [1, 2, 3, 5] as const;
/** Argo can wait before it measures, in seconds, so that windows fill; Flagger cannot. */
const INITIAL_DELAYS = [0, 60] as const;
const FORMS = ['fixed', 'relative'] as const;
type Form = (typeof FORMS)[number];

/** Both tools are asked every ten seconds, the shortest interval Flagger allows. */
const EVERY_SECONDS = 10;
/** Argo's default `consecutiveErrorLimit`. */
const MOST_ERRORS = 4;
const FLAGGER_LAG_SECONDS = EVERY_SECONDS;

const E = ERROR_LIMITS.length;
const L = P99_LIMITS.fixed.length;
const K = FAILURES.length;
const PER_PAIR = E * L * K;

/** How many settings there are of each tool. */
export const FLAGGER_SETTINGS = FORMS.length * WINDOWS.length * PER_PAIR;
export const ARGO_SETTINGS = INITIAL_DELAYS.length * FLAGGER_SETTINGS;

/** A setting of Flagger in words: `i` as in the array of times. */
export function describeFlagger(i: number): string {
  return [...limitsIn(i), `threshold ${FAILURES[i % K]!}`].join(', ');
}

/** A setting of Argo Rollouts in words. */
export function describeArgo(i: number): string {
  const delay = INITIAL_DELAYS[Math.floor(i / FLAGGER_SETTINGS)]!;
  const words = [...limitsIn(i % FLAGGER_SETTINGS), `failureLimit ${FAILURES[i % K]! - 1}`];
  return [...words, ...(delay === 0 ? [] : [`initialDelay ${delay} s`])].join(', ');
}

function limitsIn(i: number): readonly string[] {
  const l = Math.floor(i / K) % L;
  const e = Math.floor(i / (K * L)) % E;
  const w = Math.floor(i / PER_PAIR) % WINDOWS.length;
  const form = FORMS[Math.floor(i / (PER_PAIR * WINDOWS.length))]!;
  const errors = limitText(ERROR_LIMITS[e]!, (limit) =>
    form === 'fixed' ? `errors ≤ ${limit} %` : `errors ≤ stable + ${limit} pp`,
  );
  const p99 = limitText(P99_LIMITS[form][l]!, (limit) =>
    form === 'fixed' ? `p99 ≤ ${limit} ms` : `p99 ≤ ${limit} × stable`,
  );
  return [`every 10 s over ${WINDOWS[w]! * 10} s`, errors, p99].filter((words) => words !== '');
}

function limitText(limit: number, text: (limit: number) => string): string {
  return Number.isFinite(limit) ? text(limit) : '';
}

/**
 * All settings of a threshold tool at once: for each, the second at which Flagger or Argo Rollouts would end the
 * release, 0 for never. Flagger counts checks in which either metric fails and acts one interval later; Argo
 * counts each metric's failures by itself and acts at once.
 */
export class ThresholdGrid {
  readonly flagger = new Uint16Array(FLAGGER_SETTINGS);
  readonly argo = new Uint16Array(ARGO_SETTINGS);
  readonly #together = new Uint16Array(FORMS.length * WINDOWS.length * E * L);
  /** By initial delay. */
  readonly #argoCounts = INITIAL_DELAYS.map((delay) => ({
    delay,
    errors: new Uint16Array(FORMS.length * WINDOWS.length * E),
    p99: new Uint16Array(FORMS.length * WINDOWS.length * L),
  }));
  /** Measurements in a row that gave no samples, by window. */
  readonly #silence = new Map<Window, number>();

  /** One check of every setting. */
  look(scrapes: Scrapes, at: number): void {
    if (at % EVERY_SECONDS !== 0) return;
    FORMS.forEach((form, f) => {
      WINDOWS.forEach((window, w) => {
        this.#lookAt(f * WINDOWS.length + w, exceeded(scrapes, form, window), at);
      });
    });
    WINDOWS.forEach((window, w) => {
      this.#countSilence(scrapes.query('candidate', window) === undefined, { at, window, w });
    });
  }

  #lookAt(place: number, failing: Failing, at: number): void {
    if (!failing.isSilent) this.#countForArgo(place, failing, at);
    for (let e = 0; e < E; e += 1) {
      // Where the errors fail every limit of the p99 goes with it; elsewhere only those that fail by themselves.
      const last = e < failing.errors ? L : failing.p99;
      for (let l = 0; l < last; l += 1) {
        const pair = (place * E + e) * L + l;
        const k = FAILURES.indexOf((this.#together[pair]! += 1) as 1);
        if (k >= 0) this.flagger[pair * K + k] = at + FLAGGER_LAG_SECONDS;
      }
    }
  }

  #countForArgo(place: number, failing: Failing, at: number): void {
    this.#argoCounts.forEach(({ delay, errors, p99 }, d) => {
      if (at < delay) return;
      for (let e = 0; e < failing.errors; e += 1) {
        const k = FAILURES.indexOf((errors[place * E + e]! += 1) as 1);
        for (let l = 0; k >= 0 && l < L; l += 1) this.#endArgo({ d, place, e, l, k }, at);
      }
      for (let l = 0; l < failing.p99; l += 1) {
        const k = FAILURES.indexOf((p99[place * L + l]! += 1) as 1);
        for (let e = 0; k >= 0 && e < E; e += 1) this.#endArgo({ d, place, e, l, k }, at);
      }
    });
  }

  #endArgo(
    { d, place, e, l, k }: Readonly<Record<'d' | 'place' | 'e' | 'l' | 'k', number>>,
    at: number,
  ): void {
    const index = d * FLAGGER_SETTINGS + ((place * E + e) * L + l) * K + k;
    if (this.argo[index] === 0) this.argo[index] = at;
  }

  /** No samples is an error to Argo, and more than four in a row end the release, whatever the limits. */
  #countSilence(
    isSilent: boolean,
    { at, window, w }: { readonly at: number; readonly window: Window; readonly w: number },
  ): void {
    const silent = isSilent ? (this.#silence.get(window) ?? 0) + 1 : 0;
    this.#silence.set(window, silent);
    if (silent <= MOST_ERRORS) return;
    for (let f = 0; f < INITIAL_DELAYS.length * FORMS.length; f += 1) {
      const from = (f * WINDOWS.length + w) * PER_PAIR;
      for (let i = from; i < from + PER_PAIR; i += 1) if (this.argo[i] === 0) this.argo[i] = at;
    }
  }
}

/** How many limits, from the lowest, are exceeded. */
interface Failing {
  readonly errors: number;
  readonly p99: number;
  /** There were no samples: a failed check to Flagger, an error to Argo. */
  readonly isSilent: boolean;
}

const SILENT: Failing = { errors: E, p99: L, isSilent: true };
const ALL: Failing = { ...SILENT, isSilent: false };
const NONE: Failing = { errors: 0, p99: 0, isSilent: false };

function exceeded(scrapes: Scrapes, form: Form, window: Window): Failing {
  const candidate = scrapes.query('candidate', window);
  const stable = form === 'relative' ? scrapes.query('stable', window) : undefined;
  if (candidate === undefined) return SILENT;
  if (!hasRequests(candidate)) return ALL;
  if (form === 'relative' && !hasRequests(stable)) return NONE;
  const errors = errorPercent(candidate) - (hasRequests(stable) ? errorPercent(stable) : 0);
  const p99 = candidate.p99 / (hasRequests(stable) ? stable.p99 : 1);
  return {
    errors: countBelow(ERROR_LIMITS, errors),
    p99: countBelow(P99_LIMITS[form], p99),
    isSilent: false,
  };
}

function hasRequests(reading: Reading | undefined): reading is Reading {
  return reading !== undefined && reading.requests > 0;
}

function errorPercent({ errors, requests }: Reading): number {
  return (100 * errors) / requests;
}

function countBelow(limits: readonly number[], value: number): number {
  let count = 0;
  while (count < limits.length && limits[count]! < value) count += 1;
  return count;
}
