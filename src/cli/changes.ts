import { formatShare } from '../base/share.ts';
import type { RolloutView } from '../api/resources.ts';
import { progressWords } from '../client/words.ts';

/** Says on one line where a Rollout is, whenever that changed in a way worth a line. */
export class Changes {
  readonly #last = new Map<string, string>();

  /** The line; undefined when nothing changed but figures. */
  line(view: RolloutView): string | undefined {
    const position = positionOf(view);
    if (this.#last.get(view.name) === position) return undefined;
    this.#last.set(view.name, position);
    return `${position}  ${view.message}`;
  }
}

function positionOf(view: RolloutView): string {
  const { release, route } = view;
  const split = route?.map(({ track, weight }) => `${track} ${formatShare(weight)}`).join(', ') ?? '';
  const step =
    release === undefined
      ? (view.stable ?? '')
      : `step ${release.step + 1}/${release.plan.steps.length} ${stageOf(view)}`;
  const verdict = release?.judgement?.verdict ?? '';
  return [view.name, view.phase, step, split, verdict].filter((part) => part !== '').join('  ');
}

/** The stage in words; without how long the wait has lasted. */
function stageOf({ release }: RolloutView): string {
  if (release === undefined) return '';
  return release.stage === 'wait' && !release.paused ? 'waiting' : progressWords(release);
}
