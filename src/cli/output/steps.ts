import type { ReleaseView } from '../../api/resources.ts';
import type { Paint } from './paint.ts';
import { table } from './table.ts';
import { progressWords, stepWaitWords } from '../../client/words.ts';

/** The steps of a release: what is done, what goes on, what is to come. */
export function stepLines(release: ReleaseView, paint: Paint): string[] {
  const rows = release.plan.steps.map((step, index) => {
    const state = stepState(release, index);
    return [STEP_MARKS[state], String(index + 1), step.title, wordsFor(release, index)];
  });
  return table([{ title: '' }, { title: '#', right: true }, { title: 'step' }, { title: 'state' }], rows).map(
    (line, index) => (index - 1 === release.step ? paint.bold(line) : line),
  );
}

/** Where a release stands with one of its steps; `left`: it goes back from there. */
export type StepState = 'done' | 'now' | 'left' | 'toCome';

/** How each is marked. */
export const STEP_MARKS: Readonly<Record<StepState, string>> = {
  done: '✓',
  now: '▸',
  left: '✗',
  toCome: '·',
};

/** Where a release stands with the step of an index. */
export function stepState(release: ReleaseView, index: number): StepState {
  if (index < release.step) return 'done';
  if (index > release.step) return 'toCome';
  return release.goingBack === undefined ? 'now' : 'left';
}

function wordsFor(release: ReleaseView, index: number): string {
  const step = release.plan.steps[index];
  switch (stepState(release, index)) {
    case 'done':
      return 'done';
    case 'now':
      return progressWords(release);
    case 'left':
      return 'going back';
    case 'toCome':
      return step === undefined ? '' : stepWaitWords(step).replace(/^-$/, '');
  }
}
