import type { CheckJudgement, Judgement } from './judgement.ts';
import { logLimit, logMeanOfStakes } from './stats/e-values.ts';
import { evidence } from './words.ts';

/** A check's judgement and its share of the promise: 0 for a check that the promise does not cover. */
export interface SharedJudgement {
  readonly judgement: CheckJudgement;
  readonly share: number;
}

/**
 * One judgement from those of all checks. Bad: a threshold is broken, or the sequential checks' evidence of
 * harm, by share, reaches the limit of the promised `falseAlarms`. Good: there are checks with a safety
 * margin, and all of them have proved it.
 */
export function combined(parts: readonly SharedJudgement[], falseAlarms: number): Judgement {
  const checks = alarmedTogether(parts, falseAlarms) ?? parts.map(({ judgement }) => judgement);
  const [worst] = checks.filter(({ verdict }) => verdict === 'bad').sort(byExcess);
  if (worst !== undefined) return { verdict: 'bad', reason: worst.reason, checks };
  const toProve = checks.filter(({ safe }) => safe !== undefined);
  const unproved = toProve.filter(({ verdict }) => verdict !== 'good');
  const isGood = toProve.length > 0 && unproved.length === 0;
  const told = isGood ? toProve : unproved.length > 0 ? unproved : checks;
  const reason = told.length === 0 ? 'no checks' : told.map((check) => check.reason).join('; ');
  return { verdict: isGood ? 'good' : 'undecided', reason, checks };
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
  const stakes = parts.flatMap(({ judgement: { harm }, share }) =>
    harm === undefined ? [] : [{ share, logE: harm.logE }],
  );
  const together = logMeanOfStakes(stakes);
  const limit = logLimit(falseAlarms);
  if (stakes.length === 0 || together < limit) return undefined;
  const [top] = judgements.filter(({ harm }) => harm !== undefined).sort(byExcess);
  const also = `together with the other checks ${evidence(together)} of ${evidence(limit)} needed`;
  return judgements.map((one) =>
    one === top ? { ...one, verdict: 'bad', reason: `${one.reason}; ${also}` } : one,
  );
}
