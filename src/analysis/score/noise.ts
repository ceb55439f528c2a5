import { normalQuantile } from '../distributions/normal.ts';

/** Standard deviation of the noise, as a part of the value it is added to. */
const PART = 1e-5;
/** Any number will do; changing it changes no label but may change the last digits of an estimate. */
const SEED = 0x5eed;

/** Gives the next value of a standard normal variable. */
export type NormalSource = () => number;

/** A source that gives the same values every time it is made. */
export function normalSource(): NormalSource {
  let state = SEED;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return normalQuantile((((bits ^ (bits >>> 14)) >>> 0) + 0.5) / 2 ** 32);
  };
}

/** Equal values, pulled apart a little so that ranks tell them from each other. */
export function spreadApart(values: readonly number[], next: NormalSource): readonly number[] {
  return values.map((value) => (Number.isFinite(value) ? value + next() * value * PART : value));
}
