import { formatDuration } from '../../base/duration.ts';
import type { OutsidePort } from '../../controller/ports.ts';
import type { Errand } from '../../engine/errand.ts';
import type { GateAnswer } from '../../engine/gates/answer.ts';
import { forVersion, type Answer } from '../scenario/circumstances.ts';

/** What virtual errands are made of. */
export interface VirtualErrandsParts {
  readonly answers: readonly Answer[];
  readonly now: () => number;
}

interface Begun {
  readonly errand: Errand;
  readonly atMs: number;
}

/** Webhooks and hooks that are asked and run in virtual time only. */
export class VirtualErrands implements OutsidePort {
  readonly #parts: VirtualErrandsParts;
  #begun: ReadonlyMap<string, Begun> = new Map();

  constructor(parts: VirtualErrandsParts) {
    this.#parts = parts;
  }

  apply(errands: readonly Errand[]): Promise<void> {
    if (errands.length === 0 && this.#begun.size === 0) return NOTHING_DONE;
    const atMs = this.#parts.now();
    const begun = this.#begun;
    this.#begun = new Map(errands.map((errand) => [errand.key, begun.get(errand.key) ?? { errand, atMs }]));
    return NOTHING_DONE;
  }

  observe(): Promise<Readonly<Record<string, GateAnswer>>> {
    if (this.#begun.size === 0) return NO_ANSWERS;
    return Promise.resolve(
      Object.fromEntries([...this.#begun].map(([key, begun]) => [key, this.#answerTo(begun)])),
    );
  }

  #answerTo({ errand, atMs }: Begun): GateAnswer {
    const { kind, name, revision } = errand;
    const answer = forVersion(
      this.#parts.answers.filter((one) => one.name === name),
      revision,
    );
    // What is said of other versions says nothing of this one.
    const { takesMs, isYes } = answer ?? { takesMs: 0, isYes: true };
    const isOver = this.#parts.now() - atMs >= takesMs;
    if (!isOver) return { kind: 'notYet', why: kind === 'hook' ? 'runs' : 'has not answered' };
    const took = takesMs === 0 ? 'at once' : `after ${formatDuration(takesMs)}`;
    if (isYes) return { kind: 'yes', why: kind === 'hook' ? `done ${took}` : `it said yes ${took}` };
    // A webhook is asked again and again, until its time is over.
    return kind === 'hook' ? { kind: 'no', why: `failed ${took}` } : { kind: 'notYet', why: 'says no' };
  }
}

const NOTHING_DONE = Promise.resolve();
const NO_ANSWERS: Promise<Readonly<Record<string, GateAnswer>>> = Promise.resolve({});
