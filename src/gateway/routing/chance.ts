import { randomFillSync } from 'node:crypto';

/** A fast generator of uniform fractions in [0, 1) (sfc32), seeded with real randomness. Not for secrets. */
export function fractionSource(): () => number {
  const state = new Uint32Array(4);
  randomFillSync(state);
  let [a = 0, b = 0, c = 0, d = 0] = state;
  return () => {
    const sum = (a + b + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 0x1_0000_0000;
  };
}
