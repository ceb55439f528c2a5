import type { EndedRelease } from '../engine/decision.ts';
import type { ReleaseState } from '../engine/status.ts';
import type { RevisionId } from '../rollout/model.ts';
import type { SimulatedRelease } from './result.ts';
import { addTally, emptyTally, tallySince, type Tally } from './tally.ts';

/** Who is asked how users fare. */
export interface Counted {
  readonly unanswered: number;
  readonly tallies: ReadonlyMap<RevisionId, Tally>;
  tallyOf(revision: RevisionId): Tally;
}

/** How users had fared before a release. */
interface Beginning {
  readonly number: number;
  readonly atMs: number;
  readonly all: Tally;
  readonly candidate: Tally;
  readonly unanswered: number;
}

/** Keeps how users fared during each release. */
export class ReleaseBook {
  readonly #users: Counted;
  readonly #ended: SimulatedRelease[] = [];
  #beginning: Beginning | undefined;

  constructor(users: Counted) {
    this.#users = users;
  }

  /** Takes note of a release that runs. */
  note({ number, to }: ReleaseState, atMs: number): void {
    if (this.#beginning?.number === number) return;
    this.#beginning = {
      number,
      atMs,
      all: this.#all(),
      candidate: { ...this.#users.tallyOf(to) },
      unanswered: this.#users.unanswered,
    };
  }

  /** Takes note of an outcome. */
  close(ended: EndedRelease): void {
    const { outcome, reason, judgement, endedAt } = ended;
    this.#ended.push({
      ...this.#since(ended, endedAt),
      outcome,
      reason,
      ...(judgement === undefined ? {} : { judgement }),
    });
  }

  /** All releases, that which still runs at the end too. */
  releases(running: ReleaseState | undefined, atMs: number): readonly SimulatedRelease[] {
    if (running === undefined) return this.#ended;
    const { judgement } = running;
    const last: SimulatedRelease = {
      ...this.#since(running, atMs),
      outcome: 'unfinished',
      reason: judgement?.reason ?? 'nothing was measured yet',
      ...(judgement === undefined ? {} : { judgement }),
    };
    return [...this.#ended, last];
  }

  #since(
    { number, from, to }: Pick<EndedRelease, 'number' | 'from' | 'to'>,
    atMs: number,
  ): Omit<SimulatedRelease, 'outcome' | 'reason' | 'judgement'> {
    const users = this.#users;
    const start = this.#beginning;
    const [all, candidate] = [start?.all ?? emptyTally(), start?.candidate ?? emptyTally()];
    const startedAtMs = start?.atMs ?? atMs;
    return {
      number,
      ...(from === undefined ? {} : { from }),
      to,
      startedAtMs,
      tookMs: atMs - startedAtMs,
      all: tallySince(this.#all(), all),
      candidate: tallySince(users.tallyOf(to), candidate),
      unanswered: users.unanswered - (start?.unanswered ?? 0),
    };
  }

  #all(): Tally {
    const sum = emptyTally();
    for (const tally of this.#users.tallies.values()) addTally(sum, tally);
    return sum;
  }
}
