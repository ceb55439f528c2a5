import type { SloSettings } from '../../rollout/model.ts';
import type { Effect } from '../judgement.ts';
import { BUCKETS_PER_DOUBLING, type Exposure, type LogHistogram } from '../measurement.ts';
import { addTally, logEvidenceAbove, logEvidenceBelow, NO_TALLY, type Tally } from '../stats/one-sample.ts';
import { rateInterval } from '../stats/rate-interval.ts';
import {
  addToStarts,
  logOverStarts,
  nextStart,
  startingTimes,
  type Started,
  type StartingTimes,
} from '../stats/starting-times.ts';
import { counted, figure, milliseconds, percent } from '../words.ts';
import { concluded, type Sight } from './conclusion.ts';
import type { CheckWith, Judge } from './judge.ts';

type SloCheck = CheckWith<SloSettings>;

interface State {
  /** Counts that can only understate the misses: what harm is proved with. */
  readonly harm: StartingTimes<Tally>;
  /** Of this step, counts that can only overstate them: what safety is proved with. */
  readonly safe: Tally;
}

/** A budget of nothing could be refuted by one miss of however many requests. */
const SMALLEST_BUDGET = 1e-6;

/**
 * The candidate by itself against the error budget of an objective; no control is needed. Bad is a share of
 * misses above the budget, good a share proved below it.
 *
 * For latencies the histogram's bucket that holds the limit tells nothing: it counts as soon enough when harm is
 * weighed and as too late when safety is, so that both proofs keep their promise.
 */
export const slo: Judge<SloSettings, State, 'counts' | 'distribution'> = {
  reads: ['counts', 'distribution'],

  start: (plannedSteps) => ({ harm: startingTimes(plannedSteps, NO_TALLY), safe: NO_TALLY }),

  beginStep: (check, state) => ({
    harm: nextStart(state.harm, burning(check)),
    safe: NO_TALLY,
  }),

  add(check, state, { ms, sample }) {
    const least = missesOf(check, sample.candidate, 'least');
    const most = missesOf(check, sample.candidate, 'most');
    return {
      harm: addToStarts(state.harm, { ms, add: (tally) => addTally(tally, least) }, burning(check)),
      safe: addTally(state.safe, most),
    };
  },

  logHarm: (check, state) => logOverStarts(state.harm, burning(check).logEvidence),

  judgement(check, state, falseAlarms) {
    const budget = budgetOf(check);
    const logHarm = logOverStarts(state.harm, burning(check).logEvidence);
    const logSafe = logEvidenceBelow(state.safe, budget);
    return concluded({ name: check.name, logHarm, logSafe, falseAlarms }, sightOf(check, state));
  },
};

function burning(check: SloCheck): Started<Tally> {
  return { nothing: NO_TALLY, logEvidence: (tally) => logEvidenceAbove(tally, budgetOf(check)) };
}

function budgetOf({ judge }: SloCheck): number {
  return Math.max(judge.budget, SMALLEST_BUDGET);
}

function missesOf(check: SloCheck, seen: Exposure | LogHistogram, bound: 'least' | 'most'): Tally {
  if ('trials' in seen) return { trials: seen.trials, hits: seen.events };
  const withinMs = check.metric.kind === 'latency' ? check.metric.withinMs : undefined;
  if (withinMs === undefined) return NO_TALLY;
  const limit = firstLateBucket(withinMs, bound);
  let trials = 0;
  let hits = 0;
  for (const [index, count] of seen) {
    trials += count;
    if (index >= limit) hits += count;
  }
  return { trials, hits };
}

/** A bucket whose upper bound is the limit itself is wholly within it. */
function firstLateBucket(withinMs: number, bound: 'least' | 'most'): number {
  const place = Math.log2(withinMs) * BUCKETS_PER_DOUBLING;
  return bound === 'most' ? Math.floor(place + 1e-9) + 1 : Math.ceil(place - 1e-9) + 1;
}

function sightOf(check: SloCheck, { safe }: State): Sight {
  const { trials } = safe;
  const { noun, missed } = wordsOf(check);
  if (trials === 0) return { story: `no ${noun}s in this step yet`, samples: 0 };
  const hits = hitsOf(safe);
  const share = hits / trials;
  const { budget } = check.judge;
  const burnt = `${counted(hits, 'failure')} where the error budget has ${figure(budget * trials)}`;
  const story =
    `${percent(share)} of ${counted(trials, noun)} ${missed}, the objective allows ${percent(budget)}: ` +
    `burn rate ${figure(share / budgetOf(check))}, ${burnt}`;
  return { story, samples: trials, candidate: share, effect: burnRate(check, safe) };
}

/** How fast the budget burns: 1 is as fast as the objective allows for ever. */
function burnRate(check: SloCheck, tally: Tally): Effect {
  const budget = budgetOf(check);
  const hits = hitsOf(tally);
  const { low, high } = rateInterval({ trials: tally.trials, hits });
  return { of: 'burn rate', estimate: hits / tally.trials / budget, low: low / budget, high: high / budget };
}

/** A failure may be counted before its request. */
function hitsOf({ trials, hits }: Tally): number {
  return Math.min(hits, trials);
}

function wordsOf({ metric }: SloCheck): { readonly noun: string; readonly missed: string } {
  if (metric.kind === 'latency') {
    const within = milliseconds(metric.withinMs ?? 0);
    return { noun: 'canary request', missed: `took more than ${within}` };
  }
  if (metric.kind !== 'errors') return { noun: 'case', missed: 'on the canary were bad' };
  return { noun: metric.per === 'user' ? 'canary user' : 'canary request', missed: 'failed' };
}
