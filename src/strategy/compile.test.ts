import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FULL_SHARE, parseShare, shareOf, type Share } from '../base/share.ts';
import type { CanaryStep, CanaryStrategy, Rollout, ShadowStrategy } from '../rollout/model.ts';
import { aRollout, aWorker } from '../../test/engine/rollouts.ts';
import { peakOf, replicasOf, tracksOf, weightOf } from './capacity.ts';
import { compilePlan } from './compile.ts';
import type { Plan } from './plan.ts';

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

  it('has an audience on it from its step on, beside the weight, and none once it is all traffic', () => {
    const match = [{ header: { name: 'x-beta', exact: '1' } }];
    const steps: CanaryStep[] = [
      { kind: 'match', match },
      analyze,
      { kind: 'weight', weight: share('5%') },
      analyze,
    ];
    const plan = compilePlan(canary(steps), AFTER_STABLE);
    expect(plan.steps.map((step) => [step.title, step.weights.canary ?? 0, step.matches?.canary])).toEqual([
      ['canary for an audience', 0, match],
      ['canary for an audience and 5% of the others', share('5%'), match],
      ['all traffic to the new version', FULL_SHARE, undefined],
      ['retire the old version', FULL_SHARE, undefined],
    ]);
    expect(plan.notes.join()).toMatch(/the promise does not cover.*compared with nobody/);
  });

  it('is as large as its audience may be, unless a step says how large', () => {
    const sizes = (...steps: readonly CanaryStep[]): number =>
      replicasOf(compilePlan(canary([...steps, analyze]), AFTER_STABLE).steps[0]!, 'canary', 4);
    const post: CanaryStep = { kind: 'match', match: [{ method: 'POST' }] };
    expect(sizes(post)).toBe(4);
    expect(sizes({ kind: 'replicas', replicas: { count: 1 } }, post)).toBe(1);
    const half: CanaryStep = { kind: 'match', match: [{ user: share('20%') }, { user: share('30%') }] };
    expect(sizes(half)).toBe(2);
    expect(sizes(half, { kind: 'weight', weight: share('25%') })).toBe(3);
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

  it('copies requests before it sends any, to as many replicas as the copies need', () => {
    const steps: CanaryStep[] = [
      { kind: 'mirror', share: share('30%') },
      analyze,
      { kind: 'mirror', share: share('100%') },
      { kind: 'replicas', replicas: { count: 1 } },
      analyze,
      { kind: 'weight', weight: share('5%') },
      analyze,
    ];
    const plan = compilePlan(canary(steps), AFTER_STABLE);
    expect(plan.steps.map(({ title, mirrors = [] }) => [title, mirrors])).toEqual([
      [
        'copies of 30% to the new version',
        [{ track: 'shadow', share: share('30%'), methods: ['GET', 'HEAD'] }],
      ],
      [
        'copies of 100% to the new version',
        [{ track: 'shadow', share: share('100%'), methods: ['GET', 'HEAD'] }],
      ],
      ['canary 5%', []],
      ['all traffic to the new version', []],
      ['retire the old version', []],
    ]);
    expect(plan.steps.slice(0, 2).map((step) => weightOf(step, 'stable'))).toEqual([FULL_SHARE, FULL_SHARE]);
    // One replica was asked for, and four are what all requests need.
    expect(plan.steps.slice(0, 2).map((step) => replicasOf(step, 'shadow', 4))).toEqual([2, 4]);
    expect(peakOf(plan, 4, true)).toBe(8);
  });

  it('does not lose copies that a weight follows at once', () => {
    const steps: CanaryStep[] = [
      { kind: 'mirror', share: share('30%') },
      { kind: 'weight', weight: share('5%') },
      analyze,
    ];
    const titles = compilePlan(canary(steps), AFTER_STABLE).steps.map(({ title }) => title);
    expect(titles.slice(0, 2)).toEqual(['copies of 30% to the new version', 'canary 5%']);
  });

  it('is the switch alone when it is to go live at once', () => {
    const plan = compilePlan(canary([{ kind: 'weight', weight: share('5%') }, analyze]), {
      hasStable: true,
      direct: true,
    });
    expect(plan.steps).toHaveLength(2);
  });

  it('has a baseline of its size and weight beside it, which goes before the canary is complete', () => {
    const steps: CanaryStep[] = [
      { kind: 'pause', forMs: 1 },
      { kind: 'weight', weight: share('25%') },
      analyze,
      { kind: 'weight', weight: share('50%') },
      analyze,
    ];
    const plan = compilePlan(canary(steps, { baseline: true }), AFTER_STABLE);
    const rows = plan.steps.map((step) => [
      step.title,
      ...(['stable', 'baseline', 'canary'] as const).map(
        (track) => `${replicasOf(step, track, 4)} ${weightOf(step, track) / 1_000}%`,
      ),
    ]);
    expect(rows).toEqual([
      ['canary 0%, pause 1ms', '4 100%', '0 0%', '0 0%'],
      ['canary 25% beside its baseline', '4 50%', '1 25%', '1 25%'],
      ['canary 50% beside its baseline', '4 0%', '2 50%', '2 50%'],
      ['the baseline goes', '4 50%', '0 0%', '2 50%'],
      ['all traffic to the new version', '4 0%', '0 0%', '4 100%'],
      ['retire the old version', '0 0%', '0 0%', '4 100%'],
    ]);
    expect(peakOf(plan, 4, true)).toBe(8);
  });

  it('says that steps without checks take their longest time', () => {
    const { analysis: _, ...unjudged } = canary([{ kind: 'weight', weight: share('5%') }, analyze]);
    expect(compilePlan(unjudged, AFTER_STABLE).notes.join('\n')).toContain('no checks');
  });

  it('says when evidence begins to count, where there is anything to judge', () => {
    const judged = canary([{ kind: 'weight', weight: share('5%') }, analyze]);
    const { analysis: checks, ...unjudged } = judged;
    const warmingFor = (warmUpMs: number): Rollout => ({ ...unjudged, analysis: { ...checks!, warmUpMs } });
    const told = (rollout: Rollout, start: typeof AFTER_STABLE): string =>
      compilePlan(rollout, start).notes.join('\n');
    expect(told(warmingFor(90_000), AFTER_STABLE)).toMatch(/begins to count 90s after .* first request/);
    expect(told(warmingFor(0), AFTER_STABLE)).not.toContain('warmUp');
    expect(told(unjudged, AFTER_STABLE)).not.toContain('warmUp');
    expect(told(warmingFor(90_000), { hasStable: false, direct: false })).not.toContain('warmUp');
    expect(told(warmingFor(90_000), { hasStable: true, direct: true })).not.toContain('warmUp');
  });
});

describe('the plan of a canary without traffic', () => {
  const judged: CanaryStep[] = [
    { kind: 'replicas', replicas: { count: 1 } },
    analyze,
    { kind: 'replicas', replicas: { share: share('25%') } },
    analyze,
    { kind: 'replicas', replicas: { share: share('50%') } },
    analyze,
  ];

  function ofWorkers(steps: readonly CanaryStep[], replicas: number, direct = false): Plan {
    const rollout = aWorker({ strategy: { kind: 'canary', steps, capacity: 'match', earlyPromotion: true } });
    const workload = { ...rollout.workload, replicas };
    return compilePlan({ ...rollout, workload }, { hasStable: true, direct });
  }

  function sizesOf(plan: Plan, replicas: number): readonly string[] {
    return plan.steps.map((step) => {
      const [old, fresh] = (['stable', 'canary'] as const).map((track) => replicasOf(step, track, replicas));
      return `${old}+${fresh} ${step.wait.kind}${step.promoting ? ' promoting' : ''}`;
    });
  }

  it('is that behind a plain Service, and says what weights come to', () => {
    const steps: CanaryStep[] = [{ kind: 'weight', weight: share('5%') }, analyze];
    const plan = compilePlan({ ...canary(steps), traffic: { kind: 'service', name: 'shop' } }, AFTER_STABLE);
    expect(sizesOf(plan, 4)[0]).toBe('3+1 analyze');
    expect(plan.notes).toContain('a weight of 5% comes to 1 of 4 replicas, which serve alike');
  });

  it('gives the canary a share of the replicas, and with it that share of the work', () => {
    expect(sizesOf(ofWorkers(judged, 8), 8)).toEqual([
      '7+1 analyze',
      '6+2 analyze',
      '4+4 analyze',
      '2+6 none',
      '0+8 none promoting',
    ]);
  });

  it('passes over a size that is there already, and says so', () => {
    const plan = ofWorkers(judged, 4);
    expect(sizesOf(plan, 4)).toEqual(['3+1 analyze', '2+2 analyze', '1+3 none', '0+4 none promoting']);
    expect(plan.notes.join('\n')).toContain('1 of 4 replicas is what a further step comes to as well');
  });

  it('leaves an old replica to compare with, also of a single one', () => {
    expect(sizesOf(ofWorkers(judged, 1), 1)).toEqual(['1+1 analyze', '0+1 none promoting']);
  });

  it('waits at a pause of its own', () => {
    const plan = ofWorkers([{ kind: 'pause' }, ...judged.slice(0, 2), { kind: 'pause', forMs: 60_000 }], 2);
    expect(sizesOf(plan, 2)).toEqual(['2+0 pause', '1+1 analyze', '1+1 pause', '0+2 none promoting']);
  });

  it('goes live within the same bounds when it is to go live at once', () => {
    const plan = ofWorkers(judged, 4, true);
    expect(plan.steps.every((step) => step.wait.kind === 'none')).toBe(true);
    expect(peakOf(plan, 4, true)).toBe(5);
  });

  it('never runs more than a quarter above the usual number, says the peak and how the way back goes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), (replicas) => {
        const plan = ofWorkers(judged, replicas);
        const most = replicas + Math.ceil(replicas / 4);
        expect(peakOf(plan, replicas, true)).toBeLessThanOrEqual(most);
        expect(plan.notes.join('\n')).toContain('way back: by the same steps in reverse');
        for (const step of plan.steps) {
          const both = replicasOf(step, 'stable', replicas) + replicasOf(step, 'canary', replicas);
          expect(both).toBeGreaterThanOrEqual(replicas);
        }
      }),
    );
  });
});

describe('the plan of a blue/green release', () => {
  function blueGreen(bakeMs: number, keepStableMs: number, direct = false): Plan {
    const strategy = { kind: 'blueGreen', bakeMs, keepStableMs } as const;
    return compilePlan(aRollout({ strategy }), { hasStable: true, direct });
  }

  it('starts a second complete set, switches all traffic, and keeps the first', () => {
    const plan = blueGreen(600_000, 1_800_000);
    const rows = plan.steps.map((step) => [step.title, step.wait.kind, replicasOf(step, 'stable', 3)]);
    expect(rows).toEqual([
      ['start the new version beside the old one', 'none', 3],
      ['switch all traffic to the new version', 'analyze', 3],
      ['promote, and keep the old version ready', 'none', 3],
    ]);
    expect(plan.keepStableMs).toBe(1_800_000);
    expect(peakOf(plan, 3, true)).toBe(6);
    expect(plan.notes.join('\n')).toContain('by `undo` for 30m after');
  });

  it('neither bakes nor keeps anything when told so', () => {
    const plan = blueGreen(0, 0);
    expect(plan.steps.map((step) => [step.wait.kind, step.promoting, replicasOf(step, 'stable', 3)])).toEqual(
      [
        ['none', false, 3],
        ['none', false, 3],
        ['none', true, 0],
      ],
    );
    expect(plan.keepStableMs).toBeUndefined();
  });

  it('is the switch alone when it is to go live at once', () => {
    expect(blueGreen(600_000, 1_800_000, true).steps).toHaveLength(2);
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
    expect(peakOf(plan, 3, true)).toBe(3);
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
        expect(peakOf(plan, 4, hasStable)).toBeLessThanOrEqual(8);
        expect(weightOf(plan.steps.at(-1)!, 'canary')).toBe(FULL_SHARE);
        expect(replicasOf(plan.steps.at(-1)!, 'stable', 4)).toBe(0);
      }),
    );
  });
});

describe('the plan of a shadow', () => {
  const shadow = (more: Partial<ShadowStrategy> = {}): Plan => {
    const until = { requests: 500, atMostMs: 60_000 };
    const strategy: ShadowStrategy = {
      kind: 'shadow',
      share: share('30%'),
      methods: ['GET', 'POST'],
      until,
      ...more,
    };
    return compilePlan(aRollout({ strategy }, 4), AFTER_STABLE);
  };

  it('copies requests for a while, then stops the new version and keeps the old one', () => {
    const plan = shadow();
    expect(plan.keepsStable).toBe(true);
    expect(plan.steps).toHaveLength(2);
    expect(plan.steps[0]?.mirrors).toEqual([
      { track: 'shadow', share: share('30%'), methods: ['GET', 'POST'] },
    ]);
    expect(plan.steps[0]?.wait).toMatchObject({
      kind: 'analyze',
      requests: 500,
      atMostMs: 60_000,
      early: false,
    });
    expect(plan.steps.map((step) => weightOf(step, 'stable'))).toEqual([FULL_SHARE, FULL_SHARE]);
    expect(plan.steps.map((step) => replicasOf(step, 'shadow', 4))).toEqual([2, 0]);
  });

  it('goes on as the canary that follows', () => {
    const then = { kind: 'canary', steps: [{ kind: 'weight', weight: share('5%') }, analyze] } as const;
    const plan = shadow({ then: { ...then, capacity: 'match', earlyPromotion: true } });
    expect(plan.keepsStable).toBeUndefined();
    expect(plan.steps.map(({ title }) => title)).toEqual([
      'shadow: copies of 30% to the new version',
      'canary 5%',
      'all traffic to the new version',
      'retire the old version',
    ]);
  });
});
