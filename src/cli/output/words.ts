import { formatDuration } from '../../base/duration.ts';
import { unreachable } from '../../base/unreachable.ts';
import type { ReleaseView } from '../../api/resources.ts';
import type { Outcome, Phase, Verdict } from '../../rollout/model.ts';
import type { Wait } from '../../strategy/plan.ts';
import type { Paint } from './paint.ts';

type Tone = 'green' | 'yellow' | 'red' | 'cyan';

const PHASE_TONES: Readonly<Record<Phase, Tone>> = {
  Pending: 'yellow',
  Progressing: 'cyan',
  Paused: 'yellow',
  Waiting: 'yellow',
  Promoting: 'cyan',
  RollingBack: 'red',
  Healthy: 'green',
  Degraded: 'red',
};

const OUTCOME_TONES: Readonly<Record<Outcome, Tone>> = {
  promoted: 'green',
  completed: 'green',
  rolledBack: 'red',
  aborted: 'yellow',
  failed: 'red',
};

const OUTCOME_WORDS: Readonly<Record<Outcome, string>> = {
  promoted: 'promoted',
  completed: 'completed',
  rolledBack: 'rolled back',
  aborted: 'aborted',
  failed: 'failed',
};

const VERDICT_TONES: Readonly<Record<Verdict, Tone>> = {
  good: 'green',
  undecided: 'cyan',
  invalid: 'yellow',
  bad: 'red',
};

/** A phase, in its colour. */
export function phaseWord(phase: Phase, paint: Paint): string {
  return paint[PHASE_TONES[phase]](phase);
}

/** An outcome, in its colour. */
export function outcomeWord(outcome: Outcome, paint: Paint): string {
  return paint[OUTCOME_TONES[outcome]](OUTCOME_WORDS[outcome]);
}

/** A verdict, in its colour. */
export function verdictWord(verdict: Verdict, paint: Paint): string {
  return paint[VERDICT_TONES[verdict]](verdict);
}

/** What a step waits for, before it has begun. */
export function waitWords(wait: Wait): string {
  switch (wait.kind) {
    case 'none':
      return '-';
    case 'pause':
      return wait.forMs === undefined ? 'until resumed' : formatDuration(wait.forMs);
    case 'analyze': {
      const least = wait.early ? `${formatDuration(wait.atLeastMs)} to ` : '';
      return `judged, ${least}${formatDuration(wait.atMostMs)}`;
    }
    default:
      return unreachable(wait);
  }
}

/** What the step at hand is doing. */
export function progressWords(release: ReleaseView): string {
  const wait = release.plan.steps[release.step]?.wait ?? { kind: 'none' };
  if (release.paused) return 'paused';
  switch (release.stage) {
    case 'grow':
      return 'starting processes';
    case 'route':
      return 'moving traffic';
    case 'shrink':
      return 'stopping processes';
    case 'wait':
      return wait.kind === 'none' ? 'done' : `${formatDuration(release.stageMs)}; ${waitWords(wait)}`;
    default:
      return unreachable(release.stage);
  }
}
