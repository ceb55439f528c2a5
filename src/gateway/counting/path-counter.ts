import type { PathCounters, SideCounters } from '../protocol.ts';

/** Who has answered a request of a path that is taken over. */
export type Side = 'new' | 'legacy';

/** Counts who answers the requests of one path, in one worker. */
export class PathCounter {
  readonly #who: Pick<PathCounters, 'rollout' | 'path'>;
  #new = new SideCounter();
  #legacy = new SideCounter();
  #fallbacks = 0;

  constructor(rollout: string, path: string) {
    this.#who = { rollout, path };
  }

  /** A client has got its answer, or would have. */
  answered(side: Side, isError: boolean): void {
    (side === 'new' ? this.#new : this.#legacy).add(isError);
  }

  /** The old system is asked in place of the new one. */
  fellBack(): void {
    this.#fallbacks += 1;
  }

  /** What happened since the last call; undefined when nothing did. */
  takeDelta(): PathCounters | undefined {
    const delta = {
      ...this.#who,
      new: this.#new.take(),
      legacy: this.#legacy.take(),
      fallbacks: this.#fallbacks,
    };
    this.#fallbacks = 0;
    return delta.new.requests + delta.legacy.requests + delta.fallbacks === 0 ? undefined : delta;
  }
}

class SideCounter {
  #requests = 0;
  #errors = 0;

  add(isError: boolean): void {
    this.#requests += 1;
    if (isError) this.#errors += 1;
  }

  take(): SideCounters {
    const taken = { requests: this.#requests, errors: this.#errors };
    this.#requests = this.#errors = 0;
    return taken;
  }
}
