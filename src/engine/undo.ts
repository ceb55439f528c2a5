import { Failure } from '../base/failure.ts';
import type { RevisionId } from '../rollout/model.ts';
import type { EndedRelease } from './decision.ts';
import type { Status } from './status.ts';
import { pastOf } from './window.ts';

/** What there is to go back to. */
export interface WaysBack {
  readonly status: Status;
  /** Newest first. */
  readonly releases: readonly Pick<EndedRelease, 'number' | 'to' | 'outcome' | 'reason'>[];
  /** True for what can still be started without a build. */
  readonly isKept: (revision: RevisionId) => boolean;
}

/** What a user wants to go back to: a revision, or the number of the release that brought it. */
export interface UndoTarget {
  readonly to: string;
  /** True: even to what was never trusted. */
  readonly insist: boolean;
}

/**
 * The revision to go back to. Throws Failure `notFound`, with what there is, or `rejectedRevision` for what was never
 * promoted or was rejected, unless the user insists.
 */
export function undoTarget({ to, insist }: UndoTarget, ways: WaysBack): RevisionId {
  const revision = revisionNamed(to, ways);
  if (!ways.isKept(revision)) {
    throw new Failure('notFound', `nothing of revision ${revision} is kept any more`, {
      hint: `${available(ways)}; \`history.keep\` says how many are kept`,
    });
  }
  const doubt = insist ? undefined : doubtAbout(revision, ways);
  if (doubt === undefined) return revision;
  throw new Failure('rejectedRevision', `${revision} ${doubt}`, {
    hint: `${available(ways)}; --insist goes to this one all the same`,
  });
}

function revisionNamed(to: string, ways: WaysBack): RevisionId {
  const { releases, status } = ways;
  const isNumber = /^\d+$/.test(to);
  const named = isNumber
    ? releases.find(({ number }) => number === Number(to))?.to
    : knownOf(ways).find((revision) => revision === to);
  if (named !== undefined) return named;
  if (to === status.stable) return status.stable;
  const what = isNumber ? `no release ${to}` : `no revision ${to.slice(0, 80)}`;
  throw new Failure('notFound', `there is ${what} in the history`, { hint: available(ways) });
}

/** Why a revision is not simply gone back to; undefined: it was trusted and nothing was said against it. */
function doubtAbout(revision: RevisionId, { status, releases }: WaysBack): string | undefined {
  const last = releases.find(({ to }) => to === revision);
  if (status.rejected.includes(revision)) {
    const why = last === undefined || last.outcome === 'promoted' ? '' : ` (${last.reason})`;
    return `was rejected before${why}`;
  }
  const wasPromoted = releases.some(({ to, outcome }) => to === revision && outcome === 'promoted');
  return wasPromoted || pastOf(status).includes(revision) ? undefined : 'was never promoted';
}

function knownOf({ status, releases }: WaysBack): readonly RevisionId[] {
  return [...new Set([...releases.map(({ to }) => to), ...pastOf(status).toReversed()])];
}

/** What can be gone back to without insisting, in words. */
function available(ways: WaysBack): string {
  const others = knownOf(ways).filter(
    (revision) =>
      revision !== ways.status.stable && ways.isKept(revision) && doubtAbout(revision, ways) === undefined,
  );
  if (others.length === 0) return 'there is nothing else to go back to';
  const named = others.map((revision) => {
    const release = ways.releases.find(({ to, outcome }) => to === revision && outcome === 'promoted');
    return release === undefined ? revision : `${revision} (release ${release.number})`;
  });
  return `there are ${named.join(', ')}`;
}
