import { describe, expect, it } from 'vitest';
import { parseRollouts } from '../../config/read.ts';
import { DEMO_STRATEGIES, type DemoStrategy } from './strategies.ts';
import { shopDocument } from './versions.ts';

describe('the Rollout of the demo', () => {
  it.each(Object.entries<DemoStrategy>(DEMO_STRATEGIES))('is valid by the strategy %s', (name, strategy) => {
    const text = shopDocument('/tmp/a "strange" place', strategy);
    const [declared] = parseRollouts(text, { file: 'demo.yaml', format: 'yaml' });
    expect(declared?.rollout.strategy.kind).toBe(name);
    expect(declared?.rollout.workload).toMatchObject({ from: { path: '/tmp/a "strange" place' } });
    expect(declared?.rollout.analysis?.checks.length ?? 0).toBe(
      { canary: 2, ramped: 2, shadow: 2, blueGreen: 1, ab: 0, recreate: 0 }[name],
    );
  });
});
