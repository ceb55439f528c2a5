import type { ReleaseView } from '../api/resources.ts';
import { formatDuration } from '../base/duration.ts';
import { unreachable } from '../base/unreachable.ts';
import type { Hurdle, Step, Wait } from '../strategy/plan.ts';

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
