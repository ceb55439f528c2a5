import type { Metric, SequentialSettings } from '../../rollout/model.ts';
import type { Effect } from '../judgement.ts';
import type { Exposure } from '../measurement.ts';
import { logEvidenceAbove, logEvidenceBelow, type Tally } from '../stats/one-sample.ts';
import { logRateAbove, logRateBelow } from '../stats/poisson-sample.ts';
import { ratioInterval } from '../stats/ratio-interval.ts';
import { counted, figure, percent } from '../words.ts';
import type { Sight } from './conclusion.ts';
import type { Direction } from './direction.ts';
import type { CheckWith } from './judge.ts';

type CountCheck = CheckWith<SequentialSettings>;

/** Log evidence about one arm by itself, against a level. */
export interface LevelTests {
  /** That it is on the bad side. */
  readonly beyond: (tally: Tally, level: number) => number;
  /** That it is on the good side. */
  readonly within: (tally: Tally, level: number) => number;
}

/** A share has as many trials as chances; a rate is events per time, which may be more. */
export function levelTestsOf({ metric }: CountCheck, direction: Direction): LevelTests {
  const isRate = MS_PER_UNIT[metric.kind] !== undefined;
  const above = isRate ? logRateAbove : logEvidenceAbove;
  const below = isRate ? logRateBelow : logEvidenceBelow;
  return direction === 'up' ? { beyond: above, within: below } : { beyond: below, within: above };
}

/** Rates are per second; restarts are per hour of one process. */
const MS_PER_UNIT: Readonly<Partial<Record<Metric['kind'], number>>> = { rate: 1_000, usage: 3_600_000 };

/** Exposure in the unit of the metric: trials, or time that is given in milliseconds. */
export function exposureOf({ metric }: CountCheck, { trials, events }: Exposure): Exposure {
  return { trials: trials / (MS_PER_UNIT[metric.kind] ?? 1), events };
}

/** What a check saw of both arms in this step. */
export function countStory(check: CountCheck, candidate: Tally, control: Tally): Sight {
  const words = wordsOf(check, candidate);
  const samples = check.metric.kind === 'usage' ? candidate.hits : Math.round(candidate.trials);
  if (candidate.trials === 0) return { story: words.nothing, samples: 0 };
  const here = candidate.hits / candidate.trials;
  const story = words.seen(here);
  const seen = { samples, candidate: here };
  if (control.trials === 0) return { ...seen, story: `${story}, stable had nothing to compare with` };
  const there = control.hits / control.trials;
  return { ...seen, control: there, story: `${story} against ${words.value(there)} on stable` };
}

/** What counts as which ratio; all others are of rates. */
const RATIOS: Readonly<Partial<Record<Metric['kind'], 'errors' | 'ratio'>>> = {
  errors: 'errors',
  ratio: 'ratio',
  differences: 'ratio',
};

/** The ratio of both arms' rates in this step. `clusterSize`: events per cause. */
export function countEffect(
  { metric }: CountCheck,
  { candidate, control }: { readonly candidate: Tally; readonly control: Tally },
  clusterSize: number,
): Effect {
  const names = { errors: 'error ratio', ratio: 'ratio of shares', rate: 'ratio of rates' } as const;
  const of = names[RATIOS[metric.kind] ?? 'rate'];
  const interval = ratioInterval({ candidate, control }, clusterSize);
  if (candidate.trials === 0 || control.hits === 0) return { of, ...interval };
  const estimate = candidate.hits / candidate.trials / (control.hits / control.trials);
  return { of, estimate, ...interval };
}

interface Words {
  readonly nothing: string;
  readonly seen: (value: number) => string;
  readonly value: (value: number) => string;
}

function wordsOf({ metric }: CountCheck, { trials, hits }: Tally): Words {
  if (metric.kind === 'rate') {
    const value = (rate: number): string => `${figure(rate)} a second`;
    const seen = (rate: number): string => `${value(rate)} on the canary (${counted(hits, 'event')})`;
    return { nothing: 'nothing measured of the canary in this step yet', seen, value };
  }
  if (metric.kind === 'usage') {
    const value = (rate: number): string => `${figure(rate)} an hour and process`;
    const seen = (rate: number): string => `${counted(hits, 'restart')} of the canary, ${value(rate)},`;
    return { nothing: 'no canary process in this step yet', seen, value };
  }
  if (metric.kind === 'ratio') {
    const seen = (rate: number): string => `${percent(rate)} of ${counted(trials, 'case')} on the canary`;
    return { nothing: 'nothing measured of the canary in this step yet', seen, value: percent };
  }
  if (metric.kind === 'differences') {
    const seen = (rate: number): string =>
      `${percent(rate)} of ${counted(trials, 'answer')} to copies differ`;
    return { nothing: 'no answers compared in this step yet', seen, value: percent };
  }
  const noun = metric.kind === 'errors' && metric.per === 'user' ? 'user' : 'request';
  const seen = (rate: number): string => `${percent(rate)} of ${counted(trials, `canary ${noun}`)} failed`;
  return { nothing: `no canary ${noun}s in this step yet`, seen, value: percent };
}
