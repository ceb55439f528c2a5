import type { ScoreSettings } from '../rollout/model.ts';
import { isMismatch, mismatchReason } from './assignment.ts';
import type { AssignmentJudgement, CheckJudgement, Judgement } from './judgement.ts';
import { scoredTogether } from './scoring.ts';
import { logLimit, logMeanOfStakes } from './stats/e-values.ts';
import { evidence } from './words.ts';

/** A check's judgement and its share of the promise: 0 for a check that the promise does not cover. */
export interface SharedJudgement {
  readonly judgement: CheckJudgement;
  readonly share: number;
}

/** What holds for all checks together. */
interface Together {
  readonly falseAlarms: number;
  readonly assignment: AssignmentJudgement | undefined;
  readonly score: ScoreSettings | undefined;
}

/**
 * One judgement from those of all checks. Bad before all else, since a candidate that fails must leave whatever
 * else is wrong: a threshold is broken, the score is too low, or the evidence of harm of the checks inside the
 * promise, by share, reaches the limit of the promised `falseAlarms`. Invalid: traffic was not divided as planned,
 * or a check is not measured. Good: there are checks with a safety margin or a score, and all of them have proved it.
 */
export function combined(parts: readonly SharedJudgement[], together: Together): Judgement {
  const { assignment } = together;
  const alarmed = alarmedTogether(parts, together.falseAlarms) ?? parts.map(({ judgement }) => judgement);
  const { checks, score } = scoredTogether(alarmed, together.score);
  return {
    ...(badOf(checks) ?? invalidOf(checks, assignment) ?? goodOrNot(checks)),
    checks,
    ...(assignment === undefined ? {} : { assignment }),
    ...(score === undefined ? {} : { score }),
  };
}

type Said = Pick<Judgement, 'verdict' | 'reason'>;

function badOf(checks: readonly CheckJudgement[]): Said | undefined {
  const [worst] = checks.filter(({ verdict }) => verdict === 'bad').sort(byExcess);
  return worst === undefined ? undefined : { verdict: 'bad', reason: worst.reason };
}

function invalidOf(
  checks: readonly CheckJudgement[],
  assignment: AssignmentJudgement | undefined,
): Said | undefined {
  const reasons = [
    ...(assignment !== undefined && isMismatch(assignment) ? [mismatchReason(assignment)] : []),
    ...checks.filter(({ verdict }) => verdict === 'invalid').map(({ reason }) => reason),
  ];
  return reasons.length === 0 ? undefined : { verdict: 'invalid', reason: reasons.join('; ') };
}

function goodOrNot(checks: readonly CheckJudgement[]): Said {
  const toProve = checks.filter(({ safe, scored }) => (safe ?? scored) !== undefined);
  const unproved = toProve.filter(({ verdict }) => verdict !== 'good');
  const isGood = toProve.length > 0 && unproved.length === 0;
  const told = isGood ? toProve : unproved.length > 0 ? unproved : checks;
  const reason = told.length === 0 ? 'no checks' : told.map((check) => check.reason).join('; ');
  return { verdict: isGood ? 'good' : 'undecided', reason };
}

/** The largest evidence above its own limit first; a broken threshold, which has none, before all. */
function byExcess(a: CheckJudgement, b: CheckJudgement): number {
  return excessOf(b) - excessOf(a);
}

function excessOf({ harm }: CheckJudgement): number {
  return harm === undefined ? Number.MAX_VALUE : harm.logE - harm.logLimit;
}

/**
 * The judgements when checks that are not bad one by one are bad together: the one that contributes most
 * carries the verdict. Undefined when one is bad by itself, or when they are not enough together either.
 */
function alarmedTogether(
  parts: readonly SharedJudgement[],
  falseAlarms: number,
): readonly CheckJudgement[] | undefined {
  const judgements = parts.map(({ judgement }) => judgement);
  if (judgements.some(({ verdict }) => verdict === 'bad')) return undefined;
  const promised = parts.filter(({ judgement, share }) => judgement.harm !== undefined && share > 0);
  const stakes = promised.flatMap(({ judgement: { harm }, share }) =>
    harm === undefined ? [] : [{ share, logE: harm.logE }],
  );
  const together = logMeanOfStakes(stakes);
  const limit = logLimit(falseAlarms);
  if (stakes.length === 0 || together < limit) return undefined;
  const [top] = promised.map(({ judgement }) => judgement).sort(byExcess);
  const also = `together with the other checks ${evidence(together)} of ${evidence(limit)} needed`;
  return judgements.map((one) =>
    one === top ? { ...one, verdict: 'bad', reason: `${one.reason}; ${also}` } : one,
  );
}
