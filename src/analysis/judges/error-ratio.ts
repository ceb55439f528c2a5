import type { SequentialSettings } from '../../rollout/model.ts';
import { addEach, logMean, logWeightedSum } from '../stats/log-sum.ts';
import { addTally, logEvidenceAbove, logEvidenceBelow, NO_TALLY, type Tally } from '../stats/one-sample.ts';
import { HARM_RATIOS, ratioTerms, SAFE_RATIOS, type Exposure } from '../stats/ratio-e-process.ts';
import {
  addToStarts,
  logOverStarts,
  nextStart,
  startingTimes,
  type StartingTimes,
} from '../stats/starting-times.ts';
import { counted, percent } from '../words.ts';
import { concluded, type Sight } from './conclusion.ts';
import type { CheckWith, Judge } from './judge.ts';

type RatioCheck = CheckWith<SequentialSettings>;

/** Sums against "fails at most `1 + worseBy` times as often as stable" and against "fails below the floor". */
interface Harm {
  /** One log likelihood ratio per alternative of `HARM_RATIOS`. */
  readonly ratios: readonly number[];
  readonly tally: Tally;
}

interface State {
  readonly harm: StartingTimes<Harm>;
  /** Of this step, one per alternative of `SAFE_RATIOS`. */
  readonly safe: readonly number[];
  /** Of this step. */
  readonly candidate: Tally;
  readonly control: Tally;
}

const NO_HARM: Harm = { ratios: HARM_RATIOS.map(() => 0), tally: NO_TALLY };
const NEW_STEP = { safe: SAFE_RATIOS.map(() => 0), candidate: NO_TALLY, control: NO_TALLY };

/**
 * The share of failed requests, against the whole stable track. Harm is a rate above the margin and above the
 * floor; safe is a rate below the safety margin, or below the floor.
 */
export const errorRatio: Judge<SequentialSettings, State> = {
  start: (plannedSteps) => ({ harm: startingTimes(plannedSteps, NO_HARM), ...NEW_STEP }),

  beginStep: (check, state) => ({
    harm: nextStart(state.harm, NO_HARM, (sums) => logHarm(check, sums)),
    ...NEW_STEP,
  }),

  add(check, state, { candidate, control }) {
    const suspect = { requests: candidate.requests, events: candidate.errors };
    const reference = { requests: control.requests, events: control.errors };
    const tolerated = 1 + check.judge.worseBy;
    const terms = ratioTerms({ suspect, reference, tolerated }, HARM_RATIOS);
    return {
      harm: addToStarts(state.harm, ({ ratios, tally }) => ({
        ratios: addEach(ratios, terms),
        tally: withExposure(tally, suspect),
      })),
      safe: addEach(state.safe, safeTerms(check, suspect, reference)),
      candidate: withExposure(state.candidate, suspect),
      control: withExposure(state.control, reference),
    };
  },

  judgement(check, state, falseAlarms) {
    const logOfHarm = logOverStarts(state.harm, (sums) => logHarm(check, sums));
    const weighed = { name: check.name, logHarm: logOfHarm, logSafe: logSafe(check, state), falseAlarms };
    return concluded(weighed, sightOf(state));
  },
};

function withExposure(tally: Tally, { requests, events }: Exposure): Tally {
  return addTally(tally, { trials: requests, hits: events });
}

/** Both "within the margin" and "below the floor" must be refuted: the smaller of the two e-values. */
function logHarm({ floor = 0 }: RatioCheck, { ratios, tally }: Harm): number {
  const logRatio = logMean(ratios);
  return floor <= 0 ? logRatio : Math.min(logRatio, logEvidenceAbove(tally, floor));
}

/** The arms exchanged: evidence that stable fails more than `1 / ratio` times as often as the candidate. */
function safeTerms({ judge }: RatioCheck, candidate: Exposure, control: Exposure): readonly number[] {
  if (judge.safe === undefined || !('ratio' in judge.safe)) return NEW_STEP.safe;
  const exchanged = { suspect: control, reference: candidate, tolerated: 1 / judge.safe.ratio };
  return ratioTerms(exchanged, SAFE_RATIOS);
}

/**
 * Unsafe means above the margin *and* above the floor, so a proof against either will do. Their mean, not the
 * larger of them, is an e-value. Without errors on stable, only the floor can be proved.
 */
function logSafe({ judge, floor = 0 }: RatioCheck, state: State): number | undefined {
  if (judge.safe === undefined) return undefined;
  if ('absolute' in judge.safe)
    return logEvidenceBelow(state.candidate, Math.max(judge.safe.absolute, floor));
  const byRatio = logMean(state.safe);
  if (floor <= 0) return byRatio;
  return logWeightedSum([
    [0.5, byRatio],
    [0.5, logEvidenceBelow(state.candidate, floor)],
  ]);
}

function sightOf({ candidate, control }: State): Sight {
  if (candidate.trials === 0) return { story: 'no canary requests in this step yet', samples: 0 };
  const here = candidate.hits / candidate.trials;
  const failed = `${percent(here)} of ${counted(candidate.trials, 'canary request')} failed`;
  const seen = { samples: candidate.trials, candidate: here };
  if (control.trials === 0) return { ...seen, story: `${failed}, stable had no requests to compare with` };
  const there = control.hits / control.trials;
  return { ...seen, control: there, story: `${failed} against ${percent(there)} on stable` };
}
