import type { Fault, Version } from '../scenario/model.ts';

/** How a process answers at a moment. */
export interface Conditions {
  readonly errorRatio: number;
  /** Multiplies latencies. */
  readonly slowness: number;
}

/** One process at a moment. */
export interface Situation {
  readonly atMs: number;
  /** Time since it was started. */
  readonly ageMs: number;
  /** Its place among the processes of its version: 0 is the oldest. */
  readonly place: number;
  /** Requests a second that it is sent. */
  readonly perSecond: number;
}

/** How a process of a version answers, with everything that is wrong at that moment. */
export function conditionsOf(version: Version, faults: readonly Fault[], situation: Situation): Conditions {
  if (situation.ageMs < version.startUpMs) return { errorRatio: 1, slowness: 1 };
  const load = underLoad(version, situation.perSecond);
  let { errorRatio } = version;
  let slowness = load.slowness * warmUpSlowness(version, situation.ageMs);
  for (const fault of faults) {
    if (!isTouched(fault, version, situation.place)) continue;
    const strength = strengthAt(fault, situation.atMs);
    errorRatio += fault.errorRatio * strength;
    slowness *= 1 + (fault.slowness - 1) * strength;
  }
  errorRatio = Math.min(1, errorRatio);
  return { errorRatio: errorRatio + (1 - errorRatio) * load.refused, slowness };
}

function isTouched({ version, replicas = Infinity }: Fault, { name }: Version, place: number): boolean {
  return (version === undefined || version === name) && place < replicas;
}

/** Between 0 and 1. */
function strengthAt({ atMs: from, forMs, rampMs }: Fault, atMs: number): number {
  const since = atMs - from;
  if (since < 0 || since >= forMs) return 0;
  return rampMs === 0 ? 1 : Math.min(1, since / rampMs);
}

function warmUpSlowness({ warmUp, startUpMs }: Version, ageMs: number): number {
  if (warmUp === undefined) return 1;
  const done = Math.min(1, (ageMs - startUpMs) / warmUp.forMs);
  return 1 + (warmUp.slowness - 1) * (1 - done);
}

/** Up to this part of the capacity nothing is noticed. */
const EASY = 0.8;
/** Requests that would wait longer are refused instead. */
const SLOWEST = 10;

/** As in a queue, waiting grows with one over what is left of the capacity; what is beyond it is refused. */
function underLoad(
  { capacity }: Version,
  perSecond: number,
): { readonly slowness: number; readonly refused: number } {
  const used = capacity === undefined ? 0 : perSecond / capacity;
  if (used <= EASY) return { slowness: 1, refused: 0 };
  const slowness = used >= 1 ? SLOWEST : Math.min(SLOWEST, (1 - EASY) / (1 - used));
  return { slowness, refused: used > 1 ? 1 - 1 / used : 0 };
}
