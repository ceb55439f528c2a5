import { expect, it } from 'vitest';
import { judgeVariants } from '../../src/analysis/experiment/variants.ts';
import { describeLines } from '../../src/cli/output/describe.ts';
import { experimentLines } from '../../src/cli/output/experiment.ts';
import { createPaint } from '../../src/cli/output/paint.ts';
import { renderRollout } from '../../src/cli/output/rollout.ts';
import { aReleasingView } from './views.ts';

const plain = createPaint(false);
const blue = { name: 'blue', planned: 0.5, trials: 1_190, events: 57 };
const green = { name: 'green', planned: 0.5, trials: 1_204, events: 67 };
const experiment = judgeVariants([blue, green], { minimumEffect: 0.05 });

it('an experiment shows the users of each variant, what they have done, and how sure the difference is', () => {
  expect(experimentLines(experiment, 100, plain)).toEqual([
    'experiment: undecided — not decided yet: 5.6 % of 1,204 users against 4.8 % of 1,190 users',
    '  variant  users  converted   rate  effect  between',
    '  blue      1190         57  4.79%',
    '  green     1204         67  5.56%  +16.2%  −170.7% to +203.1%',
  ]);
});

it('an experiment is part of what describe and watch show', () => {
  const view = aReleasingView();
  const shown = { ...view, ...(view.release && { release: { ...view.release, experiment } }) };
  const wanted = expect.stringMatching(/green +1204 +67/) as string;
  expect(describeLines(shown, [], plain)).toContainEqual(wanted);
  expect(renderRollout(shown, { width: 100, color: false, events: [] })).toContainEqual(wanted);
});

it('an experiment without users has no rates yet', () => {
  const nobody = { planned: 0.5, trials: 0, events: 0 };
  const shown = judgeVariants(
    [
      { ...blue, ...nobody },
      { ...green, ...nobody },
    ],
    {},
  );
  expect(experimentLines(shown, 100, plain).at(-1)).toMatch(/green +0 +0 *$/);
});
