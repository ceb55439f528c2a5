import type { RevisionId, Rollout } from '../rollout/model.ts';
import { compilePlan } from '../strategy/compile.ts';
import type { Plan } from '../strategy/plan.ts';
import type { ReleaseState, Status } from './status.ts';
import type { Wanted } from './wanted.ts';

/** How many revisions that were stable before are remembered. */
const PAST_KEPT = 20;

/** How a release of a revision goes, and why it may do without the strategy's steps; absent: it may not. */
export interface Way {
  readonly plan: Plan;
  readonly skipped?: string;
}

/** The way from what is stable now to a revision. */
export function wayTo({ revision, variants, mode }: Wanted, rollout: Rollout, status: Status): Way {
  const hasStable = status.stable !== undefined;
  // Of several variants nobody knows yet which is to go live.
  const mayGoLive = hasStable && mode === 'strategy' && variants === undefined;
  const skipped = mayGoLive ? withinWindow(revision, rollout, status) : undefined;
  const plan = compilePlan(rollout, { hasStable, direct: mode === 'direct' || skipped !== undefined });
  return skipped === undefined ? { plan } : { plan: { ...plan, notes: [skipped, ...plan.notes] }, skipped };
}

function withinWindow(revision: RevisionId, { rollbackWindow }: Rollout, status: Status): string | undefined {
  const past = pastOf(status);
  const index = past.indexOf(revision);
  const releasesAgo = past.length - index;
  if (index < 0 || releasesAgo > rollbackWindow) return undefined;
  return `within the rollback window: it was stable ${releasesAgo} ${releasesAgo === 1 ? 'version' : 'versions'} ago, and goes live without steps`;
}

/** Revisions that were stable before the one that is, newest last. What was gone back from is not among them. */
export function pastOf({ past, previous }: Status): readonly RevisionId[] {
  return past ?? (previous === undefined ? [] : [previous]);
}

/** What was stable before the revision that a release has just made stable. */
export function pastAfter(status: Status, { from, to, mode }: ReleaseState): readonly RevisionId[] {
  const past = pastOf(status);
  const index = past.indexOf(to);
  if (index >= 0) return past.slice(0, index);
  // What an undo replaces is not to be gone back to.
  return from === undefined || mode === 'direct' ? past : [...past, from].slice(-PAST_KEPT);
}
