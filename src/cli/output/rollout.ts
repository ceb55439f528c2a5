import { formatDuration } from '../../base/duration.ts';
import { timeOfDay } from '../../base/date-time.ts';
import type { EventView, RolloutView } from '../../api/resources.ts';
import { evidenceLines } from './evidence.ts';
import { experimentLines } from './experiment.ts';
import { createPaint, type Paint } from './paint.ts';
import { stepLines } from './steps.ts';
import { fit, wrap } from './text.ts';
import { splitLines, trackLines } from './tracks.ts';
import { outcomeWord, phaseWord } from './words.ts';

/** How to show a Rollout. */
export interface RolloutLook {
  /** Columns; lines are cut there. */
  readonly width: number;
  readonly color: boolean;
  /** Shown below, oldest first. */
  readonly events: readonly EventView[];
}

/** One Rollout, live: where it is, its steps, who is served what, the evidence, what happened last. */
export function renderRollout(view: RolloutView, { width, color, events }: RolloutLook): string[] {
  const paint = createPaint(color);
  const { release } = view;
  const sections = [
    headerLines(view, width, paint),
    release === undefined ? outcomeLines(view, width, paint) : stepLines(release, paint),
    splitLines(view, width, paint),
    trackLines(view),
    release?.experiment === undefined ? [] : experimentLines(release.experiment, width, paint),
    release?.judgement === undefined ? [] : evidenceLines(release.judgement, width, paint),
    events.map((event) => eventLine(event, paint)),
  ];
  return sections
    .filter((section) => section.length > 0)
    .flatMap((section, index) => (index === 0 ? section : ['', ...section]))
    .map((line) => fit(line, width));
}

function headerLines(view: RolloutView, width: number, paint: Paint): string[] {
  const { release } = view;
  const versions =
    release === undefined
      ? (view.stable ?? 'nothing released yet')
      : `release ${release.number}: ${release.from ?? 'nothing'} → ${release.to}, ${formatDuration(release.ageMs)} of at most ${formatDuration(release.deadlineMs)}`;
  return [
    `${paint.bold(view.name)}  ${phaseWord(view.phase, paint)}  ${versions}`,
    ...wrap(view.message, width),
    ...followingLines(view, width),
    ...(release?.goingBack === undefined
      ? []
      : wrap(
          `going back (${outcomeWord(release.goingBack.outcome, paint)}): ${release.goingBack.reason}`,
          width,
        )),
    ...(view.address === undefined ? [] : [paint.dim(view.address)]),
  ];
}

function followingLines({ following }: RolloutView, width: number): string[] {
  if (following?.problem === undefined) return [];
  return wrap(`cannot follow ${following.rollout}: ${following.problem.message}`, width);
}

function outcomeLines({ lastOutcome }: RolloutView, width: number, paint: Paint): string[] {
  if (lastOutcome === undefined) return [];
  const { release, revision, outcome, reason } = lastOutcome;
  return wrap(`release ${release} of ${revision} ${outcomeWord(outcome, paint)}: ${reason}`, width);
}

/** One event on one line. */
export function eventLine(event: EventView, paint: Paint): string {
  return `${paint.dim(timeOfDay(event.at))}  ${event.type}  ${event.message}`;
}
