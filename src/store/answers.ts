import { Failure } from '../base/failure.ts';
import type { RolloutRecord } from '../controller/ports.ts';
import { accessAnswers } from './access-answers.ts';
import { requestAnswers } from './request-answers.ts';
import type { StateStore, UnresolvedRollout } from './queries.ts';
import type { StoredRollout } from './rows/rollout.ts';
import type { Tables } from './tables.ts';

/** Does blocking work on the database; what goes wrong rejects. */
export type Answer = <T>(work: () => T) => Promise<T>;

/** Makes a record of a row; throws Failure when its document is not understood. */
export type ToRecord = (stored: StoredRollout) => RolloutRecord;

/** The part of the store that needs no transaction: one statement each. */
export function answersFrom(
  { rollouts, events, releases, ticks, revisions, ...more }: Tables,
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
    releases: (rollout, part) => answer(() => releases.list(rollout, part)),
    release: (rollout, number) => answer(() => releases.get(rollout, number)),
    ticks: (rollout, release, part) => answer(() => ticks.list(rollout, release, part)),
    getRevision: (rollout, id) => answer(() => revisions.get(rollout, id)),
    listRevisions: (rollout) => answer(() => revisions.list(rollout)),
    deleteRevision: (rollout, id) =>
      answer(() => {
        revisions.delete(rollout, id);
      }),
    ...accessAnswers(more, answer),
    ...requestAnswers(more, answer),
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
