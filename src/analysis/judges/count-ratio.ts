import type { SequentialSettings } from '../../rollout/model.ts';
import type { Exposure } from '../measurement.ts';
import { addToClustering, clusterSize, NO_CLUSTERING, type Clustering } from '../stats/clustering.ts';
import { addEach, logMean } from '../stats/log-sum.ts';
import { addTally, NO_TALLY, type Tally } from '../stats/one-sample.ts';
import { HARM_RATIOS, ratioTerms, SAFE_RATIOS } from '../stats/ratio-e-process.ts';
import {
  addToStarts,
  logOverStarts,
  nextStart,
  startingTimes,
  type Started,
  type StartingTimes,
} from '../stats/starting-times.ts';
import { logMeanTempered, tempered } from '../stats/tempering.ts';
import { concluded } from './conclusion.ts';
import { countEffect, countStory, exposureOf, levelTestsOf } from './count-metric.ts';
import {
  forEachDirection,
  inDirection,
  leastOver,
  meanOver,
  type Direction,
  type PerDirection,
} from './direction.ts';
import type { CheckWith, Judge } from './judge.ts';

type RatioCheck = CheckWith<SequentialSettings>;

/** Sums against "within the margin" and against "on the good side of the floor". */
interface Harm {
  /** By direction, one log likelihood ratio per alternative of `HARM_RATIOS`. */
  readonly ratios: PerDirection<readonly number[]>;
  /** The candidate's. */
  readonly tally: Tally;
}

interface State {
  readonly harm: StartingTimes<Harm>;
  /** Of this step, by direction, one per alternative of `SAFE_RATIOS`. */
  readonly safe: PerDirection<readonly number[]>;
  /** Of this step. */
  readonly candidate: Tally;
  readonly control: Tally;
  /** Of the whole release. */
  readonly clustering: Clustering;
}

const NO_HARM: Harm = { ratios: {}, tally: NO_TALLY };
const NO_RATIOS = HARM_RATIOS.map(() => 0);
const NO_SAFETY = SAFE_RATIOS.map(() => 0);
const NEW_STEP = { safe: {}, candidate: NO_TALLY, control: NO_TALLY };

/**
 * How often something happens, against the whole stable track: the share of failed requests, one counter over
 * another, or events per time. With `worse: lower` harm is a rate below the control's by the margin: H0 is
 * candidate ≥ control / (1 + worseBy), which is the same test with the arms exchanged. With `either` the
 * evidence is the mean of both. Harm must be proved on the bad side of the floor as well; safe is a rate
 * within the safety margin, or on the good side of the floor.
 */
export const countRatio: Judge<SequentialSettings, State, 'counts'> = {
  reads: ['counts'],

  start: (plannedSteps) => ({
    harm: startingTimes(plannedSteps, NO_HARM),
    ...NEW_STEP,
    clustering: NO_CLUSTERING,
  }),

  beginStep: (check, state) => ({
    harm: nextStart(state.harm, started(check, state)),
    ...NEW_STEP,
    clustering: state.clustering,
  }),

  add(check, state, { ms, sample }) {
    const candidate = exposureOf(check, sample.candidate);
    const control = exposureOf(check, sample.control);
    const terms = forEachDirection(check, (direction) => harmTerms(check, direction, { candidate, control }));
    const add = ({ ratios, tally }: Harm): Harm => ({
      ratios: forEachDirection(check, (at) => addEach(ratios[at] ?? NO_RATIOS, terms[at] ?? NO_RATIOS)),
      tally: withExposure(tally, candidate),
    });
    return {
      harm: addToStarts(state.harm, { ms, add }, started(check, state)),
      safe: forEachDirection(check, (at) =>
        addEach(state.safe[at] ?? NO_SAFETY, safeTerms(check, at, { candidate, control })),
      ),
      candidate: withExposure(state.candidate, candidate),
      control: withExposure(state.control, control),
      clustering: addToClustering(state.clustering, ms, { candidate, control }),
    };
  },

  logHarm: logHarmOf,

  judgement(check, state, falseAlarms) {
    const { name } = check;
    const weighed = { name, logHarm: logHarmOf(check, state), logSafe: logSafe(check, state), falseAlarms };
    const effect = countEffect(check, state, clusterSize(state.clustering));
    return concluded(weighed, { ...countStory(check, state.candidate, state.control), effect });
  },
};

interface Arms {
  readonly candidate: Exposure;
  readonly control: Exposure;
}

function withExposure(tally: Tally, { trials, events }: Exposure): Tally {
  return addTally(tally, { trials, hits: events });
}

function harmTerms({ judge }: RatioCheck, direction: Direction, arms: Arms): readonly number[] {
  return ratioTerms({ ...suspecting(direction, arms), tolerated: 1 + judge.worseBy }, HARM_RATIOS);
}

/** The arm whose rate is the higher one when the candidate is worse in this direction is the suspect. */
function suspecting(direction: Direction, { candidate, control }: Arms) {
  return direction === 'up'
    ? { suspect: candidate, reference: control }
    : { suspect: control, reference: candidate };
}

function started(check: RatioCheck, { clustering }: State): Started<Harm> {
  const size = clusterSize(clustering);
  return { nothing: NO_HARM, logEvidence: (sums) => logHarm(check, sums, size) };
}

function logHarmOf(check: RatioCheck, state: State): number {
  return logOverStarts(state.harm, started(check, state).logEvidence);
}

/** Both "within the margin" and "on the good side of the floor" must be refuted: the smaller of the two e-values. */
function logHarm(check: RatioCheck, { ratios, tally }: Harm, size: number): number {
  return meanOver(check, (direction) => {
    const byRatio = logMeanTempered(ratios[direction] ?? NO_RATIOS, size);
    const floor = inDirection(check, direction, check.floor);
    if (floor === undefined || floor <= 0) return byRatio;
    return Math.min(byRatio, tempered(levelTestsOf(check, direction).beyond(tally, floor), size));
  });
}

/** The arms exchanged: evidence that the control is worse than the candidate by more than `1 / ratio`. */
function safeTerms({ judge }: RatioCheck, direction: Direction, arms: Arms): readonly number[] {
  if (judge.safe === undefined || !('ratio' in judge.safe)) return NO_SAFETY;
  const { suspect, reference } = suspecting(direction, arms);
  return ratioTerms({ suspect: reference, reference: suspect, tolerated: 1 / judge.safe.ratio }, SAFE_RATIOS);
}

/**
 * Unsafe means beyond the margin *and* beyond the floor, so a proof against either will do. Their mean, not the
 * larger of them, is an e-value. Without errors on stable, only the floor can be proved.
 */
function logSafe(check: RatioCheck, { safe, candidate, clustering }: State): number | undefined {
  const margin = check.judge.safe;
  if (margin === undefined) return undefined;
  const size = clusterSize(clustering);
  return leastOver(check, (direction) => {
    const level = levelOf(check, direction);
    const { within } = levelTestsOf(check, direction);
    const byLevel = level === undefined ? undefined : tempered(within(candidate, level), size);
    if ('absolute' in margin) return byLevel ?? 0;
    const byRatio = logMeanTempered(safe[direction] ?? NO_SAFETY, size);
    return byLevel === undefined ? byRatio : logMean([byRatio, byLevel]);
  });
}

/** The level that proves safety by itself: the absolute margin or the floor, whichever allows more. */
function levelOf(check: RatioCheck, direction: Direction): number | undefined {
  const { safe } = check.judge;
  const absolute = safe !== undefined && 'absolute' in safe ? safe.absolute : undefined;
  const levels = [absolute, check.floor].flatMap((level) => inDirection(check, direction, level) ?? []);
  const usable = levels.filter((level) => level > 0);
  if (usable.length === 0) return undefined;
  return direction === 'up' ? Math.max(...usable) : Math.min(...usable);
}
