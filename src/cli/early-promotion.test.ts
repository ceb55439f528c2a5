import { expect, it } from 'vitest';
import { resolveRollout } from '../rollout/resolve/rollout.ts';
import { compilePlan } from '../strategy/compile.ts';
import { earlyWarnings } from './early-promotion.ts';

const ERRORS = { name: 'errors', errors: {}, worseBy: '50%', safe: '2x' };
const LATENCY = { name: 'latency', latency: {}, worseBy: '10%' };
const MEMORY = { name: 'memory', usage: 'memory', worseBy: '20%' };
const LIMIT = { name: 'slowest', latency: {}, max: '1s' };

function warnings(checks: readonly object[], canary: object = { weights: ['5%', '50%'] }): readonly string[] {
  const rollout = resolveRollout({
    metadata: { name: 'shop' },
    spec: {
      workload: { process: { from: '.', command: ['node'] } },
      traffic: { gateway: {} },
      strategy: { canary },
      analysis: { checks },
    },
  });
  return earlyWarnings(rollout, compilePlan(rollout, { hasStable: true, direct: false }));
}

it('tells of each check that holds no step up where another one ends it', () => {
  expect(warnings([ERRORS, LATENCY, MEMORY, LIMIT])).toEqual([
    'latency holds no step up: once errors proved the new version safe, a step may be over after 30s, whatever latency has seen by then; give it safe, or steps a longer atLeast, or write earlyPromotion: false',
    'memory holds no step up: once errors proved the new version safe, a step may be over after 30s, whatever memory has seen by then; give steps a longer atLeast, or write earlyPromotion: false',
  ]);
});

it('names the shortest step', () => {
  const steps = [{ weight: '5%' }, { analyze: { atLeast: '4s' } }, { weight: '50%' }, { analyze: {} }];
  expect(warnings([ERRORS, LATENCY], { steps }).join()).toContain('may be over after 4s');
});

it.each<[string, readonly object[], object?]>([
  ['every check proves safety', [ERRORS, { ...LATENCY, safe: '1.5x' }]],
  ['none does, so that each step takes its longest time', [LATENCY, MEMORY]],
  ['no step ends early', [ERRORS, LATENCY], { weights: ['5%'], earlyPromotion: false }],
  ['others are limits', [ERRORS, LIMIT]],
])('says nothing where %s', (...[, checks, canary]) => {
  expect(warnings(checks, canary)).toEqual([]);
});
