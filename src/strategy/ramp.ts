import { FULL_SHARE, shareFor, type Share } from '../base/share.ts';
import type { Plan, Step } from './plan.ts';

/** How many replicas of both versions there are. */
export interface Sizes {
  readonly stable: number;
  readonly candidate: number;
}

/** How far the number of replicas may be off while they are replaced. */
export interface Bounds {
  readonly replicas: number;
  readonly surge: number;
  /** One of the two is more than nothing, or nothing could be replaced. */
  readonly unavailable: number;
}

/** Data planes divide traffic this finely, in thousandths of a percent. */
const FINEST_WEIGHT = 10;

/** Before anything is replaced. */
export function allStable({ replicas }: Bounds): Sizes {
  return { stable: replicas, candidate: 0 };
}

/**
 * The sizes on the way from `from` to `candidate` new replicas, as many of them replaced at a time as the bounds
 * allow. While one size gives way to the next, the larger of both holds for each version.
 */
export function rampTo(from: Sizes, candidate: number, bounds: Bounds): readonly Sizes[] {
  const { replicas, surge, unavailable } = bounds;
  const ramp: Sizes[] = [];
  let at = from;
  while (at.candidate < candidate) {
    const batch = Math.min(surge + unavailable, candidate - at.candidate);
    // What is more than may be added must go first.
    if (batch > surge) ramp.push({ ...at, stable: at.stable - (batch - surge) });
    const replaced = at.candidate + batch;
    at = { stable: replicas - replaced, candidate: replaced };
    ramp.push(at);
  }
  return ramp;
}

/** The rest of a ramp, without any wait; its last step is the end of the old version. */
export function rampToEnd(from: Sizes, bounds: Bounds): readonly Step[] {
  const { replicas } = bounds;
  const end: Sizes = { stable: 0, candidate: replicas };
  const ramp = from.candidate === replicas ? [end] : rampTo(from, replicas, bounds);
  return ramp.map((sizes) =>
    sizedStep(sizes, replicas, { wait: { kind: 'none' }, promoting: sizes.candidate === replicas }),
  );
}

/** A step of these sizes, in which traffic follows the replicas. */
export function sizedStep(
  sizes: Sizes,
  replicas: number,
  { wait, promoting }: Pick<Step, 'wait' | 'promoting'>,
): Step {
  const { stable, candidate } = sizes;
  const weight = weightOfCandidate(sizes);
  return {
    title: titleOf(sizes, replicas),
    size: {
      ...(stable === 0 ? {} : { stable: { share: shareFor(stable, replicas) } }),
      ...(candidate === 0 ? {} : { canary: { share: shareFor(candidate, replicas) } }),
    },
    weights: {
      ...(stable === 0 ? {} : { stable: (FULL_SHARE - weight) as Share }),
      ...(candidate === 0 ? {} : { canary: weight }),
    },
    wait,
    exclusive: false,
    promoting,
    bySize: true,
  };
}

function weightOfCandidate({ stable, candidate }: Sizes): Share {
  const total = Math.max(1, stable + candidate);
  const parts = FULL_SHARE / FINEST_WEIGHT;
  return (Math.round((candidate / total) * parts) * FINEST_WEIGHT) as Share;
}

function titleOf({ stable, candidate }: Sizes, replicas: number): string {
  if (stable === 0 && candidate === replicas) return `all ${replicas} replicas new`;
  const missing = Math.max(0, replicas - stable - candidate);
  return `${candidate} of ${replicas} replicas new${missing > 0 ? `, ${missing} old stopped first` : ''}`;
}

/** What every plan has in common that replaces replicas within bounds. */
export function rampPlan(steps: readonly Step[], notes: readonly string[]): Plan {
  const back =
    'way back: by the same steps in reverse, within the same bounds, since the old version gives its replicas away';
  return { steps, notes: [...notes, back], retraces: true };
}
