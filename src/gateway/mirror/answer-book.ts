import type { AnswerDifference, ComparedAnswers } from '../protocol.ts';

/** So many answers are asked for twice before any difference counts: what differs there is noise. */
const LEARNED_FROM = 30;
/** Then one of so many. */
const COPIES_PER_REPEAT = 4;
/** What differs in this share of the answers that were asked for twice is not held against a copy… */
const NOISY = 0.01;
/** … unless it differs so many times as often there. */
const MORE_THAN_NOISE = 2;
/** More fields, and more examples, are not told apart. */
const MOST_FIELDS = 500;
const MOST_EXAMPLES = 50;

/** What was asked for, as it may be shown. */
export type AskedFor = Pick<AnswerDifference, 'method' | 'path'>;

interface FieldCounts {
  copies: number;
  repeats: number;
}

/**
 * What one mirror's answers differ in, as far as one worker has compared them. Some requests are sent once more to whom
 * answered them: what differs between two answers of the same version (times, ids, an order) says nothing about
 * another version. Noise that is too rare to be known by its name is counted, and compared with.
 */
export class AnswerBook {
  readonly #fields = new Map<string, FieldCounts>();
  #examples = new Map<string, { readonly of: Omit<AnswerDifference, 'count'>; count: number }>();
  #copies = 0;
  #repeats = 0;
  #counted = { copies: { trials: 0, events: 0 }, repeats: { trials: 0, events: 0 } };

  /** Whether the next request should be sent to whom answered it once more. */
  wantsRepeat(fraction: number): boolean {
    return this.#repeats < LEARNED_FROM || fraction < 1 / COPIES_PER_REPEAT;
  }

  /** A copy was compared, and, where it was asked for, the second answer of the same version. */
  compared(asked: AskedFor, ofCopy: readonly string[], ofRepeat: readonly string[] | undefined): void {
    this.#note('copies', ofCopy);
    if (ofRepeat !== undefined) this.#note('repeats', ofRepeat);
    const isLearning = this.#repeats < LEARNED_FROM;
    if (isLearning) return;
    const told = ofCopy.filter((field) => !this.#isNoise(field));
    count(this.#counted.copies, told.length > 0);
    if (ofRepeat !== undefined) {
      count(
        this.#counted.repeats,
        ofRepeat.some((field) => !this.#isNoise(field)),
      );
    }
    for (const field of told) this.#exemplify({ ...asked, field });
  }

  /** True when nothing was counted since the last `take`. */
  get isIdle(): boolean {
    return this.#counted.copies.trials === 0;
  }

  /** What was counted since the last call. */
  take(): ComparedAnswers {
    const differences = [...this.#examples.values()].map(({ of, count: times }) => ({ ...of, count: times }));
    const taken = { ...this.#counted, differences };
    this.#counted = { copies: { trials: 0, events: 0 }, repeats: { trials: 0, events: 0 } };
    this.#examples = new Map();
    return taken;
  }

  #note(arm: keyof FieldCounts, fields: readonly string[]): void {
    if (arm === 'copies') this.#copies += 1;
    else this.#repeats += 1;
    for (const field of fields) {
      const counts = this.#fields.get(field) ?? { copies: 0, repeats: 0 };
      counts[arm] += 1;
      if (this.#fields.size < MOST_FIELDS) this.#fields.set(field, counts);
    }
  }

  #isNoise(field: string): boolean {
    const { copies, repeats } = this.#fields.get(field) ?? { copies: 0, repeats: 0 };
    const noise = repeats / this.#repeats;
    return noise >= NOISY && copies / this.#copies <= MORE_THAN_NOISE * noise;
  }

  #exemplify(of: Omit<AnswerDifference, 'count'>): void {
    const key = `${of.method} ${of.path} ${of.field}`;
    const known = this.#examples.get(key);
    if (known !== undefined) known.count += 1;
    else if (this.#examples.size < MOST_EXAMPLES) this.#examples.set(key, { of, count: 1 });
  }
}

function count(exposure: { trials: number; events: number }, isEvent: boolean): void {
  exposure.trials += 1;
  if (isEvent) exposure.events += 1;
}
