import { Failure } from '../../base/failure.ts';
import type { Consequences, RolloutRecord, Store } from '../../controller/ports.ts';

/** Told of every save. */
export type OnSave = (record: RolloutRecord, consequences: Consequences) => void;

/** A store without a disk, with the same rules about who saved first. */
export class MemoryStore implements Store {
  readonly #records = new Map<string, RolloutRecord>();
  readonly #onSave: OnSave;

  constructor(onSave: OnSave) {
    this.#onSave = onSave;
  }

  list(): Promise<readonly RolloutRecord[]> {
    return Promise.resolve([...this.#records.values()]);
  }

  get(name: string): Promise<RolloutRecord | undefined> {
    return Promise.resolve(this.#records.get(name));
  }

  save(record: RolloutRecord, consequences: Consequences): Promise<RolloutRecord> {
    const { name } = record.rollout;
    if (record.version !== (this.#records.get(name)?.version ?? 0)) {
      return Promise.reject(new Failure('conflict', `${name} was saved by somebody else`));
    }
    const saved = { ...record, version: record.version + 1 };
    this.#records.set(name, saved);
    this.#onSave(saved, consequences);
    return Promise.resolve(saved);
  }

  remove(record: RolloutRecord): Promise<void> {
    this.#records.delete(record.rollout.name);
    return Promise.resolve();
  }
}
