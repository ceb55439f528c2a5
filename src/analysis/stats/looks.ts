import { logWeightedSum } from './log-sum.ts';

/**
 * Evidence from looks that are valid one by one but must not be multiplied, since every look sees the same units
 * again. Each look was given its part of the bet beforehand, so the sum only grows and its limit has a mean of at
 * most 1: it may be acted on at any time. Harm that lasts collects the parts of all looks to come.
 */
export interface Looks {
  readonly taken: number;
  /** Of the sum so far. */
  readonly logE: number;
}

/** The part of the bet that is never made, so that there is always a sum. */
const HELD_BACK = 0.1;

/** Before the first look. */
export const NO_LOOKS: Looks = { taken: 0, logE: Math.log(HELD_BACK) };

/** The part of the bet that the look of this number has, from 1 on: all parts add up to less than 1. */
export function partOfLook(number: number): number {
  return (1 - HELD_BACK) / (number * (number + 1));
}

/** After another look, whose own log e-value is `logE`. */
export function lookedAgain({ taken, logE: before }: Looks, logE: number): Looks {
  const sum = logWeightedSum([
    [1, before],
    [partOfLook(taken + 1), logE],
  ]);
  return { taken: taken + 1, logE: sum };
}
