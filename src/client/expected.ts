import type { ReleaseView } from '../api/resources.ts';
import { formatDuration } from '../base/duration.ts';
import { unreachable } from '../base/unreachable.ts';
import type { Step } from '../strategy/plan.ts';

/** How long something may take, milliseconds; without `mostMs`, as long as somebody lets it. */
export interface Span {
  readonly leastMs: number;
  readonly mostMs?: number;
}

const NOTHING: Span = { leastMs: 0, mostMs: 0 };

/** When each step that is left begins, from now on, by its index; what capacity and routes take is not foreseen. */
export function startsOf(release: ReleaseView, stageMs: number): readonly (Span | undefined)[] {
  let sum = restOf(release, stageMs);
  return release.plan.steps.map((step, index) => {
    if (index <= release.step) return undefined;
    const start = sum;
    sum = together(sum, lengthOf(step));
    return start;
  });
}

/** What is left of the step at hand. */
export function restOf(release: ReleaseView, stageMs: number): Span {
  const step = release.plan.steps[release.step];
  if (step === undefined) return NOTHING;
  const { leastMs, mostMs } = lengthOf(step);
  const spentMs = release.stage === 'wait' ? stageMs : 0;
  const least = Math.max(0, leastMs - spentMs);
  const isOpen = mostMs === undefined || release.paused || release.held !== undefined;
  return isOpen ? { leastMs: least } : { leastMs: least, mostMs: Math.max(0, mostMs - spentMs) };
}

/** When something begins, in words: `in 2m to 14m`. */
export function whenWords({ leastMs, mostMs }: Span): string {
  const least = formatDuration(inSeconds(leastMs));
  if (mostMs === undefined) return leastMs === 0 ? 'when let' : `in ${least} or later`;
  const most = formatDuration(inSeconds(mostMs));
  if (mostMs < 1_000) return 'at once';
  if (least === most) return `in ${most}`;
  return leastMs < 1_000 ? `within ${most}` : `in ${least} to ${most}`;
}

function inSeconds(ms: number): number {
  return ms < 1_000 ? 0 : Math.round(ms / 1_000) * 1_000;
}

function lengthOf({ wait, hurdles = [] }: Step): Span {
  const own = waitOf(wait);
  return hurdles.length === 0 ? own : { leastMs: own.leastMs };
}

function waitOf(wait: Step['wait']): Span {
  switch (wait.kind) {
    case 'none':
      return NOTHING;
    case 'pause':
      return wait.forMs === undefined ? { leastMs: 0 } : { leastMs: wait.forMs, mostMs: wait.forMs };
    case 'analyze':
      return { leastMs: wait.early ? wait.atLeastMs : wait.atMostMs, mostMs: wait.atMostMs };
    case 'experiment':
      return { leastMs: wait.untilDecided ? 0 : wait.atMostMs, mostMs: wait.atMostMs };
    default:
      return unreachable(wait);
  }
}

function together(a: Span, b: Span): Span {
  const leastMs = a.leastMs + b.leastMs;
  return a.mostMs === undefined || b.mostMs === undefined
    ? { leastMs }
    : { leastMs, mostMs: a.mostMs + b.mostMs };
}
