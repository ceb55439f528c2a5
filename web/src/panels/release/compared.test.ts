import { describe, expect, it } from 'vitest';
import type { RevisionId } from '../../../../src/rollout/model.ts';
import type { ReleaseView } from '../../../../src/client/index.ts';
import { comparedFirst } from './compared.ts';

const [A, B, C] = ['r1-a', 'r1-b', 'r1-c'] as RevisionId[] as [RevisionId, RevisionId, RevisionId];
const KNOWN = [{ id: C }, { id: B }, { id: A }];

describe('the two versions that are compared at first', () => {
  it.each([
    [
      'both of a release that runs',
      { stable: A, wanted: C, release: { from: A, to: B } as ReleaseView },
      [A, B],
    ],
    ['what is wanted beside what is stable', { stable: A, wanted: B }, [A, B]],
    ['what is stable beside the newest other', { stable: C, wanted: C }, [B, C]],
    ['none where a version is not known', { stable: A, wanted: 'r1-x' as RevisionId }, undefined],
    ['none before anything was released', {}, undefined],
  ])('are %s', (_, rollout, pair) => {
    expect(comparedFirst(rollout, KNOWN)).toEqual(pair);
  });

  it('are none where there is one alone', () => {
    expect(comparedFirst({ stable: A, wanted: A }, [{ id: A }])).toBeUndefined();
    expect(comparedFirst({ wanted: A, release: { to: A } as ReleaseView }, [{ id: A }])).toBeUndefined();
  });
});
