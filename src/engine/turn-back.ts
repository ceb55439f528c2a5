import { formatDuration } from '../base/duration.ts';
import type { Rollout } from '../rollout/model.ts';
import { isExclusive, type Plan } from '../strategy/plan.ts';
import { groupOf, isCommitted, stepOf, type ReleaseLook } from './look.ts';
import type { Back } from './status.ts';

/** The way back may take this long before it is forced: then traffic goes to stable, ready or not, and the release ends. */
const LONGEST_WAY_BACK_MS = 60_000;
/** A process that must be gone before stable starts drains first, and then has as long again to stop. */
const STOP_MARGIN_MS = 10_000;

/**
 * How long the way back may take, in milliseconds: a tenth of a short deadline, so that the outcome is there within
 * it, but long enough for the candidate to stop where the two may not run together.
 */
export function longestWayBackMs({ deadlineMs, workload }: Rollout, plan: Plan): number {
  const usualMs = Math.min(LONGEST_WAY_BACK_MS, deadlineMs / 10);
  if (!isExclusive(plan)) return usualMs;
  return Math.min(deadlineMs / 2, Math.max(usualMs, 2 * workload.stop.drainMs + STOP_MARGIN_MS));
}

/** Why a release must go back now; undefined while it may go on. Pauses and missing data never suspend this. */
export function reasonToGoBack(look: ReleaseLook): Back | undefined {
  if (isCommitted(look.release)) return undefined;
  return superseded(look) ?? cannotStayUp(look) ?? foundBad(look) ?? outOfTime(look);
}

function superseded({ rollout, seen, release }: ReleaseLook): Back | undefined {
  const wanted = seen.wanted?.revision;
  if (wanted === undefined || wanted === release.to) return undefined;
  // While suspended another revision is seen, not released; and so not gone back for.
  if (rollout.suspend && wanted !== release.from) return undefined;
  const reason = wanted === release.from ? 'the stable revision is wanted again' : `superseded by ${wanted}`;
  return { kind: 'back', outcome: 'aborted', reason, reject: false };
}

function cannotStayUp({ seen, release }: ReleaseLook): Back | undefined {
  const failing = groupOf(seen, release.to)?.failing;
  if (failing === undefined) return undefined;
  return rolledBack(`the new version cannot stay up: ${failing}`);
}

function foundBad({ release }: ReleaseLook): Back | undefined {
  const { judgement } = release;
  return judgement?.verdict === 'bad' ? rolledBack(judgement.reason) : undefined;
}

function outOfTime({ rollout, release }: ReleaseLook): Back | undefined {
  const limitMs = rollout.deadlineMs - longestWayBackMs(rollout, release.plan);
  if (rollout.onDeadline === 'hold' || release.ageMs < limitMs) return undefined;
  const where = `step ${release.step + 1} of ${release.plan.steps.length}, ${stepOf(release).title}`;
  return rolledBack(`not finished within its deadline of ${formatDuration(rollout.deadlineMs)} (${where})`);
}

/** The direction of a release that the engine itself turns back. */
export function rolledBack(reason: string): Back {
  return { kind: 'back', outcome: 'rolledBack', reason, reject: true };
}
