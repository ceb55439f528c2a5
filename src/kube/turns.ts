import { onAbort } from '../system/waiting.ts';

/** One that matters less has its turn as if it had come so much later for each rank: it waits longer, and never for ever. */
const LATER_MS = 1_000;

/** Somebody who waits. */
interface Waiting {
  readonly dueAt: number;
  readonly begin: () => void;
}

/** Lets so many do something at once. Who waits has his turn by how long he has waited, and by how much he matters. */
export class Turns {
  readonly #atOnce: number;
  /** By rank, the first of which matters most. */
  readonly #queues: Set<Waiting>[] = [];
  #running = 0;

  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  /** Does the work when it is its turn. Rejects, and never begins, when the signal comes first. */
  async do<T>(work: () => Promise<T>, { rank, signal }: { rank: number; signal: AbortSignal }): Promise<T> {
    if (this.#running >= this.#atOnce) await this.#turn(rank, signal);
    else this.#running += 1;
    try {
      return await work();
    } finally {
      this.#running -= 1;
      this.#next();
    }
  }

  async #turn(rank: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const queue = (this.#queues[rank] ??= new Set());
    const isGiven = await new Promise<boolean>((resolve) => {
      const waiting: Waiting = {
        dueAt: performance.now() + rank * LATER_MS,
        begin: () => {
          callOff();
          resolve(true);
        },
      };
      queue.add(waiting);
      const callOff = onAbort(signal, () => {
        if (queue.delete(waiting)) resolve(false);
      });
    });
    if (!isGiven) signal.throwIfAborted();
  }

  #next(): void {
    const heads = this.#queues.flatMap((queue) => {
      const [head] = queue;
      return head === undefined ? [] : [{ head, queue }];
    });
    const next = heads.reduce<(typeof heads)[number] | undefined>(
      (first, one) => (first === undefined || one.head.dueAt < first.head.dueAt ? one : first),
      undefined,
    );
    if (next === undefined) return;
    next.queue.delete(next.head);
    this.#running += 1;
    next.head.begin();
  }
}
