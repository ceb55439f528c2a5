import { expect, it } from 'vitest';
import type { VariantJudgement } from '../analysis/experiment/variants.ts';
import type { Verdict } from '../rollout/model.ts';
import { ExperimentWatch } from './timeline.ts';

function found(users: number, verdict: Verdict): VariantJudgement {
  const arm = { trials: users / 2, events: 0 };
  return {
    verdict,
    reason: '',
    isDecided: false,
    control: { name: 'blue', ...arm },
    candidates: [{ name: 'green', ...arm, verdict, isDecided: false }],
  };
}

it('tells of an experiment as its users double, and once of each thing that it finds', () => {
  const watch = new ExperimentWatch();
  const told = (
    [
      [10, 'undecided'],
      [1_000, 'undecided'],
      [1_500, 'undecided'],
      [1_600, 'good'],
      [1_700, 'undecided'],
      [1_800, 'good'],
      [3_300, 'good'],
      [20, 'undecided'],
      [30, 'good'],
    ] as const
  ).filter(([users, verdict]) => watch.isNew(found(users, verdict)));
  expect(told).toEqual([
    [1_000, 'undecided'],
    [1_600, 'good'],
    [3_300, 'good'],
    [30, 'good'],
  ]);
});
