import { Failure } from '../base/failure.ts';
import type { RolloutRecord } from '../controller/ports.ts';
import type { StateStore, UnresolvedRollout } from './queries.ts';
import type { StoredRollout } from './rows/rollout.ts';
import type { Tables } from './tables.ts';

/** Does blocking work on the database; what goes wrong rejects. */
export type Answer = <T>(work: () => T) => Promise<T>;

/** Makes a record of a row; throws Failure when its document is not understood. */
export type ToRecord = (stored: StoredRollout) => RolloutRecord;

/** The part of the store that needs no transaction: one statement each. */
export function answersFrom(
  { rollouts, events, releases, ticks, revisions, tokens }: Tables,
  toRecord: ToRecord,
  answer: Answer,
): Omit<StateStore, 'save' | 'declare' | 'remove' | 'onSaved' | 'close'> {
  return {
    list: () => answer(() => sorted(rollouts.list(), toRecord).records),
    unresolved: () => answer(() => sorted(rollouts.list(), toRecord).unresolved),
    get: (name) =>
      answer(() => {
        const stored = rollouts.get(name);
        return stored === undefined ? undefined : toRecord(stored);
      }),
    events: (query) => answer(() => events.find(query)),
    releases: (rollout) => answer(() => releases.list(rollout)),
    release: (rollout, number) => answer(() => releases.get(rollout, number)),
    ticks: (rollout, release) => answer(() => ticks.list(rollout, release)),
    getRevision: (rollout, id) => answer(() => revisions.get(rollout, id)),
    listRevisions: (rollout) => answer(() => revisions.list(rollout)),
    deleteRevision: (rollout, id) =>
      answer(() => {
        revisions.delete(rollout, id);
      }),
    tokens: () => answer(() => tokens.list()),
    addToken: (token) => answer(() => tokens.insert(token)),
    revokeToken: (name, revoked) => answer(() => tokens.revoke(name, revoked)),
  };
}

interface Sorted {
  readonly records: readonly RolloutRecord[];
  readonly unresolved: readonly UnresolvedRollout[];
}

/** One document that is not understood must not hide the others. */
function sorted(rows: readonly StoredRollout[], toRecord: ToRecord): Sorted {
  const records: RolloutRecord[] = [];
  const unresolved: UnresolvedRollout[] = [];
  for (const row of rows) {
    try {
      records.push(toRecord(row));
    } catch (failure) {
      if (!(failure instanceof Failure)) throw failure;
      const { name, ...stored } = row;
      unresolved.push({ name, failure, stored });
    }
  }
  return { records, unresolved };
}
