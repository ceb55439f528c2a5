import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rollouts } from './histories/arbitraries.ts';
import { started } from './histories/history.ts';
import { command, GOOD, lastOutcome, looks } from './scenes.ts';

describe('promoting fully', () => {
  it('ends a release of any strategy at any moment of it, without another wait and without harm', () => {
    fc.assert(
      fc.property(rollouts, fc.integer({ min: 1, max: 60 }), (spec, moment) => {
        // What stands in the way is passed over by nobody.
        const world = started({ ...spec, gates: [], hooks: [] });
        world.happen({ kind: 'want', revision: GOOD });
        looks(world, moment);
        const { release } = world.status;
        // One that ends with what ran before, by a failure or as its experiment found, is not turned round.
        fc.pre(release?.direction.kind === 'forward');
        world.happen(command('promote', { full: true }));
        // Each step that is left starts processes, moves the route and stops processes; nothing is waited for.
        const steps = release.plan.steps.length - release.step;
        looks(world, 10 * (steps + 1));
        expect(world.status.release).toBeUndefined();
        expect(lastOutcome(world)).toBe(release.plan.keepsStable === true ? 'completed' : 'promoted');
      }),
      { numRuns: 300 },
    );
  });
});
