import type { FollowingView } from '../api/resources.ts';
import { isOutOfSpace } from '../base/errno.ts';
import { Failure, messageOf, type FailureCode } from '../base/failure.ts';
import type { Controller } from '../controller/controller.ts';
import type { EngineEvent } from '../engine/decision.ts';
import type { Rollout } from '../rollout/model.ts';
import type { Log } from '../telemetry/log.ts';
import { Backoff, type BackoffLimits } from '../system/backoff.ts';
import { waitFor } from '../system/waiting.ts';
import type { StateStore } from '../store/queries.ts';
import type { Deployment } from './deployment.ts';
import { followed } from './taking.ts';

/** When it is tried again to release what could not be released, as on a full disk. */
const RETRY: BackoffLimits = { firstMs: 10_000, longestMs: 300_000 };

/** What following works with. */
export interface FollowingParts {
  readonly store: Pick<StateStore, 'list'>;
  readonly deployment: Pick<Deployment, 'follow'>;
  readonly controller: Pick<Controller, 'change'>;
  readonly log: Log;
  readonly closing: AbortSignal;
  readonly retry?: BackoffLimits;
}

type Problem = NonNullable<FollowingView['problem']>;

/** Releases what has become stable in one Rollout in those that follow it (`from: { rollout }`). */
export class Following {
  readonly #parts: FollowingParts;
  /** Rollouts that are looked at; true: something has happened meanwhile. */
  readonly #looking = new Map<string, boolean>();
  /** By Rollout: why it cannot have what it follows. */
  readonly #problems = new Map<string, Problem>();

  constructor(parts: FollowingParts) {
    this.#parts = parts;
  }

  /** Something has happened to a Rollout, or, without a name, may have to any. Returns at once. */
  poke(name?: string): void {
    this.#followers(name).catch((cause: unknown) => {
      this.#parts.log.warn(`who follows whom could not be read: ${messageOf(cause)}`);
    });
  }

  /** Whom a Rollout follows, and whether it can; undefined where it follows nobody. */
  view(rollout: Rollout): FollowingView | undefined {
    const source = followed(rollout);
    if (source === undefined) return undefined;
    const problem = this.#problems.get(rollout.name);
    return { rollout: source, ...(problem === undefined ? {} : { problem }) };
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
    const { closing, retry = RETRY } = this.#parts;
    const backoff = new Backoff(retry);
    do {
      this.#looking.set(name, false);
      if (await this.#follow(name)) {
        backoff.reset();
        continue;
      }
      await waitFor(backoff.next(), closing);
      this.#looking.set(name, true);
    } while (this.#looking.get(name) === true && !closing.aborted);
    this.#looking.delete(name);
  }

  /** False: it has to be tried again. */
  async #follow(name: string): Promise<boolean> {
    try {
      await this.#parts.deployment.follow(name);
    } catch (cause) {
      if (this.#parts.closing.aborted) return true;
      // It was said when it was rejected, and is not tried again by itself.
      const reason = reasonOf(cause);
      if (reason === 'rejectedRevision') return true;
      await this.#failed(name, { reason, message: messageOf(cause) });
      return false;
    }
    this.#problems.delete(name);
    return true;
  }

  /** Told once for each reason, however often it is tried. */
  async #failed(name: string, { reason, message }: Omit<Problem, 'since'>): Promise<void> {
    const { controller, log } = this.#parts;
    const before = this.#problems.get(name);
    this.#problems.set(name, { reason, message, since: before?.since ?? Date.now() });
    if (before?.message === message) return;
    const words = `what it follows cannot be released: ${message}`;
    log.warn(words, { rollout: name });
    const events: readonly EngineEvent[] = [{ type: 'FollowFailed', message: words }];
    const told = controller.change(name, (record) => ({ record, consequences: { events } }));
    await told.catch((cause: unknown) => {
      log.warn(`that could not be written down: ${messageOf(cause)}`, { rollout: name });
    });
  }
}

function reasonOf(cause: unknown): FailureCode {
  if (cause instanceof Failure) return cause.code;
  return isOutOfSpace(cause) ? 'diskFull' : 'bug';
}
