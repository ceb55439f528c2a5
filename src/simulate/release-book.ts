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
  /** What clocks showed at the beginning. */
  readonly #startsAt: number;
  readonly #ended: SimulatedRelease[] = [];
  #beginning: Beginning | undefined;

  constructor(users: Counted, startsAt: number) {
    this.#users = users;
    this.#startsAt = startsAt;
  }

  /** Takes note of a release that runs. */
  note(release: ReleaseState, atMs: number): void {
    const { number } = release;
    if (this.#beginning?.number === number) return;
    this.#beginning = {
      number,
      atMs,
      all: this.#all(),
      candidate: this.#of(triedIn(release)),
      unanswered: this.#users.unanswered,
    };
  }

  /** Takes note of an outcome. */
  close(ended: EndedRelease): void {
    const { outcome, reason, judgement, experiment, endedAt } = ended;
    this.#ended.push({
      ...this.#since(ended, endedAt - this.#startsAt),
      outcome,
      reason,
      ...(judgement === undefined ? {} : { judgement }),
      ...(experiment === undefined ? {} : { experiment }),
    });
  }

  /** All releases, that which still runs at the end too. */
  releases(running: ReleaseState | undefined, atMs: number): readonly SimulatedRelease[] {
    if (running === undefined) return this.#ended;
    const { judgement } = running;
    const experiment = running.experiment?.judgement;
    const last: SimulatedRelease = {
      ...this.#since(running, atMs),
      outcome: 'unfinished',
      reason: experiment?.reason ?? judgement?.reason ?? 'nothing was measured yet',
      ...(judgement === undefined ? {} : { judgement }),
      ...(experiment === undefined ? {} : { experiment }),
    };
    return [...this.#ended, last];
  }

  #since(
    release: Tried & Pick<EndedRelease, 'number' | 'from'>,
    atMs: number,
  ): Omit<SimulatedRelease, 'outcome' | 'reason' | 'judgement' | 'experiment'> {
    const { number, from, to } = release;
    const tried = triedIn(release);
    const users = this.#users;
    const start = this.#beginning;
    const [all, candidate] = [start?.all ?? emptyTally(), start?.candidate ?? emptyTally()];
    const startedAtMs = start?.atMs ?? atMs;
    return {
      number,
      ...(from === undefined ? {} : { from }),
      to,
      tried,
      startedAtMs,
      tookMs: atMs - startedAtMs,
      all: tallySince(this.#all(), all),
      candidate: tallySince(this.#of(tried), candidate),
      unanswered: users.unanswered - (start?.unanswered ?? 0),
    };
  }

  #all(): Tally {
    return sumOf(this.#users.tallies.values());
  }

  #of(revisions: readonly RevisionId[]): Tally {
    return sumOf(revisions.map((revision) => this.#users.tallyOf(revision)));
  }
}

function sumOf(tallies: Iterable<Tally>): Tally {
  const sum = emptyTally();
  for (const tally of tallies) addTally(sum, tally);
  return sum;
}

/** A release, as far as it says which versions it is about. */
type Tried = Pick<EndedRelease, 'to' | 'variants'>;

/** The versions that a release tries, in the order of their variants. */
function triedIn({ to, variants }: Tried): readonly RevisionId[] {
  return variants === undefined ? [to] : [...new Set(Object.values(variants))];
}
