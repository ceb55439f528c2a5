import { describe, expect, it } from 'vitest';
import { formatDuration } from '../../src/base/duration.ts';
import { releaseInVirtualTime } from './virtual-release.ts';

/** Four steps of at most ten minutes, and half a minute for everything between. */
const LONGEST_MS = 4 * 600_000 + 30_000;

describe('a good release under the default policies', () => {
  it.each([1, 20, 200])('at %d requests a second is promoted, in a bounded time', (perSecond) => {
    const { outcome, tookMs } = releaseInVirtualTime(perSecond, 1);
    console.log(`${perSecond} requests/s: ${outcome} after ${formatDuration(tookMs)}`);
    expect(outcome).toBe('promoted');
    expect(tookMs).toBeLessThanOrEqual(LONGEST_MS);
  });
});
