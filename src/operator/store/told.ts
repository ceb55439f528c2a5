import { createHash } from 'node:crypto';
import type { EngineEvent } from '../../engine/decision.ts';

/** An event as it is remembered until it has been told. */
export interface Told extends EngineEvent {
  /** Grows within all that one operator saves, with the time; of two operators hardly ever the same, so that all can be read on from one. */
  readonly id: number;
  /** Wall clock, milliseconds since 1970. */
  readonly at: number;
}

/** Of one Rollout so many are remembered. */
const KEPT = 50;

/** What happened in one save of a Rollout, by its name with its namespace. */
interface Happened {
  readonly events: readonly EngineEvent[];
  readonly at: number;
  readonly rollout: string;
  /** The highest id that any event has yet, of whatever Rollout; 0: none is known. */
  readonly newest: number;
}

/** The remembered events with these added. */
export function withTold(
  before: readonly Told[],
  { events, at, rollout, newest }: Happened,
): readonly Told[] {
  const last = Math.max(newest, newestIn(before));
  const first = Math.max(last + 1, at * 1_000 + thousandth(rollout));
  return [...before, ...events.map((event, i) => ({ ...event, id: first + i, at }))].slice(-KEPT);
}

/** The highest id of these events; 0: there are none. */
export function newestIn(told: readonly Told[] = []): number {
  return told.at(-1)?.id ?? 0;
}

/** A number below 1,000 for a name, so that what two operators save in the same millisecond seldom has the same ids. */
function thousandth(name: string): number {
  return createHash('sha256').update(name).digest().readUInt32BE() % 1_000;
}
