import type { RecordedTick } from '../recording.ts';

/** A time of which the evidence does not tell. */
export interface Gap {
  /**
   * `unmeasured`: nothing was counted. `missing`: one check was not measured. `unserved`: stable was asked and the
   * candidate was not, although a part of the traffic was its own.
   */
  readonly kind: 'unmeasured' | 'missing' | 'unserved';
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  /** The step, counted from 1. */
  readonly step: number;
  /** The check that was not measured, and why. */
  readonly check?: string;
  readonly reason?: string;
}

/** Gaps no longer than this are nobody's worry, however long the ticks are: many may be told as one. */
const SHORT_MS = 2_000;

/** So many requests of the candidate must have been expected before their absence says anything. */
const EXPECTED = 10;

/** Gathers the gaps in the evidence. */
export class GapTally {
  readonly #unmeasured: Gap[] = [];
  /** By the check that was not measured. */
  readonly #missing = new Map<string, Runs>();
  readonly #unserved = new Runs();
  #last: RecordedTick | undefined;

  add(one: RecordedTick): void {
    const gap = unmeasuredBetween(this.#last, one);
    if (gap !== undefined) this.#unmeasured.push(gap);
    this.#last = one;
    const { measured = {} } = one.tick;
    for (const name of Object.keys(measured)) {
      if (!this.#missing.has(name)) this.#missing.set(name, new Runs());
    }
    for (const [name, runs] of this.#missing) {
      const sample = measured[name];
      runs.add(one, sample?.kind === 'missing' ? { value: sample.reason, weight: 1 } : undefined);
    }
    const weight = one.tick.candidate.requests === 0 ? expectedOf(one.tick) : 0;
    this.#unserved.add(one, weight > 0 ? { value: 'unserved', weight } : undefined);
  }

  /** Every gap, by the time at which it began. */
  gaps(): readonly Gap[] {
    const missing = [...this.#missing].flatMap(([check, { all }]) =>
      all.map(({ value, span }) => ({ kind: 'missing' as const, ...span, check, reason: value })),
    );
    const unserved = this.#unserved.all
      .filter(({ weight }) => weight >= EXPECTED)
      .map(({ span }) => ({ kind: 'unserved' as const, ...span }));
    return [...this.#unmeasured, ...missing, ...unserved].sort((a, b) => a.from - b.from);
  }
}

/** Between steps the route moves, and nothing is to be counted. */
function unmeasuredBetween(before: RecordedTick | undefined, one: RecordedTick): Gap | undefined {
  if (before?.step !== one.step) return undefined;
  const [from, to] = [before.at, one.at - one.tick.ms];
  if (to - from <= SHORT_MS) return undefined;
  return { kind: 'unmeasured', from, to, step: one.step + 1 };
}

/** Requests of the candidate, had they been divided as planned. */
function expectedOf({ control, plannedShare = 0 }: RecordedTick['tick']): number {
  return plannedShare >= 1 ? 0 : (control.requests * plannedShare) / (1 - plannedShare);
}

/** What can be said of a tick, and how much that weighs. */
interface Said {
  readonly value: string;
  readonly weight: number;
}

/** A time in which the same could be said all along, within one step. */
interface Run extends Said {
  readonly span: Pick<Gap, 'from' | 'to' | 'step'>;
}

/** Ticks after each other of which the same can be said; those of which nothing can are left out. */
class Runs {
  readonly #ended: Run[] = [];
  #open: Run | undefined;

  get all(): readonly Run[] {
    return this.#open === undefined ? this.#ended : [...this.#ended, this.#open];
  }

  add({ at, step, tick }: RecordedTick, said: Said | undefined): void {
    const open = this.#open;
    const goesOn = open !== undefined && open.value === said?.value && open.span.step === step + 1;
    if (!goesOn && open !== undefined) this.#ended.push(open);
    if (said === undefined) this.#open = undefined;
    else if (goesOn) {
      this.#open = { ...open, weight: open.weight + said.weight, span: { ...open.span, to: at } };
    } else this.#open = { ...said, span: { from: at - tick.ms, to: at, step: step + 1 } };
  }
}
