import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FULL_SHARE, parseShare } from '../base/share.ts';
import type { CountOrShare, RampedStrategy } from '../rollout/model.ts';
import { aRollout } from '../../test/engine/rollouts.ts';
import { peakOf, replicasOf, weightOf } from './capacity.ts';
import { compilePlan } from './compile.ts';
import type { Plan, Step } from './plan.ts';

const count = (n: number): CountOrShare => ({ count: n });
const share = (text: string): CountOrShare => ({ share: parseShare(text)! });

interface Ramp extends Partial<RampedStrategy> {
  readonly replicas?: number;
  readonly isJudged?: boolean;
  readonly direct?: boolean;
}

function planOf({ replicas = 4, isJudged = false, direct = false, ...differences }: Ramp): Plan {
  const strategy: RampedStrategy = {
    kind: 'ramped',
    maxSurge: share('25%'),
    maxUnavailable: count(0),
    analyze: { atLeastMs: 30_000, atMostMs: 600_000 },
    ...differences,
  };
  const { analysis, ...rollout } = aRollout({ strategy }, replicas);
  return compilePlan(isJudged ? { ...rollout, analysis: analysis! } : rollout, { hasStable: true, direct });
}

/** `3+1`: three old and one new replica; then what the step waits for. */
function rows(ramp: Ramp): readonly string[] {
  const replicas = ramp.replicas ?? 4;
  return planOf(ramp).steps.map((step) => {
    const [old, fresh] = (['stable', 'canary'] as const).map((track) => replicasOf(step, track, replicas));
    return `${old}+${fresh}${step.wait.kind === 'none' ? '' : ` ${step.wait.kind}`}`;
  });
}

function judgedMs(step: Step | undefined): readonly number[] {
  return step?.wait.kind === 'analyze' ? [step.wait.atLeastMs, step.wait.atMostMs] : [];
}

describe('the plan of a ramp', () => {
  it.each<[string, Ramp, readonly string[]]>([
    ['one more at a time', {}, ['3+1', '2+2', '1+3', '0+4']],
    ['two more at a time', { maxSurge: count(2) }, ['2+2', '0+4']],
    [
      'one fewer at a time',
      { maxSurge: count(0), maxUnavailable: count(1) },
      [...['3+0', '3+1', '2+1', '2+2', '1+2', '1+3', '0+3', '0+4']],
    ],
    ['one more and one fewer', { maxUnavailable: count(1) }, ['3+0', '2+2', '1+2', '0+4']],
    [
      'no room for the last batch that needs none',
      { replicas: 5, maxSurge: count(2), maxUnavailable: count(1) },
      [...['4+0', '2+3', '0+5']],
    ],
    ['all at once', { maxSurge: share('100%') }, ['0+4']],
    [
      'a share of nothing, so one is missing',
      { maxSurge: count(0), maxUnavailable: share('10%') },
      [...['3+0', '3+1', '2+1', '2+2', '1+2', '1+3', '0+3', '0+4']],
    ],
    [
      'a single one, with a gap',
      { replicas: 1, maxSurge: count(0), maxUnavailable: count(1) },
      ['0+0', '0+1'],
    ],
  ])('replaces %s', (_, ramp, expected) => {
    expect(rows(ramp)).toEqual(expected);
  });

  it.each<[string, Ramp, readonly string[]]>([
    ['where so many old ones are left', { partition: count(1) }, ['3+1', '2+2', '1+3 pause', '0+4']],
    [
      'before the first, where all are to be left',
      { partition: share('100%') },
      ['4+0 pause', '3+1', '2+2', '1+3', '0+4'],
    ],
    ['not at all, where none is to be left', { partition: count(0) }, ['3+1', '2+2', '1+3', '0+4']],
    ['after each so many', { pauseEvery: count(2) }, ['3+1', '2+2 pause', '1+3', '0+4']],
    [
      'in smaller batches, to stop where it was told',
      { maxSurge: count(3), pauseEvery: count(2) },
      ['2+2 pause', '0+4'],
    ],
    [
      'in both places',
      { pauseEvery: share('50%'), partition: count(3) },
      ['3+1 pause', '2+2 pause', '1+3', '0+4'],
    ],
  ])('stops %s', (_, ramp, expected) => {
    expect(rows(ramp)).toEqual(expected);
  });

  it('gives its batches the time of one analysis in all, when there are checks', () => {
    expect(rows({ isJudged: true })).toEqual(['3+1 analyze', '2+2 analyze', '1+3 analyze', '0+4']);
    expect(judgedMs(planOf({ isJudged: true }).steps[0])).toEqual([10_000, 200_000]);
  });

  it('judges no batch while a replica is missing, and none twice', () => {
    const ramp: Ramp = { isJudged: true, maxUnavailable: count(1), partition: count(2) };
    expect(rows(ramp)).toEqual(['3+0', '2+2 pause', '1+2', '0+4']);
  });

  it('keeps one old replica beside the new ones until they were judged, when all are replaced at once', () => {
    expect(rows({ isJudged: true, replicas: 1 })).toEqual(['1+1 analyze', '0+1']);
    expect(rows({ isJudged: true, maxSurge: share('100%') })).toEqual(['1+4 analyze', '0+4']);
    expect(rows({ isJudged: true, replicas: 1, maxSurge: count(0), maxUnavailable: count(1) })).toEqual([
      '0+0',
      '0+1',
    ]);
  });

  it('waits for nothing when it is to go live at once', () => {
    expect(rows({ isJudged: true, pauseEvery: count(1), direct: true })).toEqual([
      '3+1',
      '2+2',
      '1+3',
      '0+4',
    ]);
  });

  it('tells the gap, or how few serve', () => {
    const told = (ramp: Ramp): string => planOf(ramp).notes.join('\n');
    expect(told({ maxUnavailable: count(1) })).toContain('fewest: 3 of 4 replicas serve');
    expect(told({ replicas: 1, maxSurge: count(0), maxUnavailable: count(1) })).toContain(
      'gap: nobody serves',
    );
    expect(told({})).not.toMatch(/gap|fewest/);
  });

  it('stays within its bounds, divides all traffic, and ends with new replicas only, whatever the numbers', () => {
    const size = fc.oneof(fc.nat(12).map(count), fc.constantFrom('0%', '1%', '33.333%', '100%').map(share));
    const stop = fc.option(size, { nil: undefined });
    fc.assert(
      fc.property(
        fc.record({
          replicas: fc.integer({ min: 1, max: 40 }),
          surge: size,
          missing: size,
          partition: stop,
          every: stop,
        }),
        ({ replicas, surge, missing, partition, every }) => {
          const plan = planOf({
            replicas,
            maxSurge: surge,
            maxUnavailable: missing,
            ...(partition === undefined ? {} : { partition }),
            ...(every === undefined ? {} : { pauseEvery: every }),
          });
          const most = 'count' in surge ? surge.count : Math.ceil((surge.share * replicas) / FULL_SHARE);
          const fewer =
            'count' in missing ? missing.count : Math.floor((missing.share * replicas) / FULL_SHARE);
          const least = replicas - (most + fewer === 0 ? 1 : Math.min(fewer, replicas));
          expect(peakOf(plan, replicas, true)).toBeLessThanOrEqual(replicas + most);
          for (const step of plan.steps) {
            const both = replicasOf(step, 'stable', replicas) + replicasOf(step, 'canary', replicas);
            expect(both).toBeGreaterThanOrEqual(least);
            const weight = weightOf(step, 'stable') + weightOf(step, 'canary');
            expect(weight).toBe(both === 0 ? 0 : FULL_SHARE);
            expect(weightOf(step, 'canary') % 10).toBe(0);
          }
          const last = plan.steps.at(-1)!;
          expect([last.promoting, replicasOf(last, 'canary', replicas)]).toEqual([true, replicas]);
          expect(plan.steps.filter((step) => step.promoting)).toHaveLength(1);
        },
      ),
    );
  });
});
