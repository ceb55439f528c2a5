import { expect, it } from 'vitest';
import { soak } from './soak.ts';

it('release after release with many weights, one of them taken back, fails no request (npm run bench -- soak: for long)', async () => {
  const soaked = await soak({ releases: 3, weightChanges: 5, abortEvery: 3, perSecond: 100, users: 6 });
  expect(soaked.failures).toEqual([]);
  expect(soaked.outcomes).toEqual({ promoted: 2, aborted: 1 });
  expect(soaked.configs).toBeGreaterThan(12);
  expect(soaked.requests).toBeGreaterThan(300);
});
