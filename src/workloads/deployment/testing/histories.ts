import fc from 'fast-check';
import type { ModelCluster } from './model-cluster.ts';

/** The strategy that replaces a few pods at a time. */
export const RAMPED = { ramped: {} };
/** Limits of a Deployment, as its API accepts them. */
export const bounds = fc
  .record({
    replicas: fc.integer({ min: 1, max: 12 }),
    surge: fc.integer({ min: 0, max: 4 }),
    unavailable: fc.integer({ min: 0, max: 3 }),
  })
  .map((one) => (one.surge + one.unavailable === 0 ? { ...one, unavailable: 1 } : one));
/** After how many writes each look is killed. */
export const kills = fc.array(fc.constantFrom(0, 1, 2, Infinity), { maxLength: 30 });

/** Whose pods there are, and how many of each. */
export function running({ sets }: ModelCluster) {
  return sets.filter(({ size }) => size > 0).map(({ key, owner, size }) => [key?.revision, owner, size]);
}
