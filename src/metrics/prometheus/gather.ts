import type { AnswerFor } from './together.ts';

/** Asks for many items at once, until `signal` says that nobody wants the answers any more. */
export type AskAll<Item, Answer> = (items: readonly Item[], signal: AbortSignal) => AnswerFor<Item, Answer>;

/** Answers in the order of the items; rejects when `signal` is aborted. */
export type Ask<Item, Answer> = (items: readonly Item[], signal: AbortSignal) => Promise<readonly Answer[]>;

/** What is asked within a moment, by whomever. */
interface Batch<Item, Answer> {
  readonly items: Set<Item>;
  readonly answerFor: Promise<AnswerFor<Item, Answer>>;
  readonly abandon: AbortController;
  /** Callers who still want their answers. */
  waiting: number;
}

/**
 * Lets all who ask within `waitMs` ask together, and for equal items only once. Each has its answers as soon as they
 * are there; what nobody waits for any more is given up.
 */
export function gathering<Item, Answer>(askAll: AskAll<Item, Answer>, waitMs: number): Ask<Item, Answer> {
  const unlessAborted = abortWatch();
  let open: Batch<Item, Answer> | undefined;
  const begin = (): Batch<Item, Answer> => {
    const items = new Set<Item>();
    const abandon = new AbortController();
    const answerFor = new Promise<void>((resolve) => setTimeout(resolve, waitMs)).then(() => {
      if (open?.items === items) open = undefined;
      return askAll([...items], abandon.signal);
    });
    return { items, answerFor, abandon, waiting: 0 };
  };
  const leave = (batch: Batch<Item, Answer>): void => {
    batch.waiting -= 1;
    if (batch.waiting > 0) return;
    batch.abandon.abort();
    if (open === batch) open = undefined;
  };
  return async (items, signal) => {
    signal.throwIfAborted();
    const batch = (open ??= begin());
    batch.waiting += 1;
    for (const item of items) batch.items.add(item);
    const answers = batch.answerFor.then((answerFor) => Promise.all(items.map(answerFor)));
    try {
      return await unlessAborted(answers, signal);
    } finally {
      leave(batch);
    }
  };
}

type UnlessAborted = <T>(work: Promise<T>, signal: AbortSignal) => Promise<T>;

/** Those who wait for one signal, and its one listener. */
interface Watch {
  readonly stops: Set<() => void>;
  readonly listener: () => void;
}

/** Rejects when a signal is aborted. One listener serves all who wait for one signal: there may be hundreds. */
function abortWatch(): UnlessAborted {
  const watches = new Map<AbortSignal, Watch>();
  const join = (signal: AbortSignal, stop: () => void): void => {
    const watch = watches.get(signal) ?? watchOver(signal);
    watches.set(signal, watch);
    watch.stops.add(stop);
  };
  const leave = (signal: AbortSignal, stop: () => void): void => {
    const watch = watches.get(signal);
    watch?.stops.delete(stop);
    if (watch === undefined || watch.stops.size > 0) return;
    signal.removeEventListener('abort', watch.listener);
    watches.delete(signal);
  };
  return (work, signal) =>
    new Promise((resolve, reject) => {
      const stop = (): void => {
        reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
      };
      join(signal, stop);
      const done = (): void => {
        leave(signal, stop);
      };
      work.then(resolve, reject).then(done, done);
    });
}

function watchOver(signal: AbortSignal): Watch {
  const stops = new Set<() => void>();
  const listener = (): void => {
    for (const stop of stops) stop();
  };
  signal.addEventListener('abort', listener, { once: true });
  return { stops, listener };
}
