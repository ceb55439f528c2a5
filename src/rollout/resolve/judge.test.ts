import { expect, test } from 'vitest';
import { examineRollout } from './rollout.ts';

function findingsOf(check: object): readonly string[] {
  const document = {
    metadata: { name: 'shop' },
    spec: {
      workload: { process: { from: '.', command: ['node'] } },
      traffic: { gateway: {} },
      strategy: { canary: { weights: ['5%'] } },
      analysis: { checks: [{ name: 'c', ...check }] },
    },
  };
  return examineRollout(document).findings.map(({ path, reason }) => `${path} ${reason}`);
}

test.each([
  [{ usage: 'restarts', worseBy: '10%', floor: '2' }, []],
  [{ usage: 'cpu', max: '2' }, []],
  [{ usage: 'restarts', max: 3 }, ['spec.analysis.checks[0].usage restarts are compared with stable']],
  [
    { usage: 'restarts', condition: 'candidate < 3' },
    ['spec.analysis.checks[0].usage restarts are compared with stable'],
  ],
])('%j', (check, findings) => {
  expect(findingsOf(check)).toEqual(findings);
});
