import { MOST_USERS } from '../../rollout/experiment.ts';
import type { MetCounters, MetDelta } from '../protocol.ts';
import { UserMarks } from './user-marks.ts';

/** The users of one Rollout's experiment, of all workers, those that have died too; each counts once. */
export class ExperimentUsers {
  readonly id: string;
  readonly #most: number;
  readonly #parts = new Map<string, UserMarks>();

  constructor(id: string, most = MOST_USERS) {
    this.id = id;
    this.#most = most;
  }

  /** Adds what a worker has met on a part; a worker may still speak of an experiment that is over. */
  add(part: string, { id, marks }: MetDelta): void {
    if (id !== this.id) return;
    const users = this.#of(part);
    for (const mark of marks) users.add(mark, this.#all() < this.#most);
  }

  /** The counts of a part. */
  read(part: string): MetCounters {
    const { users, converted } = this.#of(part);
    return { id: this.id, users, converted };
  }

  /** Everything that is known of a part, as a worker would tell it. */
  tell(part: string): MetDelta {
    return { id: this.id, marks: this.#of(part).all() };
  }

  #all(): number {
    let sum = 0;
    for (const { users } of this.#parts.values()) sum += users;
    return sum;
  }

  #of(part: string): UserMarks {
    const known = this.#parts.get(part);
    if (known !== undefined) return known;
    const users = new UserMarks();
    this.#parts.set(part, users);
    return users;
  }
}
