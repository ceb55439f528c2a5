import { describe, expect, it } from 'vitest';
import type { Check, ProcessWorkload, Rollout } from '../rollout/model.ts';
import { aRollout, anAnalysis, aWorker } from '../../test/engine/rollouts.ts';
import { adviseOn } from './advise.ts';
import { explainStrategies } from './explain.ts';

const LIMIT: Check = {
  name: 'errors',
  metric: { kind: 'errors' },
  judge: { kind: 'threshold', max: 0.1, everyMs: 5_000, failures: { limit: 0, consecutive: false } },
  weight: 1,
};

function unjudged(): Rollout {
  const { analysis: _, ...rollout } = aRollout();
  return rollout;
}

function live(): Rollout {
  const rollout = unjudged();
  return {
    ...rollout,
    strategy: { kind: 'recreate' },
    workload: { ...(rollout.workload as ProcessWorkload), from: { live: '/srv' } },
  };
}

function bestOf(rollout: Rollout): string | undefined {
  return adviseOn(rollout).find(({ fit }) => fit === 'best')?.strategy;
}

describe('the strategies', () => {
  it('are six, each with what speaks for it and against it', () => {
    const names = explainStrategies().map(({ name }) => name);
    expect(names).toEqual(['recreate', 'ramped', 'blueGreen', 'canary', 'ab', 'shadow']);
    for (const { pros, cons } of explainStrategies()) expect([pros.length, cons.length]).not.toContain(0);
  });

  it('that every plan can be made of are built', () => {
    const built = explainStrategies().filter(({ isBuilt }) => isBuilt);
    expect(built.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['recreate', 'ramped', 'blueGreen', 'canary', 'shadow']),
    );
  });
});

describe('the advice for a Rollout', () => {
  it.each<[string, Rollout, string]>([
    ['with checks is a canary', aRollout(), 'canary'],
    ['with limits alone is a canary too', aRollout({ analysis: anAnalysis({ checks: [LIMIT] }) }), 'canary'],
    ['that nothing judges is the quickest way back', unjudged(), 'blueGreen'],
    ['of workers that nothing judges is a ramp', aWorker(), 'ramped'],
    ['of judged workers is a canary', { ...aWorker(), analysis: anAnalysis({ checks: [LIMIT] }) }, 'canary'],
    ['of a live directory is what keeps one version', live(), 'recreate'],
  ])('%s', (_, rollout, expected) => {
    expect(bestOf(rollout)).toBe(expected);
  });

  it('names what is impossible, and why', () => {
    const reasons = (rollout: Rollout): readonly string[] =>
      adviseOn(rollout)
        .filter(({ fit }) => fit === 'impossible')
        .map(({ strategy, reason }) => `${strategy}: ${reason}`);
    expect(reasons(aWorker())).toContain('blueGreen: there is no traffic to move');
    expect(reasons(live())).toContain('canary: a live directory holds one version only');
  });

  it('marks what is chosen, and says what each costs', () => {
    const rows = adviseOn(aRollout({}, 4)).map(({ strategy, isChosen, peak, longestMs }) =>
      [strategy, isChosen ? 'chosen' : '', peak, longestMs === undefined ? '' : longestMs / 60_000].join(' '),
    );
    expect(rows.slice(0, 4)).toEqual([
      'recreate  4 0',
      'ramped  5 10',
      'blueGreen  8 10',
      'canary chosen 8 4',
    ]);
  });

  it('says no time where somebody has to resume', () => {
    const strategy = {
      kind: 'canary' as const,
      steps: [{ kind: 'pause' as const }],
      capacity: 'match' as const,
      earlyPromotion: true,
    };
    const chosen = adviseOn(aRollout({ strategy })).find(({ isChosen }) => isChosen);
    expect(chosen).not.toHaveProperty('longestMs');
    expect(chosen?.peak).toBe(6);
  });
});
