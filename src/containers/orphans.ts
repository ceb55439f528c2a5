import { INSTANCE_LABEL, OWNER_LABEL } from './container-order.ts';
import type { Engine } from './engine.ts';

/** Removes containers whose process is gone without having removed them, as after `kill -9`. */
export class Orphans {
  readonly #owner: string;
  /** Without a process at the last look: one that is just being started has none yet either. */
  #suspects: ReadonlySet<string> = new Set();

  constructor(owner: string) {
    this.#owner = owner;
  }

  /**
   * Looks once; what has had no process at two looks goes. Answers what is left to look at again. `living`: the
   * instances that have processes.
   */
  async look(engine: Engine, living: ReadonlySet<string>): Promise<'clean' | 'again'> {
    const all = await engine.list(OWNER_LABEL, this.#owner);
    const lost = all.filter(({ labels }) => !living.has(labels[INSTANCE_LABEL] ?? ''));
    const before = this.#suspects;
    for (const { id } of lost) if (before.has(id)) await engine.remove(id);
    this.#suspects = new Set(lost.map(({ id }) => id).filter((id) => !before.has(id)));
    return this.#suspects.size === 0 ? 'clean' : 'again';
  }
}
