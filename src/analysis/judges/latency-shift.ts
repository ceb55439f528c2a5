import type { SequentialSettings } from '../../rollout/model.ts';
import { bucketOf, upperBoundOf, type LogHistogram } from '../measurement.ts';
import {
  addToRun,
  EMPTY_RUN,
  halved,
  quantileBucket,
  runQuantile,
  totalOf,
  type BucketRun,
} from '../stats/bucket-run.ts';
import { addEach, logMean, logWeightedSum } from '../stats/log-sum.ts';
import { addTally, logEvidenceBelow, NO_TALLY, type Tally } from '../stats/one-sample.ts';
import {
  bucketsOfMargin,
  bucketsWithin,
  harmTerms,
  modelOf,
  SAFE_PLACES,
  safeTerms,
  SLOWDOWNS,
} from '../stats/slowdowns.ts';
import {
  addToStarts,
  logOverStarts,
  nextStart,
  startingTimes,
  type StartingTimes,
} from '../stats/starting-times.ts';
import { counted, milliseconds } from '../words.ts';
import { concluded, type Sight } from './conclusion.ts';
import type { CheckWith, Judge } from './judge.ts';

type LatencyCheck = CheckWith<SequentialSettings>;

interface State {
  /** One log e-value per way of being slower. */
  readonly harm: StartingTimes<readonly number[]>;
  /** Of this step, one log e-value per place between equal speed and the safety margin. */
  readonly safe: readonly number[];
  /** Of this step: candidate's answers, and those above the absolute level that proves safety. */
  readonly level: Tally;
  /** Of this step. */
  readonly candidate: BucketRun;
  /** The control's recent latencies, of all steps: what bets are made from. */
  readonly learned: BucketRun;
}

const NO_HARM = SLOWDOWNS.map(() => 0);
const NEW_STEP = { safe: SAFE_PLACES.map(() => 0), level: NO_TALLY, candidate: EMPTY_RUN };

/** From here on the older half is forgotten, so that the control is known as it is now. */
const MOST_LEARNED = 16_000;
/** The quantile that an absolute level speaks of, and that is shown, when the check names none. */
const USUAL_QUANTILE = 0.99;

/**
 * The distribution of latencies, against the whole stable track. With a `quantile` only what lies beyond that
 * quantile of the control counts, and what is faster counts as equal; the same for a `floor` in milliseconds.
 */
export const latencyShift: Judge<SequentialSettings, State> = {
  start: (plannedSteps) => ({ harm: startingTimes(plannedSteps, NO_HARM), ...NEW_STEP, learned: EMPTY_RUN }),

  beginStep: (_check, state) => ({
    harm: nextStart(state.harm, NO_HARM, logMean),
    ...NEW_STEP,
    learned: state.learned,
  }),

  add(check, state, tick) {
    const candidate = tick.candidate.latency;
    const control = tick.control.latency;
    const terms = termsOf(check, state.learned, { candidate, control });
    const learned = addToRun(state.learned, control);
    return {
      harm: addToStarts(state.harm, (sums) => addEach(sums, terms.harm)),
      safe: addEach(state.safe, terms.safe),
      level: addTally(state.level, aboveLevel(check, candidate)),
      candidate: addToRun(state.candidate, candidate),
      learned: totalOf(learned) > MOST_LEARNED ? halved(learned) : learned,
    };
  },

  judgement(check, state, falseAlarms) {
    const logHarm = logOverStarts(state.harm, logMean);
    const weighed = { name: check.name, logHarm, logSafe: logSafe(check, state), falseAlarms };
    return concluded(weighed, sightOf(check, state));
  },
};

interface Arms {
  readonly candidate: LogHistogram;
  readonly control: LogHistogram;
}

/** What a tick adds, by bets made from earlier ticks only. */
function termsOf(
  check: LatencyCheck,
  learned: BucketRun,
  arms: Arms,
): { readonly harm: readonly number[]; readonly safe: readonly number[] } {
  const model = modelOf(learned, arms);
  if (model === undefined) return { harm: NO_HARM, safe: NEW_STEP.safe };
  const tolerated = bucketsOfMargin(1 + check.judge.worseBy);
  const harm = harmTerms(model, tolerated, collapseOf(check, learned, tolerated));
  const { safe } = check.judge;
  if (safe === undefined || !('ratio' in safe)) return { harm, safe: NEW_STEP.safe };
  const margin = bucketsWithin(safe.ratio);
  return { harm, safe: safeTerms(model, margin, tailOf(check, learned, margin)) };
}

/** The bucket up to which values count as equal: the floor, or the quantile of the control with its margin. */
function collapseOf(check: LatencyCheck, learned: BucketRun, shift: number): number | undefined {
  const tail = tailOf(check, learned, shift);
  if (check.floor === undefined) return tail;
  return Math.max(bucketOf(check.floor), tail ?? -Infinity);
}

function tailOf({ metric }: LatencyCheck, learned: BucketRun, shift: number): number | undefined {
  if (metric.kind !== 'latency' || metric.quantile === undefined) return undefined;
  const bucket = quantileBucket(learned, metric.quantile);
  return bucket === undefined ? undefined : bucket + shift;
}

/** The absolute level, in milliseconds, whose proof is a proof of safety. */
function levelOf({ judge, floor }: LatencyCheck): number | undefined {
  if (judge.safe === undefined || 'ratio' in judge.safe) return floor;
  return Math.max(judge.safe.absolute, floor ?? 0);
}

/** A bucket that holds the level counts as above it. */
function aboveLevel(check: LatencyCheck, latency: LogHistogram): Tally {
  const level = levelOf(check);
  let trials = 0;
  let hits = 0;
  for (const [index, count] of latency) {
    trials += count;
    if (level !== undefined && upperBoundOf(index) > level * (1 + 1e-9)) hits += count;
  }
  return { trials, hits };
}

/** As for errors: unsafe is slower than the margin and above the level, so a proof against either will do. */
function logSafe(check: LatencyCheck, state: State): number | undefined {
  const { safe } = check.judge;
  if (safe === undefined) return undefined;
  const byLevel = logEvidenceBelow(state.level, 1 - quantileOfInterest(check));
  if ('absolute' in safe) return byLevel;
  const byRatio = logMean(state.safe);
  if (levelOf(check) === undefined) return byRatio;
  return logWeightedSum([
    [0.5, byRatio],
    [0.5, byLevel],
  ]);
}

function quantileOfInterest({ metric }: LatencyCheck): number {
  return metric.kind === 'latency' ? (metric.quantile ?? USUAL_QUANTILE) : USUAL_QUANTILE;
}

function sightOf(check: LatencyCheck, { candidate, learned }: State): Sight {
  const samples = totalOf(candidate);
  const q = quantileOfInterest(check);
  const here = runQuantile(candidate, q);
  const there = runQuantile(learned, q);
  if (here === undefined) return { story: 'no canary requests in this step yet', samples };
  const seen = { samples, candidate: here };
  if (there === undefined) return { ...seen, story: 'stable had no requests to compare with' };
  const middle = `${milliseconds(runQuantile(candidate, 0.5) ?? 0)} against ${milliseconds(runQuantile(learned, 0.5) ?? 0)}`;
  const tail = `p${String(q * 100)} ${milliseconds(here)} against ${milliseconds(there)} on stable`;
  const story = `${counted(samples, 'canary request')}, median ${middle}, ${tail}`;
  return { ...seen, control: there, story };
}
