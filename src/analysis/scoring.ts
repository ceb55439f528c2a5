import { formatDuration } from '../base/duration.ts';
import type { ScoreSettings, Verdict } from '../rollout/model.ts';
import type { CheckJudgement, ScoredResult, ScoreJudgement } from './judgement.ts';
import type { Label } from './score/label.ts';
import { endsAnalysis } from './score/outcome.ts';
import { scoreResults, type CanaryScore } from './score/scoring.ts';

/** The judgements of all checks, and the score of those that are scored. */
export interface Scored {
  readonly checks: readonly CheckJudgement[];
  /** Absent without scored checks, and until each of them was judged. */
  readonly score?: ScoreJudgement;
}

/** A scored check that was judged. */
type Labelled = CheckJudgement & { readonly label: Label; readonly scored: ScoredResult };

/** Checks in no group are one together, with the weight that the others leave of 100. */
const NO_GROUP = '';

/**
 * Scores checks together, as Kayenta does, and gives them the verdict of their score. At any judgement a score not
 * above `marginal` is bad; the last judgement of a step's lifetime is good from `pass` on, and bad below; before,
 * nothing is decided. A score that is low only for want of data is `invalid`, which holds the step; whoever wants
 * that to be bad asks for it by `mustHaveData`.
 */
export function scoredTogether(
  checks: readonly CheckJudgement[],
  settings: ScoreSettings | undefined,
): Scored {
  const ofScore = checks.filter(({ scored }) => scored !== undefined);
  const judged = ofScore.filter(isLabelled);
  const counted = judged.filter(({ scored }) => !scored.muted);
  if (settings === undefined || counted.length === 0 || judged.length < ofScore.length) return { checks };
  const { score } = scoreOf(counted, settings);
  const verdict = verdictOf(counted, settings);
  const told = storyOf(counted, settings, verdict);
  const carrier = carrierOf(counted);
  return {
    checks: checks.map((check) => {
      if (check === carrier) return { ...check, verdict, reason: `${told}; ${check.reason}` };
      return check.scored === undefined || verdict !== 'good' ? check : { ...check, verdict };
    }),
    score: { score: score.score, classification: score.classification, reason: score.reason || told },
  };
}

function isLabelled(check: CheckJudgement): check is Labelled {
  return check.label !== undefined && check.scored !== undefined;
}

function scoreOf(checks: readonly Labelled[], settings: ScoreSettings): CanaryScore {
  const metrics = checks.map(({ name, label, scored: { critical, muted }, reason }) => {
    const groups = settings.groups.filter((group) => group.checks.includes(name)).map((group) => group.name);
    return { groups: groups.length === 0 ? [NO_GROUP] : groups, label, critical, muted, reason };
  });
  const weights = Object.fromEntries(settings.groups.map(({ name, weight }) => [name, weight]));
  return scoreResults(metrics, weights, settings);
}

function verdictOf(checks: readonly Labelled[], settings: ScoreSettings): Verdict {
  const isLast = isLastOf(checks);
  const isLow = (some: readonly Labelled[]): boolean => {
    const { score } = scoreOf(some, settings).score;
    return endsAnalysis(score, settings) || (isLast && score < settings.pass);
  };
  const withData = checks.filter(({ label }) => label !== 'Nodata');
  if (isLow(checks)) return withData.length > 0 && isLow(withData) ? 'bad' : 'invalid';
  if (!isLast) return 'undecided';
  // A group of which nothing can be judged counts as if it passed: that alone promotes nobody.
  return checks.some(({ label }) => label === 'Pass') ? 'good' : 'invalid';
}

function isLastOf(checks: readonly Labelled[]): boolean {
  return checks.every(({ scored }) => scored.judgedMs >= scored.lastMs);
}

function storyOf(checks: readonly Labelled[], settings: ScoreSettings, verdict: Verdict): string {
  const { score } = scoreOf(checks, settings).score;
  const judgedMs = Math.min(...checks.map(({ scored }) => scored.judgedMs));
  const lastMs = Math.max(...checks.map(({ scored }) => scored.lastMs));
  const time = `after ${formatDuration(judgedMs)} of ${formatDuration(lastMs)}`;
  const why = verdict === 'invalid' ? ', for want of data' : '';
  return `score ${score} ${time}${why}, ${settings.pass} passes and ${settings.marginal} or less fails at once`;
}

/** The check whose reason tells most: a critical failure, another failure, one without data, any. */
function carrierOf(checks: readonly Labelled[]): Labelled | undefined {
  const weight = ({ label, scored }: Labelled): number => (scored.critical ? 10 : 0) + GRAVITY[label];
  return [...checks].sort((a, b) => weight(b) - weight(a))[0];
}

const GRAVITY: Readonly<Record<Label, number>> = {
  High: 5,
  Low: 5,
  NodataFailMetric: 4,
  Nodata: 3,
  Error: 2,
  Pass: 1,
};
