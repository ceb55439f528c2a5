import { Failure } from './failure.ts';

/** Does work when it is its turn. Throws Failure `tooMany` when too much waits already. */
export type AtMost = <T>(work: () => Promise<T>) => Promise<T>;

/** How much work goes on at once, and how much may wait for its turn. */
export interface AtMostLimits {
  /** What the work is called, in the plural. */
  readonly of: string;
  readonly running: number;
  readonly waiting: number;
}

/** A limit inside this process. Work begins in the order of the calls; what fails makes room like all else. */
export function atMost({ of, running, waiting }: AtMostLimits): AtMost {
  let busy = 0;
  const queue: (() => void)[] = [];
  return async (work) => {
    if (busy >= running && queue.length >= waiting) throw tooMany(of, running + waiting);
    // Whoever ends hands his place on, so that nobody comes in between.
    if (busy < running) busy += 1;
    else await new Promise<void>((resolve) => queue.push(resolve));
    try {
      return await work();
    } finally {
      const next = queue.shift();
      if (next === undefined) busy -= 1;
      else next();
    }
  };
}

function tooMany(of: string, limit: number): Failure {
  return new Failure('tooMany', `${limit} ${of} are going on or wait already`, {
    hint: 'repeat it once some of them have ended',
  });
}
