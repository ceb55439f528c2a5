import { formatDuration } from '../../base/duration.ts';
import { unreachable } from '../../base/unreachable.ts';
import type { ReleaseView } from '../../api/resources.ts';
import type { Outcome, Phase, Verdict } from '../../rollout/model.ts';
import type { Hurdle, Step, Wait } from '../../strategy/plan.ts';
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

/** What a step waits for, before it has begun: its gates and hooks at their places, and its wait. */
export function stepWaitWords({ wait, hurdles = [] }: Step): string {
  const named = (before: Hurdle['before'], place: (name: string) => string): readonly string[] =>
    hurdles.filter((one) => one.before === before).map(({ kind, name }) => place(`${kind} ${name}`));
  const words = [
    ...named('start', (name) => `first ${name}`),
    ...named('route', (name) => `${name} before traffic`),
    ...named('wait', (name) => name),
    ...(wait.kind === 'none' ? [] : [waitWords(wait)]),
    ...named('next', (name) => `then ${name}`),
  ];
  return words.length === 0 ? '-' : words.join(', ');
}

function waitWords(wait: Exclude<Wait, { kind: 'none' }>): string {
  switch (wait.kind) {
    case 'pause':
      return wait.forMs === undefined ? 'until resumed' : formatDuration(wait.forMs);
    case 'analyze': {
      const least = wait.early ? `${formatDuration(wait.atLeastMs)} to ` : '';
      const most = wait.requests === undefined ? '' : `${wait.requests} requests or `;
      return `judged, ${least}${most}${formatDuration(wait.atMostMs)}`;
    }
    case 'experiment': {
      const users = wait.users === undefined ? '' : ` or ${wait.users} users`;
      return `${wait.untilDecided ? 'until decided, ' : ''}at most ${formatDuration(wait.atMostMs)}${users}`;
    }
    default:
      return unreachable(wait);
  }
}

/** What the step at hand is doing. */
export function progressWords(release: ReleaseView): string {
  if (release.paused) return 'paused';
  if (release.held !== undefined) return `at the ${release.held.kind} ${release.held.name}`;
  return STAGE_WORDS[release.stage](release);
}

const STAGE_WORDS: Readonly<Record<ReleaseView['stage'], (release: ReleaseView) => string>> = {
  start: () => 'about to start',
  grow: () => 'starting processes',
  route: () => 'moving traffic',
  shrink: () => 'stopping processes',
  wait: ({ plan, step, stageMs }) => {
    const wait = plan.steps[step]?.wait ?? { kind: 'none' };
    return wait.kind === 'none' ? 'done' : `${formatDuration(stageMs)}; ${waitWords(wait)}`;
  },
};
