import { formatDuration } from '../base/duration.ts';
import type { Rollout } from '../rollout/model.ts';
import { isExclusive, type Plan } from '../strategy/plan.ts';
import { backWithGroup } from './group.ts';
import { groupOf, isCommitted, stepOf, type ReleaseLook } from './look.ts';
import type { Back } from './status.ts';
import { candidatesOf, isReleaseOf } from './variants.ts';

/** The way back may take this long before it is forced: then traffic goes to stable, ready or not, and the release ends. */
const LONGEST_WAY_BACK_MS = 60_000;
/** A process that must be gone before stable starts drains first, and then has as long again to stop. */
const STOP_MARGIN_MS = 10_000;

/**
 * How long the way back may take, in milliseconds: a tenth of a short deadline, so that the outcome is there within
 * it, but long enough for the candidate to stop where the two may not run together, and for each step that is retraced.
 */
export function longestWayBackMs({ deadlineMs, workload }: Rollout, plan: Plan): number {
  const usualMs = Math.min(LONGEST_WAY_BACK_MS, deadlineMs / 10);
  if (plan.retraces === true) return Math.min(deadlineMs / 2, usualMs * (plan.steps.length + 1));
  if (!isExclusive(plan)) return usualMs;
  return Math.min(deadlineMs / 2, Math.max(usualMs, 2 * workload.stop.drainMs + STOP_MARGIN_MS));
}

/** Why a release must go back now; undefined while it may go on. Pauses and missing data never suspend this. */
export function reasonToGoBack(look: ReleaseLook): Back | undefined {
  if (isCommitted(look.release)) return undefined;
  return superseded(look) ?? backWithGroup(look) ?? cannotStayUp(look) ?? foundBad(look) ?? outOfTime(look);
}

function superseded({ rollout, seen: { wanted }, release }: ReleaseLook): Back | undefined {
  if (wanted === undefined || isReleaseOf(release, wanted)) return undefined;
  const { revision, together } = wanted;
  // The wanted revision is what it takes back.
  if (release.undoes !== undefined && together === release.together) return undefined;
  // While suspended another revision is seen, not released; and so not gone back for.
  if (rollout.suspend && revision !== release.from) return undefined;
  const reason =
    revision === release.from ? 'the stable revision is wanted again' : `superseded by ${revision}`;
  return { kind: 'back', outcome: 'aborted', reason, reject: false };
}

function cannotStayUp({ seen, release }: ReleaseLook): Back | undefined {
  for (const revision of candidatesOf(release)) {
    const failing = groupOf(seen, revision)?.failing;
    const which = release.variants === undefined ? 'the new version' : `the variant ${revision}`;
    if (failing !== undefined) return rolledBack(`${which} cannot stay up: ${failing}`);
  }
  return undefined;
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

/** The direction of a release whose experiment is over, and which leaves what runs as it is. */
export function completed(reason: string): Back {
  return { kind: 'back', outcome: 'completed', reason, reject: true };
}
