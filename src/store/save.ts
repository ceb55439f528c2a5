import { Failure } from '../base/failure.ts';
import type { Consequences, RolloutRecord } from '../controller/ports.ts';
import type { EndedRelease } from '../engine/decision.ts';
import type { StoredEvent } from './rows/event.ts';
import type { StoredRevision } from './rows/revision.ts';
import type { StoredRollout } from './rows/rollout.ts';
import type { Tables } from './tables.ts';

/** Events kept of one Rollout, whatever its history: a Rollout that flaps must not fill the disk. */
const EVENTS_KEPT = 10_000;

/** What a save came to. */
export interface SaveResult {
  readonly record: RolloutRecord;
  readonly events: readonly StoredEvent[];
}

/** A record and what is to be saved with it. */
export interface SaveRequest {
  readonly record: RolloutRecord;
  readonly consequences: Consequences;
  /** The revisions it wants from now on. */
  readonly revisions?: readonly StoredRevision[];
  /** The time its events get: wall clock, milliseconds since 1970. */
  readonly at: number;
}

/** The body of the transaction that saves a record. Throws Failure `conflict`. */
export function saveRecord(tables: Tables, request: SaveRequest): SaveResult {
  const { record, consequences, revisions = [], at } = request;
  const { events = [], counted, ended } = consequences;
  const { name, historyKeep } = record.rollout;
  const version = writeRow(tables, { name, ...storedPart(record) });
  for (const revision of revisions) tables.revisions.put(revision);
  if (counted !== undefined) tables.ticks.insert(name, counted);
  const stored = events.map((event) => tables.events.insert(name, at, event));
  if (ended !== undefined) keepRelease(tables, { name, historyKeep }, ended);
  if (stored.length > 0) tables.events.cap(name, EVENTS_KEPT);
  return { record: { ...record, version }, events: stored };
}

/** The body of the transaction that removes a record. False: it was gone already. */
export function removeRecord(tables: Tables, { rollout, version }: RolloutRecord): boolean {
  if (tables.rollouts.get(rollout.name) === undefined) return false;
  if (!tables.rollouts.delete(rollout.name, version)) throw conflict(rollout.name, 'changed');
  return true;
}

/** Answers the version that was written. */
function writeRow(tables: Tables, row: StoredRollout): number {
  if (row.version === 0) {
    const version = tables.rollouts.insert(row);
    if (version === undefined) throw conflict(row.name, 'declared');
    return version;
  }
  if (tables.rollouts.update(row)) return row.version + 1;
  throw conflict(row.name, tables.rollouts.get(row.name) === undefined ? 'removed' : 'changed');
}

/** Writes an ended release down and lets those go that are older than the kept ones, with all that was theirs. */
function keepRelease(
  tables: Tables,
  { name, historyKeep }: { readonly name: string; readonly historyKeep: number },
  ended: EndedRelease,
): void {
  tables.releases.insert(name, ended);
  const oldest = tables.releases.prune(name, Math.max(1, historyKeep));
  tables.ticks.deleteBefore(name, oldest);
  tables.events.deleteBefore(name, oldest);
}

function storedPart({ rollout: _, ...stored }: RolloutRecord): Omit<StoredRollout, 'name'> {
  return stored;
}

function conflict(name: string, what: string): Failure {
  return new Failure('conflict', `the Rollout ${name} was ${what} by somebody else in the meantime`, {
    hint: `look at it again (\`coalmine describe ${name}\`) and repeat what you wanted`,
  });
}
