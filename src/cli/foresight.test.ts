import { describe, expect, it } from 'vitest';
import { Failure } from '../base/failure.ts';
import { compilePlan } from '../strategy/compile.ts';
import { anAnalysis, aRollout } from '../../test/engine/rollouts.ts';
import { foresightOf, trafficFor } from './foresight.ts';

const SEEN = { requestsPerSecond: 50, errorRatio: 0.01, latency: [[100, 1]] as const };

describe('the traffic that a plan is made for', () => {
  it('is what was seen, what was given over it, or none', () => {
    expect(trafficFor({}, undefined)).toBeUndefined();
    expect(trafficFor({}, SEEN)).toEqual({ traffic: SEEN, from: 'seen' });
    expect(trafficFor({ traffic: '200', errorRate: '0.1%' }, SEEN)).toEqual({
      traffic: { ...SEEN, requestsPerSecond: 200, errorRatio: 0.001 },
      from: 'given',
    });
  });

  it.each([
    [{ traffic: 'much' }, '--traffic much is not a rate'],
    [{ traffic: '-1' }, '--traffic -1 is not a rate'],
    [{ traffic: '5', errorRate: '0.1' }, '--error-rate 0.1 is not a share'],
    [{ traffic: '5', latency: '80ms' }, '--latency 80ms is not'],
    [{ traffic: '5', latency: '80ms,20ms' }, '--latency 80ms,20ms is not'],
    [{ errorRate: '1%' }, 'no traffic was seen yet'],
  ])('refuses %j', (options, message) => {
    expect(() => trafficFor(options, undefined)).toThrow(Failure);
    expect(() => trafficFor(options, undefined)).toThrow(message);
  });
});

describe('the foresight', () => {
  const rollout = aRollout({ analysis: anAnalysis() });
  const plan = compilePlan(rollout, { hasStable: true, direct: false });
  const traffic = trafficFor({ traffic: '200', errorRate: '0.1%', latency: '80ms,287ms' }, undefined);

  it('tells of each analysed step and each check', () => {
    const foresight = foresightOf(rollout, plan, traffic);
    expect(foresight?.steps.map(({ title, candidateRate }) => [title, candidateRate])).toEqual([
      ['canary 5%', 10],
      ['canary 50%', 100],
    ]);
    expect(foresight?.steps[0]?.checks.map(({ name }) => name)).toEqual(['errors', 'latency']);
  });

  it('doubts a step that is too short for the proof asked for', () => {
    expect(foresightOf(rollout, plan, traffic)?.doubts).toContainEqual(
      expect.stringMatching(
        /^canary 5%, errors: a proof of safety takes about \d+m, so the step ends after 2m/,
      ),
    );
  });

  it('takes longer beside a baseline, of which less is known than of all of stable', () => {
    const { strategy } = rollout;
    if (strategy.kind !== 'canary') throw new Error('the default is a canary');
    const beside = compilePlan(
      { ...rollout, strategy: { ...strategy, baseline: true } },
      { hasStable: true, direct: false },
    );
    const foundMs = (of: typeof plan): number | undefined =>
      foresightOf(rollout, of, traffic)?.steps[0]?.checks[1]?.harms.at(-1)?.foundMs;
    expect(foundMs(plan)).toBeLessThan(foundMs(beside) ?? 0);
  });

  it('is none without traffic or checks', () => {
    expect(foresightOf(rollout, plan, undefined)).toBeUndefined();
    const { analysis: _, ...unjudged } = rollout;
    expect(foresightOf(unjudged, plan, traffic)).toBeUndefined();
  });
});
