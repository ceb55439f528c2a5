import type { EndedRelease } from '../../engine/decision.ts';
import type { Status } from '../../engine/status.ts';
import { orAborted } from '../../system/waiting.ts';
import type { RolloutObject } from '../objects.ts';
import type { Releases } from './releases.ts';
import type { Teller, Telling } from './teller.ts';

/** What people are told of one Rollout. */
export interface Announcement {
  readonly object: RolloutObject;
  /** Absent: what its Release shows stays as it is. */
  readonly status?: Status;
  readonly tellings: readonly Telling[];
  /** Set when a release has ended: so many are kept. */
  readonly ended?: { readonly ended: EndedRelease; readonly keep: number };
}

/** How people are told. */
export interface AnnouncementParts {
  readonly releases: Releases;
  readonly teller: Teller;
  /** When what is asked from now on must be answered. */
  readonly deadline: () => AbortSignal;
}

/** What is to be told of one Rollout. */
interface Untold {
  readonly waiting: Announcement[];
  telling?: Promise<void>;
}

/**
 * Tells people what counts already, while the work goes on: nothing waits for an Event. What comes while something is
 * told of the same Rollout is told together, so that its Release is written once then.
 */
export class Announcements {
  readonly #parts: AnnouncementParts;
  readonly #untold = new Map<string, Untold>();

  constructor(parts: AnnouncementParts) {
    this.#parts = parts;
  }

  add(key: string, announcement: Announcement): void {
    const untold: Untold = this.#untold.get(key) ?? { waiting: [] };
    this.#untold.set(key, untold);
    untold.waiting.push(announcement);
    untold.telling ??= this.#tellAll(key, untold);
  }

  /** Waits until everything is told of one Rollout. */
  async told(key: string): Promise<void> {
    await this.#untold.get(key)?.telling;
  }

  /** Waits until everything is told, or for the signal. */
  async allTold(signal: AbortSignal): Promise<void> {
    const telling = [...this.#untold.values()].flatMap((one) => one.telling ?? []);
    await orAborted(
      Promise.all(telling).then(() => undefined),
      signal,
    );
  }

  async #tellAll(key: string, { waiting }: Untold): Promise<void> {
    for (let some = waiting.splice(0); some.length > 0; some = waiting.splice(0)) await this.#tell(some);
    this.#untold.delete(key);
  }

  /** None of it fails: what cannot be told is logged. */
  async #tell(announcements: readonly Announcement[]): Promise<void> {
    const { releases, teller, deadline } = this.#parts;
    const signal = deadline();
    const last = announcements.findLast(({ status }) => status !== undefined);
    await Promise.all([
      ...(last?.status === undefined ? [] : [releases.show(last.object, last.status, signal)]),
      ...announcements.flatMap(({ object, tellings }) =>
        tellings.map((telling) => teller.tell(object, telling, signal)),
      ),
    ]);
    for (const { object, ended } of announcements)
      if (ended !== undefined) await releases.prune(object, ended, signal).catch(() => undefined);
  }
}
