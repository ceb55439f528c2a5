import { formatDuration } from '../base/duration.ts';
import { hasCandidateData, hasData, type Evidence } from '../analysis/evidence.ts';
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

/**
 * How an analysing step ends. `bad` is not asked here: it turns the release back at any moment. With checks, only
 * time that was measured counts: a step in which the metrics were away for a while is that much longer.
 */
export function afterVerdict(
  wait: AnalyzeWait,
  analysis: Analysis | undefined,
  release: ReleaseState,
): WaitOutcome {
  if (analysis === undefined || analysis.checks.length === 0) {
    const isOver = release.stageMs >= wait.atMostMs || hasRequests(wait, release);
    return isOver ? { kind: 'advance' } : hold('no checks', wait.atMostMs - release.stageMs);
  }
  return afterChecks(wait, analysis, release);
}

function afterChecks(wait: AnalyzeWait, analysis: Analysis, release: ReleaseState): WaitOutcome {
  const { verdict, reason } = release.judgement ?? NOTHING_YET;
  if (release.missing !== undefined) return whileMissing(wait, analysis, { release, why: release.missing });
  if (verdict === 'invalid') return { kind: 'hold', message: reason };
  const isOver = release.measuredMs >= wait.atMostMs || hasRequests(wait, release);
  const mayEndEarly = wait.early && release.measuredMs >= wait.atLeastMs;
  if (verdict === 'good' && (isOver || mayEndEarly)) return { kind: 'advance' };
  return isOver ? atLongest(analysis, release) : beforeLongest(wait, analysis, release);
}

/** Enough requests make a step as long as it may be. */
function hasRequests({ requests }: AnalyzeWait, { measuredRequests = 0 }: ReleaseState): boolean {
  return requests !== undefined && measuredRequests >= requests;
}

/** A step does not end on what was measured before: what cannot be seen now may be going wrong. */
function whileMissing(
  { atMostMs }: AnalyzeWait,
  analysis: Analysis,
  { release, why }: { readonly release: ReleaseState; readonly why: string },
): WaitOutcome {
  return release.stageMs >= atMostMs ? withoutData(analysis, why) : { kind: 'hold', message: why };
}

const NOTHING_YET = { verdict: 'undecided', reason: 'waiting for requests' } as const;

function atLongest(analysis: Analysis, release: ReleaseState): WaitOutcome {
  return isMeasured(analysis, release.evidence) ? stillUndecided(analysis, release) : withoutData(analysis);
}

/** Once all traffic has moved stable serves nobody, which is no lack where nothing is compared with it. */
function isMeasured({ checks }: Analysis, evidence: Evidence | undefined): boolean {
  if (evidence === undefined) return false;
  const isCompared = checks.some(({ judge: { kind } }) => kind === 'sequential' || kind === 'score');
  return isCompared ? hasData(evidence) : hasCandidateData(evidence);
}

function beforeLongest(wait: AnalyzeWait, analysis: Analysis, release: ReleaseState): WaitOutcome {
  const isBlind = !release.counting && release.stageMs >= wait.atMostMs;
  const { reason } = release.judgement ?? NOTHING_YET;
  return isBlind ? withoutData(analysis) : hold(reason, wait.atMostMs - release.measuredMs);
}

/** Nothing was measured: that is neither good nor bad. */
function withoutData(
  analysis: Analysis,
  why = 'no metrics, or no requests on one of the tracks',
): WaitOutcome {
  const message = `nothing to judge by: ${why}`;
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

function hold(why: string, leftMs: number): WaitOutcome {
  return { kind: 'hold', message: `${why}; at most ${formatDuration(leftMs)} more` };
}
