import { Failure, messageOf } from '../base/failure.ts';
import type { Log } from '../telemetry/log.ts';
import { waitFor } from '../system/waiting.ts';
import type { StateStore } from '../store/queries.ts';
import type { Deployment } from './deployment.ts';
import { followed } from './taking.ts';

/** What could not be released, as on a full disk, is tried again after this time. */
const RETRY_MS = 30_000;

/** What following works with. */
export interface FollowingParts {
  readonly store: Pick<StateStore, 'list'>;
  readonly deployment: Pick<Deployment, 'follow'>;
  readonly log: Log;
  readonly closing: AbortSignal;
}

/** Releases what has become stable in one Rollout in those that follow it (`from: { rollout }`). */
export class Following {
  readonly #parts: FollowingParts;
  /** Rollouts that are looked at; true: something has happened meanwhile. */
  readonly #looking = new Map<string, boolean>();

  constructor(parts: FollowingParts) {
    this.#parts = parts;
  }

  /** Something has happened to a Rollout, or, without a name, may have to any. Returns at once. */
  poke(name?: string): void {
    this.#followers(name).catch((cause: unknown) => {
      this.#parts.log.warn(`who follows whom could not be read: ${messageOf(cause)}`);
    });
  }

  async #followers(name: string | undefined): Promise<void> {
    if (this.#parts.closing.aborted) return;
    for (const { rollout } of await this.#parts.store.list()) {
      const source = followed(rollout);
      if (source === undefined) continue;
      if (name === undefined || name === source || name === rollout.name) void this.#look(rollout.name);
    }
  }

  async #look(name: string): Promise<void> {
    if (this.#looking.has(name)) {
      this.#looking.set(name, true);
      return;
    }
    do {
      this.#looking.set(name, false);
      await this.#follow(name);
    } while (this.#looking.get(name) === true && !this.#parts.closing.aborted);
    this.#looking.delete(name);
  }

  async #follow(name: string): Promise<void> {
    const { deployment, log, closing } = this.#parts;
    try {
      await deployment.follow(name);
    } catch (cause) {
      if (closing.aborted) return;
      // It was said when it was rejected, and is not tried again by itself.
      if (cause instanceof Failure && cause.code === 'rejectedRevision') return;
      log.warn(`what it follows could not be released: ${messageOf(cause)}`, { rollout: name });
      await waitFor(RETRY_MS, closing);
      this.#looking.set(name, true);
    }
  }
}
