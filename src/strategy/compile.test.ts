import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FULL_SHARE, parseShare, shareOf, type Share } from '../base/share.ts';
import type { CanaryStep, CanaryStrategy, Rollout } from '../rollout/model.ts';
import { aRollout } from '../../test/engine/rollouts.ts';
import { compilePlan, peakOf, replicasOf, tracksOf, weightOf } from './compile.ts';

const AFTER_STABLE = { hasStable: true, direct: false };

function canary(steps: readonly CanaryStep[], differences: Partial<CanaryStrategy> = {}): Rollout {
  return aRollout(
    { strategy: { kind: 'canary', steps, capacity: 'match', earlyPromotion: true, ...differences } },
    4,
  );
}

function share(text: string): Share {
  return parseShare(text)!;
}

const analyze: CanaryStep = { kind: 'analyze', atLeastMs: 1_000, atMostMs: 2_000 };

describe('the plan of a canary', () => {
  it('has a step per weight and its wait, then gives it all traffic, then retires the old version', () => {
    const plan = compilePlan(canary([{ kind: 'weight', weight: share('5%') }, analyze]), AFTER_STABLE);
    expect(plan.steps.map((step) => [step.title, step.wait.kind, step.promoting])).toEqual([
      ['canary 5%', 'analyze', false],
      ['all traffic to the new version', 'none', false],
      ['retire the old version', 'none', true],
    ]);
  });

  it('sizes the canary by its weight, at least one replica', () => {
    const steps: CanaryStep[] = [
      { kind: 'weight', weight: share('1%') },
      analyze,
      { kind: 'weight', weight: share('60%') },
      analyze,
    ];
    const plan = compilePlan(canary(steps), AFTER_STABLE);
    expect(plan.steps.map((step) => replicasOf(step, 'canary', 4))).toEqual([1, 3, 4, 4]);
    expect(plan.steps.map((step) => replicasOf(step, 'stable', 4))).toEqual([4, 4, 4, 0]);
  });

  it('has all canary replicas from the first step when its capacity is fixed', () => {
    const steps: CanaryStep[] = [{ kind: 'weight', weight: share('1%') }, analyze];
    const plan = compilePlan(canary(steps, { capacity: 'fixed' }), AFTER_STABLE);
    expect(replicasOf(plan.steps[0]!, 'canary', 4)).toBe(4);
  });

  it('never has fewer replicas than the weight needs, whatever a replicas step says', () => {
    const steps: CanaryStep[] = [
      { kind: 'replicas', replicas: { count: 1 } },
      { kind: 'weight', weight: share('75%') },
      analyze,
    ];
    const plan = compilePlan(canary(steps), AFTER_STABLE);
    expect(plan.steps).toHaveLength(3);
    expect(replicasOf(plan.steps[0]!, 'canary', 4)).toBe(3);
  });

  it('gives weights that follow each other a step each', () => {
    const steps: CanaryStep[] = [
      { kind: 'weight', weight: share('5%') },
      { kind: 'weight', weight: share('10%') },
      { kind: 'pause' },
    ];
    const plan = compilePlan(canary(steps), AFTER_STABLE);
    expect(plan.steps.map((step) => step.title)).toEqual([
      'canary 5%',
      'canary 10%, pause until resumed',
      'all traffic to the new version',
      'retire the old version',
    ]);
  });

  it('is the switch alone when it is to go live at once', () => {
    const plan = compilePlan(canary([{ kind: 'weight', weight: share('5%') }, analyze]), {
      hasStable: true,
      direct: true,
    });
    expect(plan.steps).toHaveLength(2);
  });

  it('says that steps without checks take their longest time', () => {
    const { analysis: _, ...unjudged } = canary([{ kind: 'weight', weight: share('5%') }, analyze]);
    expect(compilePlan(unjudged, AFTER_STABLE).notes.join('\n')).toContain('no checks');
  });
});

describe('the plan of a recreate', () => {
  it('stops the old version before it starts the new one, and says so', () => {
    const plan = compilePlan(aRollout({ strategy: { kind: 'recreate' } }), AFTER_STABLE);
    expect(plan.steps.map((step) => [step.title, step.exclusive])).toEqual([
      ['stop the old version', true],
      ['start the new version', false],
    ]);
    expect(plan.notes[0]).toContain('gap');
    expect(peakOf(plan, 3)).toBe(3);
  });
});

describe('every plan', () => {
  const step: fc.Arbitrary<CanaryStep> = fc.oneof(
    fc
      .integer({ min: 1, max: 100 })
      .map((percent): CanaryStep => ({ kind: 'weight', weight: shareOf(percent / 100)! })),
    fc.constant<CanaryStep>({ kind: 'pause', forMs: 10 }),
    fc.constant(analyze),
  );

  it('divides all of the traffic in every step, never needs more than twice the replicas, and ends with the candidate alone', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1 }), fc.boolean(), (steps, hasStable) => {
        const plan = compilePlan(canary(steps), { hasStable, direct: false });
        for (const one of plan.steps) {
          const total = tracksOf(one).reduce((sum, track) => sum + weightOf(one, track), 0);
          expect(total).toBe(FULL_SHARE);
        }
        expect(peakOf(plan, 4)).toBeLessThanOrEqual(8);
        expect(weightOf(plan.steps.at(-1)!, 'canary')).toBe(FULL_SHARE);
        expect(replicasOf(plan.steps.at(-1)!, 'stable', 4)).toBe(0);
      }),
    );
  });
});
