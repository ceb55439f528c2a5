import type { HistoryView, RolloutView } from '../api/resources.ts';
import type { Outcome, Phase, RevisionId } from '../rollout/model.ts';

/** How waiting for something ended. */
export interface End {
  /** True: what was waited for came. */
  readonly reached: boolean;
  /** One sentence. */
  readonly message: string;
  readonly outcome?: Outcome;
}

/** Looks at a Rollout and says whether the waiting is over. */
export type Goal = (
  view: RolloutView,
  history: () => Promise<readonly HistoryView[]>,
) => Promise<End | undefined>;

/** The release of `revision` that comes after the release of number `after` has ended. */
export function releaseEnds(revision: RevisionId, after: number): Goal {
  return async (view, history) => {
    if (view.release !== undefined && isOf(view.release, revision)) return undefined;
    const last = view.lastOutcome;
    if (last !== undefined && last.release > after) {
      if (isOf({ ...last, to: last.revision }, revision)) return endOf(view.name, last);
      const entry = (await history()).find((one) => isOf(one, revision) && one.number > after);
      if (entry !== undefined) return endOf(view.name, { ...entry, release: entry.number });
    }
    if (view.wanted === undefined || view.wanted === revision) return undefined;
    return { reached: false, message: `${view.name}: ${revision} was superseded by ${view.wanted}` };
  };
}

/** True for a release of a revision, also as one of its variants. */
function isOf({ to, variants = {} }: Pick<HistoryView, 'to' | 'variants'>, revision: RevisionId): boolean {
  return to === revision || Object.values(variants).includes(revision);
}

/** The release that runs, or is about to, has ended. */
export function currentReleaseEnds(): Goal {
  return (view) => Promise.resolve(settled(view));
}

/** The next time that a release ends; one that has ended already does not count. */
export function watchedReleaseEnds(): Goal {
  let watched: number | undefined;
  return async (view, history) => {
    const running = view.release?.number;
    watched ??= running;
    if (watched === undefined || running === watched) return undefined;
    const last = view.lastOutcome;
    if (last?.release === watched) return endOf(view.name, last);
    const entry = (await history()).find((one) => one.number === watched);
    return entry === undefined ? undefined : endOf(view.name, { ...entry, release: entry.number });
  };
}

/** The Rollout is in a phase; given up when a release ends without it. */
export function phaseIs(phase: Phase): Goal {
  return (view) => {
    if (view.phase === phase) {
      return Promise.resolve({ reached: true, message: `${view.name} is ${phase}: ${view.message}` });
    }
    const end = settled(view);
    // What serves may still become healthy, or stop being it.
    if (end?.reached !== false && (phase === 'Healthy' || phase === 'Degraded'))
      return Promise.resolve(undefined);
    return Promise.resolve(end === undefined ? undefined : { ...end, reached: false });
  };
}

/** Set when nothing runs and nothing is about to. */
function settled(view: RolloutView): End | undefined {
  if (view.release !== undefined) return undefined;
  const { lastOutcome: last, wanted } = view;
  if (last !== undefined && wanted !== undefined && isOf({ ...last, to: last.revision }, wanted))
    return endOf(view.name, last);
  if (wanted === undefined || wanted !== view.stable) return undefined;
  return { reached: true, outcome: 'promoted', message: `${view.name}: ${wanted} serves` };
}

interface Ended {
  readonly release: number;
  readonly outcome: Outcome;
  readonly reason: string;
}

const WORDS: Readonly<Record<Outcome, string>> = {
  promoted: 'promoted',
  completed: 'completed',
  rolledBack: 'rolled back',
  aborted: 'aborted',
  failed: 'failed',
};

function endOf(name: string, { release, outcome, reason }: Ended): End {
  return {
    reached: outcome === 'promoted' || outcome === 'completed',
    outcome,
    message: `${name}: release ${release} ${WORDS[outcome]}: ${reason}`,
  };
}
