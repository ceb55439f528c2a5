import type { KayentaRecord, Looked, Step } from './kayenta-record.ts';

/** The least ratios of means that count as an effect. */
const INCREASES = [1, 1.02, 1.05, 1.1, 1.15, 1.25, 1.5, 2, 3] as const;
/** Step, and how many points back a judgement looks. */
const WINDOWS: readonly (readonly [step: Step, lookback: number])[] = [
  [10, Infinity],
  [10, 60],
  [60, Infinity],
];
const A = INCREASES.length;
const EVERY_SECONDS = 60;

/** How many settings there are. */
export const KAYENTA_SETTINGS = WINDOWS.length * A * A;

/** A setting in words: `i` as in the array of times. */
export function describeKayenta(i: number): string {
  const [step, lookback] = WINDOWS[Math.floor(i / (A * A))]!;
  const errors = INCREASES[Math.floor(i / A) % A]!;
  const latency = INCREASES[i % A]!;
  const window = Number.isFinite(lookback) ? `the last ${(lookback * step) / 60} min` : 'all since the start';
  return `step ${step} s, judged every minute over ${window}, critical, increase of errors ≥ ${errors}, of latency ≥ ${latency}`;
}

/** All settings of Kayenta at once: for each, the second at which it would fail the canary, 0 for never. */
export class KayentaGrid {
  readonly times = new Uint16Array(KAYENTA_SETTINGS);

  /** One judgement of every setting, once a minute. */
  look(record: KayentaRecord, at: number): void {
    if (at % EVERY_SECONDS !== 0) return;
    WINDOWS.forEach(([step, lookback], w) => {
      const looks = record.look(step, lookback);
      if (looks === undefined) return;
      const errors = failing(looks.filter(({ metric }) => metric === 'errors'));
      const latency = failing(looks.filter(({ metric }) => metric !== 'errors'));
      for (let e = 0; e < A; e += 1) {
        for (let l = 0; l < (e < errors ? A : latency); l += 1) {
          const index = (w * A + e) * A + l;
          if (this.times[index] === 0) this.times[index] = at;
        }
      }
    });
  }
}

/** How many of the increases, from the lowest, the critical failures reach. Without data all of them do. */
function failing(looks: readonly Looked[]): number {
  const failures = looks.filter(({ critical, label }) => critical && label !== 'Pass');
  const counts = failures.map(({ effect, label }) =>
    label !== 'High' || Number.isNaN(effect) ? A : INCREASES.filter((increase) => effect >= increase).length,
  );
  return Math.max(0, ...counts);
}
