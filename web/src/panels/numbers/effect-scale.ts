import type { Effect } from '../../../../src/analysis/judgement.ts';

/** Where an effect and its limits stand on a scale, 0 to 1 from left to right; 1 is as on stable. */
export interface EffectBar {
  readonly same: number;
  readonly low: number;
  readonly high: number;
  readonly estimate?: number;
  /** From here on it is harm. */
  readonly limit?: number;
  /** Up to here it is safe. */
  readonly safe?: number;
  /** True: the interval goes on beyond the scale. */
  readonly isOpen: boolean;
}

/** The limits that a check was given, as ratios of the candidate to stable. */
export interface Margins {
  readonly limit?: number;
  readonly safe?: number;
}

/** The scale goes at least from half to twice, at most from a sixteenth to 16 times. */
const USUAL = { low: 0.5, high: 2 } as const;
const WIDEST = { low: 1 / 16, high: 16 } as const;
/** What is on the scale does not stand at its edge. */
const AIR = 1.15;

/** Lays an effect on a logarithmic scale that shows it, stable and the limits. */
export function effectBar(effect: Effect, margins: Margins): EffectBar {
  const shown = [effect.low, effect.high, effect.estimate, margins.limit, margins.safe].filter(isRatio);
  const low = Math.max(WIDEST.low, Math.min(USUAL.low, ...shown.map((ratio) => ratio / AIR)));
  const high = Math.min(WIDEST.high, Math.max(USUAL.high, ...shown.map((ratio) => ratio * AIR)));
  const place = (ratio: number): number =>
    ratio <= 0 ? 0 : Math.min(1, Math.max(0, Math.log(ratio / low) / Math.log(high / low)));
  return {
    same: place(1),
    low: place(effect.low),
    high: effect.high === undefined ? 1 : place(effect.high),
    isOpen: effect.high === undefined || effect.high > high,
    ...(effect.estimate === undefined ? {} : { estimate: place(effect.estimate) }),
    ...(margins.limit === undefined ? {} : { limit: place(margins.limit) }),
    ...(margins.safe === undefined ? {} : { safe: place(margins.safe) }),
  };
}

function isRatio(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value) && value > 0;
}
