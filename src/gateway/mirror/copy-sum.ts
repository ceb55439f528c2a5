import { exposureTogether } from '../../analysis/measurement.ts';
import { CounterSum } from '../counting/counter-sum.ts';
import { DROP_REASONS, type AnswerDifference, type ComparedAnswers, type CopyCounters } from '../protocol.ts';

/** Differences that are told apart, the first of each release. */
const MOST_DIFFERENCES = 50;

/** The sum of what workers have counted of copies. */
export class CopySum {
  readonly #originals = new CounterSum();
  readonly #dropped = { busy: 0, large: 0, unanswered: 0, unserved: 0 };
  #compared: Omit<ComparedAnswers, 'differences'> | undefined;
  #differences = new Map<string, AnswerDifference>();

  add({ originals, dropped, compared }: CopyCounters): void {
    this.#originals.add(originals);
    for (const reason of DROP_REASONS) this.#dropped[reason] += dropped[reason];
    if (compared === undefined) return;
    const none = { trials: 0, events: 0 };
    const { copies, repeats } = this.#compared ?? { copies: none, repeats: none };
    this.#compared = {
      copies: exposureTogether(copies, compared.copies),
      repeats: exposureTogether(repeats, compared.repeats),
    };
    for (const difference of compared.differences) this.#tell(difference);
  }

  read(): CopyCounters {
    const differences = [...this.#differences.values()].sort((a, b) => b.count - a.count);
    return {
      originals: this.#originals.read(),
      dropped: { ...this.#dropped },
      ...(this.#compared === undefined ? {} : { compared: { ...this.#compared, differences } }),
    };
  }

  /** Another release begins. */
  forgetDifferences(): void {
    this.#differences = new Map();
  }

  #tell(difference: AnswerDifference): void {
    const key = `${difference.method} ${difference.path} ${difference.field}`;
    const known = this.#differences.get(key);
    if (known === undefined && this.#differences.size >= MOST_DIFFERENCES) return;
    this.#differences.set(key, { ...difference, count: difference.count + (known?.count ?? 0) });
  }
}
