import { describe, expect, it } from 'vitest';
import { aRollout } from '../../test/engine/rollouts.ts';
import { refuseHiddenValues, withoutValues } from './hidden-values.ts';

const DOCUMENT = {
  metadata: { name: 'shop' },
  spec: {
    workload: { process: { command: ['node'], env: { TOKEN: 'hunter22', LEVEL: '1' } } },
    strategy: {},
  },
};

describe('values of the environment', () => {
  it('are not shown, their names are', () => {
    const shown = withoutValues(DOCUMENT);
    expect(JSON.stringify(shown)).not.toContain('hunter22');
    expect(shown).toMatchObject({ spec: { workload: { process: { env: { TOKEN: '(not shown)' } } } } });
  });

  it('are refused when what was shown comes back in their place', () => {
    const { workload, ...rest } = aRollout();
    const shown = { ...rest, workload: { ...workload, env: { TOKEN: '(not shown)', LEVEL: '1' } } };
    expect(() => {
      refuseHiddenValues(shown);
    }).toThrow(/no value for TOKEN/);
    expect(() => {
      refuseHiddenValues(aRollout());
    }).not.toThrow();
  });

  it('need not be there', () => {
    expect(withoutValues({ metadata: { name: 'shop' } })).toEqual({ metadata: { name: 'shop' } });
  });
});
