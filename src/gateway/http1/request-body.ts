import { Readable } from 'node:stream';
import type { ClientRequest } from './client-side.ts';

/**
 * A request's body on its way to a workload. Stands between the two so that the workload's side may end early
 * without destroying the client's connection, and so that nothing is read before somebody wants it.
 */
export class RequestBody extends Readable {
  readonly #req: ClientRequest;
  readonly #idleMs: number;
  readonly #onIdle: () => void;
  readonly #onPiece: ((piece: Buffer) => void) | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** `idle.then` is called when the client sends nothing for `idle.ms` although more is awaited. */
  constructor(
    req: ClientRequest,
    idle: { readonly ms: number; readonly then: () => void },
    onPiece?: (piece: Buffer) => void,
  ) {
    super({ highWaterMark: 64 * 1024 });
    this.#onPiece = onPiece;
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
    this.#onPiece?.(chunk);
    if (!this.push(chunk)) this.#req.pause();
  };

  readonly #end = (): void => {
    clearTimeout(this.#timer);
    this.push(null);
  };
}
