import { access, constants, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { RolloutRecord } from '../controller/ports.ts';
import { answersFrom, type Answer } from './answers.ts';
import { takeControl, type ControlLock } from './control-lock.ts';
import { closeDatabase, openDatabase } from './database.ts';
import { loadDriver, type Database } from './driver.ts';
import type { Saved, StateStore } from './queries.ts';
import { recordMaker, type Resolve } from './resolver.ts';
import { removeRecord, saveRecord, type SaveRequest, type SaveResult } from './save.ts';
import { guarded, storeFailure } from './store-failure.ts';
import { prepareTables } from './tables.ts';
import { inTransaction } from './transaction.ts';

/** What the state is opened with. */
export interface StoreOptions {
  readonly resolve: Resolve;
  /** Wall clock, milliseconds since 1970: the time of events. */
  readonly now: () => number;
  /** The version of coalmine, written into the state so that an older one can name it. */
  readonly version: string;
}

/**
 * Opens the state in `dataDir`, making it when there is none, and takes the directory for this process alone.
 * Throws Failure `alreadyRunning` (another process has it), `storeUnusable` (damaged, of a newer version, not
 * writable: nothing is changed) or `diskFull`.
 */
export async function openStore(dataDir: string, options: StoreOptions): Promise<StateStore> {
  const path = join(dataDir, 'coalmine.db');
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
    const open = await loadDriver();
    const lock = await takeControl(dataDir, open);
    try {
      const database = await openDatabase(path, { open, version: options.version });
      return storeOn({ database, path, lock }, options);
    } catch (error) {
      await lock.release();
      throw error;
    }
  } catch (error) {
    throw storeFailure(error, path);
  }
}

interface Opened {
  readonly database: Database;
  readonly path: string;
  readonly lock: ControlLock;
}

function storeOn({ database, path, lock }: Opened, options: StoreOptions): StateStore {
  const tables = prepareTables(database);
  const listeners = new Set<(change: Saved) => void>();
  const tell = (change: Saved): void => {
    for (const listener of listeners) listener(change);
  };
  const answer: Answer = (work) =>
    new Promise((resolve) => {
      resolve(guarded(path, work));
    });
  const save = (requests: readonly Omit<SaveRequest, 'at'>[]): Promise<readonly RolloutRecord[]> =>
    answer(() => {
      const at = options.now();
      const saveOne = (one: Omit<SaveRequest, 'at'>): SaveResult => saveRecord(tables, { ...one, at });
      const results = inTransaction(database, () => requests.map(saveOne));
      for (const result of results) tell({ kind: 'saved', ...result });
      return results.map(({ record }) => record);
    });
  let isOpen = true;
  return {
    ...answersFrom(tables, recordMaker(options.resolve), answer),
    save: async (record, consequences) => (await save([{ record, consequences }]))[0] ?? record,
    declare: (declarations) => save(declarations.map((one) => ({ consequences: {}, ...one }))),
    remove: (record) =>
      answer(() => {
        const isRemoved = inTransaction(database, () => removeRecord(tables, record));
        if (isRemoved) tell({ kind: 'removed', name: record.rollout.name });
      }),
    onSaved: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: async () => {
      if (!isOpen) return;
      isOpen = false;
      closeDatabase(database);
      await lock.release();
    },
  };
}
