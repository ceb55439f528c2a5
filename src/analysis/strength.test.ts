import { expect, it } from 'vitest';
import { fractionOfLimit } from './strength.ts';

it.each([
  [{ logE: 2, logLimit: 4 }, 0.5],
  [{ logE: 9, logLimit: 4 }, 1],
  [{ logE: -9, logLimit: 4 }, 0],
  [{ logE: 0, logLimit: 0 }, 1],
  [{ logE: -1, logLimit: 0 }, 0],
])('evidence %j is %d of what decides', (strength, fraction) => {
  expect(fractionOfLimit(strength)).toBe(fraction);
});
