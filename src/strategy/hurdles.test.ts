import { describe, expect, it } from 'vitest';
import { parseShare, type Share } from '../base/share.ts';
import { GATE_MOMENTS, HOOK_MOMENTS, type Gate, type Hook } from '../rollout/model-outside.ts';
import type { CanaryStep, Rollout, Strategy } from '../rollout/model.ts';
import { aRollout, aWorker } from '../../test/engine/rollouts.ts';
import { compilePlan } from './compile.ts';

const gates = GATE_MOMENTS.map((at): Gate => ({ name: at, at, kind: 'freeze', fromMs: 0, toMs: 1 }));
const hooks = HOOK_MOMENTS.map((at): Hook => ({
  name: at,
  at,
  kind: 'command',
  command: ['true'],
  timeoutMs: 1,
}));

/** Each step with what is passed at it: before it, before its traffic, before its wait, after it. */
function places(rollout: Rollout, start = { hasStable: true, direct: false }): readonly string[] {
  return compilePlan(rollout, start).steps.map(({ title, hurdles = [] }) =>
    [title, ...hurdles.map(({ before, name }) => `${before}:${name}`)].join(' | '),
  );
}

function outside(strategy: Strategy): Rollout {
  return aRollout({ strategy, gates, hooks }, 3);
}

const weight = (text: string): CanaryStep => ({ kind: 'weight', weight: parseShare(text) as Share });
const canary = (...steps: readonly CanaryStep[]): Strategy => ({
  kind: 'canary',
  steps,
  capacity: 'match',
  earlyPromotion: true,
});

describe('gates and hooks stand', () => {
  it('in a canary', () => {
    expect(
      places(
        outside(canary(weight('5%'), { kind: 'pause' }, { kind: 'pause' }, weight('50%'), { kind: 'pause' })),
      ),
    ).toEqual([
      'canary 5%, pause until resumed | start:start | start:step | start:beforeCandidate | route:beforeTraffic | wait:eachStep',
      'canary 5%, pause until resumed | next:step',
      'canary 50%, pause until resumed | wait:eachStep | next:step | next:switch',
      'all traffic to the new version | wait:eachStep | next:promote',
      'retire the old version',
    ]);
  });

  it('in blue/green', () => {
    expect(places(outside({ kind: 'blueGreen', bakeMs: 1_000, keepStableMs: 0 }))).toEqual([
      'start the new version beside the old one | start:start | start:step | start:beforeCandidate | next:step | next:switch',
      'switch all traffic to the new version | route:beforeTraffic | wait:eachStep | next:promote',
      'retire the old version',
    ]);
  });

  it('in recreate, where the switch is the end of the old version', () => {
    expect(places(outside({ kind: 'recreate' }))).toEqual([
      'stop the old version | start:start | start:step | start:switch | start:beforeCandidate',
      'start the new version | route:beforeTraffic | wait:eachStep | next:promote',
    ]);
  });

  it('in a ramp of workers', () => {
    const strategy: Strategy = {
      kind: 'ramped',
      maxSurge: { count: 1 },
      maxUnavailable: { count: 0 },
      analyze: { atLeastMs: 1, atMostMs: 1 },
    };
    expect(places(aWorker({ strategy, gates, hooks }, 2))).toEqual([
      '1 of 2 replicas new | start:start | start:step | start:beforeCandidate | route:beforeTraffic | wait:eachStep | next:step | next:switch | next:promote',
      'all 2 replicas new',
    ]);
  });

  it('where a step names them, after what runs at every step', () => {
    const steps: CanaryStep[] = [
      weight('5%'),
      { kind: 'hook', name: 'smoke' },
      { kind: 'gate', name: 'sre' },
    ];
    const [first, second] = places(outside(canary(...steps)));
    expect(first).toContain('canary 5%, hook smoke | start:start');
    expect(first).toMatch(/wait:eachStep \| wait:smoke$/);
    expect(second).toBe('canary 5%, gate sre | wait:sre | next:step | next:switch');
  });
});

describe('a first release', () => {
  it('is held by gates of its start, and runs its hooks', () => {
    expect(places(outside({ kind: 'recreate' }), { hasStable: false, direct: false })).toEqual([
      'first version | start:start | start:beforeCandidate | route:beforeTraffic | wait:eachStep',
    ]);
  });
});

describe('an undo', () => {
  it('passes everything by', () => {
    expect(places(outside({ kind: 'recreate' }), { hasStable: true, direct: true })).toEqual([
      'stop the old version',
      'start the new version',
    ]);
  });
});

it('what runs after a release is noted, and of an undo what runs after that', () => {
  const notes = (direct: boolean): readonly string[] =>
    compilePlan(outside({ kind: 'recreate' }), { hasStable: true, direct }).notes.filter((note) =>
      note.includes('hook'),
    );
  const after = 'once it is promoted, hook afterPromotion runs';
  expect(notes(false)).toEqual([after, 'once it was rolled back or aborted, hook onRollback runs']);
  expect(notes(true)).toEqual([after]);
});
