import { createHash } from 'node:crypto';
import type { EngineEvent } from '../../engine/decision.ts';

/** An event as it is remembered until it has been told. */
export interface Told extends EngineEvent {
  /** Grows within a Rollout; of several Rollouts with the time, and hardly ever the same for two, so that all can be read on from one. */
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
}

/** The remembered events with these added. */
export function withTold(before: readonly Told[], { events, at, rollout }: Happened): readonly Told[] {
  const last = before.at(-1)?.id ?? 0;
  const first = Math.max(last + 1, at * 1_000 + thousandth(rollout));
  return [...before, ...events.map((event, i) => ({ ...event, id: first + i, at }))].slice(-KEPT);
}

/** A number below 1,000 for a name, so that what happens in the same millisecond has ids of its own. */
function thousandth(name: string): number {
  return createHash('sha256').update(name).digest().readUInt32BE() % 1_000;
}
