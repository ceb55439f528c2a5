import { Failure } from '../base/failure.ts';
import type { JsonObject } from '../base/json.ts';
import type { Author } from '../engine/author.ts';
import type { EndedRelease } from '../engine/decision.ts';
import type { ReleaseState, Status } from '../engine/status.ts';
import { changesBetween, withHidden, type Change, type IsSecret } from '../rollout/changes.ts';
import type { Outcome, RevisionId } from '../rollout/model.ts';

/** A version of what runs. */
export interface RevisionView {
  readonly id: RevisionId;
  /** When it was declared, the last time. Milliseconds since 1970. */
  readonly createdAt: number;
  /** The newest release that brought it; absent: none that is in history. */
  readonly release?: number;
  /** Who asked for that; absent: nobody, it came of itself. */
  readonly by?: Author;
  /** How that ended; absent: it goes on. */
  readonly outcome?: Outcome;
  readonly isStable: boolean;
  /** True: it is run again only when somebody insists. */
  readonly isRejected: boolean;
  /** True: it can be run again as it was built, without its source. */
  readonly isKept: boolean;
}

/** A version with what it is made of, which is what its id is a hash of. Values of the environment are not shown. */
export interface RevisionDetail extends RevisionView {
  readonly template: JsonObject;
  /** What it was compared with, where that was asked for. */
  readonly against?: RevisionId;
  /** What is different from that. */
  readonly changes?: readonly Change[];
}

/** A revision as it is kept. */
export interface KeptRevision {
  readonly id: RevisionId;
  /** Wall clock, milliseconds since 1970. */
  readonly createdAt: number;
  /** True: it can be started again without its source. */
  readonly isKept: boolean;
  /** With its secrets, which are compared and never shown. */
  readonly template: JsonObject;
}

/** What has become of revisions. */
export interface RevisionPast {
  readonly status: Status;
  /** Those that have ended, newest first. */
  readonly releases: readonly EndedRelease[];
}

/** Newest first; those of which only the release that brought them is known too. */
export function revisionViews(
  kept: readonly Omit<KeptRevision, 'template'>[],
  past: RevisionPast,
): readonly RevisionView[] {
  const known = new Map(forgotten(past).map((one) => [one.id, one]));
  for (const one of kept) known.set(one.id, one);
  return [...known.values()]
    .sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1))
    .map((one) => viewOf(one, past));
}

/** Which revisions are shown, and what of them is not. */
export interface RevisionQuestion {
  readonly id: string;
  /** What it is compared with. */
  readonly against?: string;
  readonly isSecret: IsSecret;
}

/** One revision, and what it differs in. Throws Failure `notFound` for one of which nothing is kept. */
export function revisionDetail(
  { id, against, isSecret }: RevisionQuestion,
  kept: readonly KeptRevision[],
  past: RevisionPast,
): RevisionDetail {
  const revision = namedIn(kept, id);
  const shown = {
    ...viewOf(revision, past),
    // It was an object, and is one.
    template: withHidden(revision.template, isSecret) as JsonObject,
  };
  if (against === undefined) return shown;
  const other = namedIn(kept, against);
  return {
    ...shown,
    against: other.id,
    changes: changesBetween(other.template, revision.template, isSecret),
  };
}

function namedIn(kept: readonly KeptRevision[], id: string): KeptRevision {
  const found = kept.find((one) => one.id === id);
  if (found !== undefined) return found;
  throw new Failure('notFound', `nothing of a revision ${id.slice(0, 80)} is kept`, {
    hint: kept.length === 0 ? 'none is kept' : `there are ${kept.map((one) => one.id).join(', ')}`,
  });
}

function viewOf(
  { id, createdAt, isKept }: Omit<KeptRevision, 'template'>,
  { status, releases }: RevisionPast,
): RevisionView {
  const running = status.release !== undefined && brings(status.release, id) ? status.release : undefined;
  const ended = releases.find((one) => brings(one, id));
  const { number, by } = running ?? ended ?? {};
  return {
    id,
    createdAt,
    ...(number === undefined ? {} : { release: number }),
    ...(by === undefined ? {} : { by }),
    ...(running !== undefined || ended === undefined ? {} : { outcome: ended.outcome }),
    isStable: id === status.stable,
    isRejected: status.rejected.includes(id),
    isKept,
  };
}

function brings({ to, variants = {} }: Pick<ReleaseState, 'to' | 'variants'>, id: RevisionId): boolean {
  return to === id || Object.values(variants).includes(id);
}

/** What releases have brought of which nothing may be kept any more. The newest release of each comes last. */
function forgotten({ releases }: RevisionPast): readonly Omit<KeptRevision, 'template'>[] {
  return releases.toReversed().map(({ to, startedAt }) => ({ id: to, createdAt: startedAt, isKept: false }));
}
