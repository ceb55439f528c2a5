import { formatDuration } from '../base/duration.ts';
import { hasData } from '../analysis/evidence.ts';
import type { Analysis } from '../rollout/model.ts';
import type { Wait } from '../strategy/plan.ts';
import type { ReleaseState } from './status.ts';

/** What a step that waits does next. */
export type WaitOutcome =
  | { readonly kind: 'advance' }
  | { readonly kind: 'hold'; readonly message: string }
  /** A person has to decide. */
  | { readonly kind: 'ask'; readonly question: string }
  | { readonly kind: 'rollBack'; readonly reason: string }
  /** The step's time begins anew. */
  | { readonly kind: 'restart'; readonly message: string };

type AnalyzeWait = Extract<Wait, { kind: 'analyze' }>;

/** How an analysing step ends. `bad` is not asked here: it turns the release back at any moment. */
export function afterVerdict(
  wait: AnalyzeWait,
  analysis: Analysis | undefined,
  release: ReleaseState,
): WaitOutcome {
  const isOver = release.stageMs >= wait.atMostMs;
  if (analysis === undefined || analysis.checks.length === 0) {
    return isOver ? { kind: 'advance' } : hold(release, wait, 'no checks');
  }
  return afterChecks(wait, analysis, release);
}

function afterChecks(wait: AnalyzeWait, analysis: Analysis, release: ReleaseState): WaitOutcome {
  const isOver = release.stageMs >= wait.atMostMs;
  const { verdict, reason } = release.judgement ?? NOTHING_YET;
  if (verdict === 'invalid') return { kind: 'hold', message: reason };
  const mayEndEarly = wait.early && release.stageMs >= wait.atLeastMs;
  if (verdict === 'good' && (isOver || mayEndEarly)) return { kind: 'advance' };
  return isOver ? atLongest(analysis, release) : hold(release, wait, reason);
}

const NOTHING_YET = { verdict: 'undecided', reason: 'waiting for requests' } as const;

function atLongest(analysis: Analysis, release: ReleaseState): WaitOutcome {
  const isMeasured = release.evidence !== undefined && hasData(release.evidence);
  return isMeasured ? stillUndecided(analysis, release) : withoutData(analysis);
}

/** Nothing was measured: that is neither good nor bad. */
function withoutData(analysis: Analysis): WaitOutcome {
  const message = 'no requests to judge by on both tracks';
  switch (analysis.noData) {
    case 'hold':
      return { kind: 'hold', message: `${message}; holding until there are, or until the deadline` };
    case 'extend':
      return { kind: 'restart', message: `${message}; the step begins anew` };
    case 'ask':
      return { kind: 'ask', question: `${message}: promote or abort?` };
  }
}

function stillUndecided(analysis: Analysis, release: ReleaseState): WaitOutcome {
  const why = (release.judgement ?? NOTHING_YET).reason;
  switch (analysis.undecided) {
    case 'advance':
      return { kind: 'advance' };
    case 'hold':
      return { kind: 'hold', message: `undecided after the step's longest time, holding: ${why}` };
    case 'ask':
      return { kind: 'ask', question: `undecided after the step's longest time (${why}): promote or abort?` };
    case 'rollBack':
      return { kind: 'rollBack', reason: `undecided after the step's longest time: ${why}` };
  }
}

function hold(release: ReleaseState, wait: AnalyzeWait, why: string): WaitOutcome {
  const leftMs = wait.atMostMs - release.stageMs;
  return { kind: 'hold', message: `${why}; at most ${formatDuration(leftMs)} more` };
}
