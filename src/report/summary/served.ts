import type { RecordedTick } from '../recording.ts';

/** Requests, and how many of them failed. */
export interface Served {
  readonly requests: number;
  readonly errors: number;
}

/** What both sides of a comparison have served: the new version, and what it is compared with. */
export interface BothServed {
  readonly candidate: Served;
  readonly control: Served;
}

/** Before anything was served. */
export const NONE_SERVED: Served = { requests: 0, errors: 0 };

/** Before either has served anything. */
export const NEITHER_SERVED: BothServed = { candidate: NONE_SERVED, control: NONE_SERVED };

/** What both have served with this tick. */
export function servedWith({ candidate, control }: BothServed, { tick }: RecordedTick): BothServed {
  return {
    candidate: servedBoth(candidate, tick.candidate),
    control: servedBoth(control, tick.control),
  };
}

/** What was served in all. */
export function servedBoth(one: Served, other: Served): Served {
  return { requests: one.requests + other.requests, errors: one.errors + other.errors };
}
