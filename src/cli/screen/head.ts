import { formatDuration } from '../../base/duration.ts';
import type { RolloutView } from '../../api/resources.ts';
import type { Paint } from '../output/paint.ts';
import { wrap } from '../output/text.ts';
import { outcomeWord, phaseWord } from '../output/words.ts';
import { flow, type Section } from './layout.ts';

/** As much of a message as stands at the head. */
const MESSAGE_LINES = 3;

/** How to draw. */
export interface Drawing {
  readonly width: number;
  readonly paint: Paint;
  /** Wall clock, milliseconds. */
  readonly now: number;
}

/** Who it is, where it stands, from which version to which, for how long and until when. */
export function headSection(view: RolloutView, elapsedMs: number, { width, paint }: Drawing): Section {
  const lines = flow(
    [paint.bold(view.name), phaseWord(view.phase, paint), ...releaseParts(view, elapsedMs)],
    width,
  );
  const told = messageLines(view, { width, paint });
  return {
    rank: 1,
    forms: [lines.slice(0, 1), lines, ...told.map((_, index) => [...lines, ...told.slice(0, index + 1)])],
  };
}

function releaseParts({ release, stable }: RolloutView, elapsedMs: number): readonly string[] {
  if (release === undefined) return [stable ?? 'nothing released yet'];
  const ageMs = wholeSeconds(release.ageMs + elapsedMs);
  const leftMs = wholeSeconds(Math.max(0, release.deadlineMs - release.ageMs - elapsedMs));
  return [
    `release ${release.number}`,
    `${release.from ?? 'nothing'} → ${release.to}`,
    `${formatDuration(ageMs)} old, ${formatDuration(leftMs)} left`,
  ];
}

function wholeSeconds(ms: number): number {
  return Math.round(ms / 1_000) * 1_000;
}

function messageLines(
  view: RolloutView,
  { width, paint }: Pick<Drawing, 'width' | 'paint'>,
): readonly string[] {
  const { release, lastOutcome, following, address } = view;
  const back = release?.goingBack;
  const told = [
    ...(back === undefined ? [] : [`going back (${outcomeWord(back.outcome, paint)}): ${back.reason}`]),
    view.message,
    ...(following?.problem === undefined
      ? []
      : [`cannot follow ${following.rollout}: ${following.problem.message}`]),
    ...(release !== undefined || lastOutcome === undefined
      ? []
      : [`release ${lastOutcome.release} ${outcomeWord(lastOutcome.outcome, paint)}: ${lastOutcome.reason}`]),
  ];
  const lines = told.flatMap((text) => wrap(text, width).slice(0, MESSAGE_LINES));
  return address === undefined ? lines : [...lines, paint.dim(address)];
}
