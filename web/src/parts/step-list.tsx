import {
  formatDuration,
  progressWords,
  restOf,
  startsOf,
  stepWaitWords,
  whenWords,
} from '../../../src/client/browser.ts';
import type { ReleaseView } from '../../../src/client/index.ts';

type State = 'done' | 'now' | 'left' | 'ahead';

const MARKS: Readonly<Record<State, string>> = { done: '✓', now: '▸', left: '✗', ahead: '·' };
const NAMES: Readonly<Record<State, string>> = { done: 'done', now: 'now', left: 'left', ahead: 'to come' };

/** The steps of a release: those behind, the one at hand, and when each of the others is expected. */
export function StepList({ release }: { release: ReleaseView }) {
  const starts = startsOf(release, release.stageMs);
  return (
    <ol class="step-list">
      {release.plan.steps.map((step, index) => {
        const state = stateOf(release, index);
        const wait = stepWaitWords(step);
        const start = starts[index];
        return (
          <li
            key={index}
            data-state={state}
            {...(state === 'now' ? { 'aria-current': 'step' as const } : {})}
          >
            <span>
              <span aria-hidden="true">{MARKS[state]}</span>
              <span class="hidden">{NAMES[state]}:</span>
            </span>
            <span>
              {index + 1}. {step.title}
            </span>
            <span class="quiet figures">
              {state === 'now' && nowWords(release)}
              {state === 'left' && 'going back'}
              {state === 'ahead' && release.goingBack === undefined && start !== undefined && (
                <>
                  {whenWords(start)}
                  {wait !== '-' && `: ${wait}`}
                </>
              )}
            </span>
          </li>
        );
      })}
    </ol>
  );
}

function stateOf({ step, goingBack }: ReleaseView, index: number): State {
  if (index < step) return 'done';
  if (index > step) return 'ahead';
  return goingBack === undefined ? 'now' : 'left';
}

function nowWords(release: ReleaseView): string {
  const words = progressWords({ ...release, stageMs: inSeconds(release.stageMs) });
  if (release.paused || release.held !== undefined || release.stage !== 'wait') return words;
  const { mostMs } = restOf(release, release.stageMs);
  return mostMs === undefined || mostMs < 1_000
    ? words
    : `${words}; at most ${formatDuration(inSeconds(mostMs))} more`;
}

function inSeconds(ms: number): number {
  return Math.round(ms / 1_000) * 1_000;
}
