import { Readable } from 'node:stream';
import type { ClientRequest } from './client-side.ts';

/** Told what goes by. */
export interface BodyWatcher {
  readonly piece: (piece: Buffer) => void;
  readonly end?: () => void;
}

/**
 * A request's body on its way to a workload. Stands between the two so that the workload's side may end early
 * without destroying the client's connection, and so that nothing is read before somebody wants it.
 */
export class RequestBody extends Readable {
  readonly #req: ClientRequest;
  readonly #idleMs: number;
  readonly #onIdle: () => void;
  readonly #watchers: readonly BodyWatcher[];
  #timer: NodeJS.Timeout | undefined;

  /** `idle.then` is called when the client sends nothing for `idle.ms` although more is awaited. */
  constructor(
    req: ClientRequest,
    idle: { readonly ms: number; readonly then: () => void },
    watchers: readonly BodyWatcher[] = [],
  ) {
    super({ highWaterMark: 64 * 1024 });
    this.#watchers = watchers;
    this.#req = req;
    this.#idleMs = idle.ms;
    this.#onIdle = idle.then;
  }

  override _read(): void {
    if (this.#timer === undefined) this.#begin();
    this.#timer?.refresh();
    this.#req.resume();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.#timer);
    this.#req.off('data', this.#take);
    this.#req.off('end', this.#end);
    // Once begun it can go to nobody else: the rest is read away, for a client that sends may not be reading yet.
    if (this.#timer !== undefined) this.#req.resume();
    done(error);
  }

  #begin(): void {
    this.#timer = setTimeout(() => {
      if (!this.#req.isPaused()) this.#onIdle();
    }, this.#idleMs).unref();
    this.#req.on('data', this.#take);
    this.#req.on('end', this.#end);
  }

  readonly #take = (chunk: Buffer): void => {
    this.#timer?.refresh();
    for (const { piece } of this.#watchers) piece(chunk);
    if (!this.push(chunk)) this.#req.pause();
  };

  readonly #end = (): void => {
    clearTimeout(this.#timer);
    for (const { end } of this.#watchers) end?.();
    this.push(null);
  };
}
