import type { CheckJudgement, Effect } from '../judgement.ts';
import { FALSE_SAFETY, logLimit } from '../stats/e-values.ts';
import { evidence } from '../words.ts';

/** What a check saw in this step, for people. */
export interface Sight {
  /** The numbers compared, in words. */
  readonly story: string;
  readonly samples: number;
  readonly candidate?: number;
  readonly control?: number;
  readonly effect?: Effect;
}

/** What a sequential check weighed. */
export interface Weighed {
  readonly name: string;
  readonly logHarm: number;
  /** Undefined: no safety margin was given, nothing has to be proved. */
  readonly logSafe: number | undefined;
  /** This check's part of the promised false alarms. */
  readonly falseAlarms: number;
}

/** The judgement of a sequential check: harm first, then safety. */
export function concluded({ name, logHarm, logSafe, falseAlarms }: Weighed, sight: Sight): CheckJudgement {
  const { story, ...values } = sight;
  const harm = { logE: logHarm, logLimit: logLimit(falseAlarms) };
  const safe = logSafe === undefined ? undefined : { logE: logSafe, logLimit: logLimit(FALSE_SAFETY) };
  const common = { name, ...values, harm, ...(safe === undefined ? {} : { safe }) };
  const harmText = `evidence ${evidence(harm.logE)} of ${evidence(harm.logLimit)} needed`;
  if (harm.logE >= harm.logLimit) {
    return { ...common, verdict: 'bad', reason: `${name}: ${story}; ${harmText}` };
  }
  if (safe === undefined) {
    return { ...common, verdict: 'undecided', reason: `${name}: ${story}; no harm shown, ${harmText}` };
  }
  const safeText = `evidence ${evidence(safe.logE)} of ${evidence(safe.logLimit)} needed`;
  return safe.logE >= safe.logLimit
    ? { ...common, verdict: 'good', reason: `${name}: ${story}; proved safe, ${safeText}` }
    : { ...common, verdict: 'undecided', reason: `${name}: ${story}; not yet proved safe, ${safeText}` };
}
