import type { EngineEvent } from '../../engine/decision.ts';

/** An event as it is remembered until it has been told. */
export interface Told extends EngineEvent {
  /** Grows within a Rollout. */
  readonly id: number;
  /** Wall clock, milliseconds since 1970. */
  readonly at: number;
}

/** Of one Rollout so many are remembered. */
const KEPT = 50;

/** The remembered events with these added. */
export function withTold(
  before: readonly Told[],
  events: readonly EngineEvent[],
  at: number,
): readonly Told[] {
  const last = before.at(-1)?.id ?? 0;
  return [...before, ...events.map((event, i) => ({ ...event, id: last + 1 + i, at }))].slice(-KEPT);
}
