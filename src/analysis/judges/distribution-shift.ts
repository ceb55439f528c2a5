import type { SequentialSettings } from '../../rollout/model.ts';
import type { LogHistogram } from '../measurement.ts';
import { addToRun, EMPTY_RUN, halved, totalOf, type BucketRun } from '../stats/bucket-run.ts';
import { addToDrift, driftFactor, NO_DRIFT, stepOfDrift, type Drift } from '../stats/drift.ts';
import { addEach, logMean } from '../stats/log-sum.ts';
import { mirroredHistogram, mirroredRun } from '../stats/mirror.ts';
import { addTally, NO_TALLY, type Tally } from '../stats/one-sample.ts';
import {
  bucketsOfMargin,
  bucketsWithin,
  FEWER_SLOWDOWNS,
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
  type Started,
  type StartingTimes,
} from '../stats/starting-times.ts';
import { logMeanTempered } from '../stats/tempering.ts';
import { concluded } from './conclusion.ts';
import { forEachDirection, leastOver, meanOver, type Direction, type PerDirection } from './direction.ts';
import {
  beyondLevel,
  collapseOf,
  distributionEffect,
  distributionStory,
  logWithinLevel,
  tailOf,
} from './distribution-metric.ts';
import type { CheckWith, Judge } from './judge.ts';

type DistributionCheck = CheckWith<SequentialSettings>;
type Sums = PerDirection<readonly number[]>;

interface State {
  /** By direction, one log e-value per way of being slower. */
  readonly harm: StartingTimes<Sums>;
  /** Of this step, by direction, one log e-value per place between equal speed and the safety margin. */
  readonly safe: Sums;
  /** Of this step: candidate's values, and those beyond the absolute level that proves safety. */
  readonly level: Tally;
  /** Of this step. */
  readonly candidate: BucketRun;
  /** Of this step. */
  readonly control: BucketRun;
  /** The control's recent values, of all steps: what bets are made from. */
  readonly learned: BucketRun;
  /** Of the whole release. */
  readonly drift: Drift;
}

const NO_HARM = { up: SLOWDOWNS.map(() => 0), down: FEWER_SLOWDOWNS.map(() => 0) };
const NO_SAFETY = SAFE_PLACES.map(() => 0);
const NEW_STEP = { safe: {}, level: NO_TALLY, candidate: EMPTY_RUN, control: EMPTY_RUN };

/** From here on the older half is forgotten, so that the control is known as it is now. */
const MOST_LEARNED = 16_000;

/**
 * The distribution of latencies or sizes, against the whole stable track. With a `quantile` only what lies beyond
 * that quantile of the control counts, and what is on its good side counts as equal; the same for a `floor`. With
 * `worse: lower` the same bets are made on values in reverse order; with `either` half of the bet is on each.
 */
export const distributionShift: Judge<SequentialSettings, State, 'distribution'> = {
  reads: ['distribution'],

  start: (plannedSteps) => ({
    harm: startingTimes(plannedSteps, {}),
    ...NEW_STEP,
    learned: EMPTY_RUN,
    drift: NO_DRIFT,
  }),

  beginStep: (check, state) => ({
    harm: nextStart(state.harm, started(check, state)),
    ...NEW_STEP,
    learned: state.learned,
    drift: stepOfDrift(state.drift),
  }),

  add(check, state, { ms, sample }) {
    const { candidate, control } = sample;
    const terms = forEachDirection(check, (at) => termsOf(check, at, { ...sample, learned: state.learned }));
    const learned = addToRun(state.learned, control);
    const add = (sums: Sums): Sums =>
      forEachDirection(check, (at) => addEach(sums[at] ?? NO_HARM[at], terms[at]?.harm ?? NO_HARM[at]));
    return {
      harm: addToStarts(state.harm, { ms, add }, started(check, state)),
      safe: forEachDirection(check, (at) =>
        addEach(state.safe[at] ?? NO_SAFETY, terms[at]?.safe ?? NO_SAFETY),
      ),
      level: addTally(state.level, beyondLevel(check, candidate)),
      candidate: addToRun(state.candidate, candidate),
      control: addToRun(state.control, control),
      learned: totalOf(learned) > MOST_LEARNED ? halved(learned) : learned,
      drift: addToDrift(state.drift, ms, sample),
    };
  },

  logHarm: logHarmOf,

  judgement(check, state, falseAlarms) {
    const { name } = check;
    const weighed = { name, logHarm: logHarmOf(check, state), logSafe: logSafe(check, state), falseAlarms };
    const effect = distributionEffect(check, state, driftFactor(state.drift));
    return concluded(weighed, { ...distributionStory(check, state.candidate, state.control), effect });
  },
};

interface Seen {
  readonly candidate: LogHistogram;
  readonly control: LogHistogram;
  readonly learned: BucketRun;
}

/** What a tick adds in one direction, by bets made from earlier ticks only. */
function termsOf(
  check: DistributionCheck,
  direction: Direction,
  seen: Seen,
): { readonly harm: readonly number[]; readonly safe: readonly number[] } {
  const { candidate, control, learned } = direction === 'up' ? seen : mirrored(seen);
  const model = modelOf(learned, { candidate, control });
  if (model === undefined) return { harm: NO_HARM[direction], safe: NO_SAFETY };
  const tolerated = bucketsOfMargin(1 + check.judge.worseBy);
  const harm = harmTerms(model, {
    shift: tolerated,
    collapse: collapseOf(check, direction, { learned, shift: tolerated }),
    isReversed: direction === 'down',
  });
  const { safe } = check.judge;
  if (safe === undefined || !('ratio' in safe)) return { harm, safe: NO_SAFETY };
  const margin = bucketsWithin(safe.ratio);
  const collapse = tailOf(check, direction, { learned, shift: margin });
  return { harm, safe: safeTerms(model, { shift: margin, collapse }) };
}

function mirrored({ candidate, control, learned }: Seen): Seen {
  return {
    candidate: mirroredHistogram(candidate),
    control: mirroredHistogram(control),
    learned: mirroredRun(learned),
  };
}

function started(check: DistributionCheck, { drift }: State): Started<Sums> {
  const factor = driftFactor(drift);
  return { nothing: {}, logEvidence: (sums) => logHarm(check, sums, factor) };
}

function logHarmOf(check: DistributionCheck, state: State): number {
  return logOverStarts(state.harm, started(check, state).logEvidence);
}

function logHarm(check: DistributionCheck, sums: Sums, factor: number): number {
  return meanOver(check, (direction) => logMeanTempered(sums[direction] ?? NO_HARM[direction], factor));
}

/** As for counts: unsafe is beyond the margin and beyond the level, so a proof against either will do. */
function logSafe(check: DistributionCheck, { safe, level, drift }: State): number | undefined {
  const margin = check.judge.safe;
  if (margin === undefined) return undefined;
  const factor = driftFactor(drift);
  return leastOver(check, (direction) => {
    const isBounded = direction === 'up' || check.worse === 'lower';
    const byLevel = isBounded ? logWithinLevel(check, level) : undefined;
    if ('absolute' in margin) return byLevel ?? 0;
    const byRatio = logMeanTempered(safe[direction] ?? NO_SAFETY, factor);
    return byLevel === undefined ? byRatio : logMean([byRatio, byLevel]);
  });
}
