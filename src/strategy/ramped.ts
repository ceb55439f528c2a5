import { FULL_SHARE } from '../base/share.ts';
import type { CountOrShare, RampedStrategy } from '../rollout/model.ts';
import { countOf } from './capacity.ts';
import type { Plan, Step, Wait } from './plan.ts';
import { allStable, rampPlan, rampTo, sizedStep, type Bounds, type Sizes } from './ramp.ts';
import { pauseWords } from './waits.ts';

/** What a ramp depends on besides its strategy. */
export interface RampOptions {
  readonly replicas: number;
  /** True: there are checks, and each batch is given time to be judged. */
  readonly isJudged: boolean;
  /** True: without any wait. */
  readonly direct: boolean;
}

/** Ramped: replicas are replaced a few at a time, and traffic follows them. */
export function compileRamped(strategy: RampedStrategy, options: RampOptions): Plan {
  const { replicas, direct, isJudged } = options;
  const bounds = boundsOf(strategy, replicas);
  const stops = direct ? [] : stopsOf(strategy, replicas);
  const isWatched = isJudged && !direct;
  const ramp = isWatched ? withOneJudged(rampOver(stops, bounds), bounds) : rampOver(stops, bounds);
  const waits = waitsOf(ramp, { stops, analyze: isWatched ? strategy.analyze : undefined });
  const steps = ramp.map((sizes, index): Step => {
    const wait = waits[index] ?? { kind: 'none' };
    const step = sizedStep(sizes, replicas, { wait, promoting: index === ramp.length - 1 });
    return { ...step, title: `${step.title}${pauseWords(wait)}` };
  });
  return rampPlan(steps, notesOn(bounds));
}

/** A share of what may be missing is rounded down; where nothing could be replaced at all, one is missing. */
function boundsOf({ maxSurge, maxUnavailable }: RampedStrategy, replicas: number): Bounds {
  const surge = countOf(maxSurge, replicas);
  const unavailable = roundedDown(maxUnavailable, replicas);
  return { replicas, surge, unavailable: surge + unavailable === 0 ? 1 : unavailable };
}

function roundedDown(size: CountOrShare, replicas: number): number {
  return 'count' in size ? countOf(size, replicas) : Math.floor((size.share * replicas) / FULL_SHARE);
}

/** At how many new replicas somebody has to resume. */
function stopsOf({ partition, pauseEvery }: RampedStrategy, replicas: number): readonly number[] {
  const stops = partition === undefined ? [] : [Math.max(0, replicas - countOf(partition, replicas))];
  const every = pauseEvery === undefined ? replicas : Math.max(1, countOf(pauseEvery, replicas));
  for (let at = every; at < replicas; at += every) stops.push(at);
  return [...new Set(stops)].filter((stop) => stop < replicas).sort((a, b) => a - b);
}

function rampOver(stops: readonly number[], bounds: Bounds): readonly Sizes[] {
  let at = allStable(bounds);
  return [...stops, bounds.replicas].flatMap((stop) => {
    const ramp = stop === 0 ? [at] : rampTo(at, stop, bounds);
    at = ramp.at(-1) ?? at;
    return ramp;
  });
}

/** Where all replicas are replaced at once, one old replica stays until the new ones could be judged beside it. */
function withOneJudged(ramp: readonly Sizes[], { replicas, surge }: Bounds): readonly Sizes[] {
  const hasBoth = ramp.some(({ stable, candidate }) => stable > 0 && candidate > 0);
  if (hasBoth || surge === 0) return ramp;
  return [...ramp.slice(0, -1), { stable: 1, candidate: replicas }, ...ramp.slice(-1)];
}

interface Waiting {
  readonly stops: readonly number[];
  /** Absent: nothing is judged. */
  readonly analyze: RampedStrategy['analyze'] | undefined;
}

/** A stop waits for somebody; the other batches share the time of one analysis. */
function waitsOf(ramp: readonly Sizes[], { stops, analyze }: Waiting): readonly Wait[] {
  const waits = ramp.map(({ stable, candidate }, index): Wait['kind'] => {
    const isNew = ramp[index - 1]?.candidate !== candidate;
    if (isNew && stops.includes(candidate)) return 'pause';
    return isNew && analyze !== undefined && stable > 0 && candidate > 0 ? 'analyze' : 'none';
  });
  const batches = waits.filter((wait) => wait === 'analyze').length;
  return waits.map((kind): Wait => {
    if (kind !== 'analyze' || analyze === undefined) return { kind: kind === 'pause' ? 'pause' : 'none' };
    const { atLeastMs, atMostMs } = analyze;
    return {
      kind,
      atLeastMs: Math.ceil(atLeastMs / batches),
      atMostMs: Math.ceil(atMostMs / batches),
      early: true,
    };
  });
}

function notesOn({ replicas, unavailable }: Bounds): readonly string[] {
  const least = replicas - unavailable;
  if (unavailable === 0) return [];
  return least > 0
    ? [`fewest: ${least} of ${replicas} replicas serve while others are replaced`]
    : ['gap: nobody serves while the last old replica stops and the first new one starts'];
}
