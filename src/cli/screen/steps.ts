import type { EventView, ReleaseView } from '../../api/resources.ts';
import { formatDuration } from '../../base/duration.ts';
import { restOf, startsOf, whenWords, type Span } from '../../client/expected.ts';
import { STEP_MARKS, stepState } from '../output/steps.ts';
import { fit, padEnd, padStart, widthOf } from '../output/text.ts';
import { progressWords, stepWaitWords } from '../../client/words.ts';

import type { Drawing } from './head.ts';
import { growing, windowStart, type Section } from './layout.ts';

const WIDEST_TITLE = 36;
const NARROWEST_TITLE = 10;
/** What the words beside a title need to say something. */
const WORDS = 32;

/** What is shown of steps. */
export interface Steps {
  readonly release: ReleaseView;
  /** How long the stage has lasted by now, milliseconds. */
  readonly stageMs: number;
  /** Of this Rollout, oldest first: they say when steps began. */
  readonly events: readonly EventView[];
}

/** The steps that are done, with how long they took; the one at hand; and when each of the others is expected. */
export function stepsSection(steps: Steps, { width, paint }: Drawing): Section {
  const { release } = steps;
  const { length } = release.plan.steps;
  const room = Math.max(NARROWEST_TITLE, Math.min(WIDEST_TITLE, width - WORDS));
  const titles = Math.min(room, Math.max(...release.plan.steps.map(({ title }) => widthOf(title))));
  const began = beginnings(steps);
  const starts = startsOf(release, steps.stageMs);
  const lines = release.plan.steps.map((step, index) => {
    const state = stepState(release, index);
    const number = padStart(String(index + 1), String(length).length);
    const words = {
      done: () => doneWords(began, index),
      now: () => nowWords(steps),
      left: () => 'going back',
      toCome: () => aheadWords(starts[index], stepWaitWords(step)),
    }[state]();
    const line = `${STEP_MARKS[state]} ${number}/${length}  ${padEnd(fit(step.title, titles), titles)}  ${words}`;
    if (state === 'toCome' || state === 'done') return paint.dim(line);
    return paint.bold(line);
  });
  return {
    rank: 4,
    forms: growing(length, (count) => {
      const start = windowStart(release.step, count, length);
      return lines.slice(start, start + count);
    }),
  };
}

/** When each step began, by its index, as far as events say. */
function beginnings({ release, events }: Steps): ReadonlyMap<number, number> {
  const began = new Map<number, number>();
  for (const { type, message, at, release: number } of events) {
    if (number !== release.number || (type !== 'StepStarted' && type !== 'Promoting')) continue;
    const [, step] = /^step (\d+) of /.exec(message) ?? [];
    if (step !== undefined) began.set(Number(step) - 1, at);
  }
  return began;
}

function doneWords(began: ReadonlyMap<number, number>, index: number): string {
  const from = began.get(index);
  const to = began.get(index + 1);
  return from === undefined || to === undefined ? 'done' : `done in ${formatDuration(round(to - from))}`;
}

function nowWords({ release, stageMs }: Steps): string {
  const words = progressWords({ ...release, stageMs: round(stageMs) });
  if (release.paused || release.held !== undefined || release.stage !== 'wait') return words;
  const { mostMs } = restOf(release, stageMs);
  return mostMs === undefined || mostMs === 0
    ? words
    : `${words}; at most ${formatDuration(round(mostMs))} more`;
}

function aheadWords(start: Span | undefined, wait: string): string {
  const when = start === undefined ? '' : whenWords(start);
  return wait === '-' ? when : `${when}  ${wait}`;
}

function round(ms: number): number {
  return ms < 1_000 ? 0 : Math.round(ms / 1_000) * 1_000;
}
