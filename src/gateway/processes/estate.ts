import type { SendHandle } from 'node:child_process';
import type { ListeningSocket, RawSocket } from './listening-socket.ts';
import type { BoundAddress, CounterNews, GatewayConfig, PemCertificate } from '../protocol.ts';

/** What a master leaves to the one that succeeds it, beside its sockets and its counters. */
export interface Estate {
  readonly epoch: string;
  readonly config: GatewayConfig;
  /** False: the disk has not taken it yet. */
  readonly isSaved: boolean;
  readonly problems: readonly string[];
  readonly restarts: number;
  /** Those that are shown, whatever has become of their files. */
  readonly certificates: readonly PemCertificate[];
}

/** From a master to its successor, in this order. A `socket` message carries the socket. */
export type ToSuccessor =
  | { readonly kind: 'socket'; readonly address: BoundAddress }
  | { readonly kind: 'estate'; readonly estate: Estate }
  | ({ readonly kind: 'yours' } & CounterNews);

/** Its answers: its workers serve beside the old ones; it has the control socket. */
export type FromSuccessor = { readonly kind: 'ready' } | { readonly kind: 'serving' };

/** Sends what `message` says to a child. */
export type Teller = (message: ToSuccessor, raw?: SendHandle) => void;

/** Hands over everything that is needed to serve. */
export function sendEstate(tell: Teller, estate: Estate, sockets: readonly ListeningSocket[]): void {
  for (const { address, raw } of sockets) tell({ kind: 'socket', address }, raw as unknown as SendHandle);
  tell({ kind: 'estate', estate });
}

/** An estate with its sockets, as it has come. */
export interface Inheritance {
  readonly estate: Estate;
  readonly sockets: readonly ListeningSocket[];
}

/** The other end: this process has been started to succeed its parent. Rejects when the parent ends first. */
export class Heir {
  readonly #sockets: ListeningSocket[] = [];
  readonly #estate = waiting<Inheritance>();
  readonly #counters = waiting<CounterNews>();

  constructor() {
    const take = (message: ToSuccessor, raw: unknown): void => {
      this.#take(message, raw);
      // From then on the channel carries what a master and a worker say to each other. Node keeps messages while nobody
      // listens, so reports that come in the same moment are there for whoever listens next.
      if (message.kind === 'yours') process.off('message', take);
    };
    process.on('message', take);
    process.once('disconnect', () => {
      const gone = new Error('the gateway that was to be succeeded has ended');
      this.#estate.reject(gone);
      this.#counters.reject(gone);
    });
  }

  inherit(): Promise<Inheritance> {
    return this.#estate.promise;
  }

  /** Tells that everything is served, and waits for the word to go on alone, with what was counted so far. */
  async ready(): Promise<CounterNews> {
    answer({ kind: 'ready' });
    return this.#counters.promise;
  }

  serving(): void {
    answer({ kind: 'serving' });
  }

  #take(message: ToSuccessor, raw: unknown): void {
    if (message.kind === 'socket') this.#sockets.push(socketOf(message.address, raw as RawSocket));
    if (message.kind === 'estate') this.#estate.resolve({ estate: message.estate, sockets: this.#sockets });
    if (message.kind === 'yours') this.#counters.resolve(newsOf(message));
  }
}

function newsOf({ counters, paths = [] }: CounterNews): CounterNews {
  return { counters, paths };
}

function socketOf(address: BoundAddress, raw: RawSocket): ListeningSocket {
  return {
    address,
    raw,
    close: () => {
      raw.close();
    },
  };
}

function answer(message: FromSuccessor): void {
  if (process.connected) process.send?.(message);
}

interface Waiting<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

function waiting<T>(): Waiting<T> {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<T>((done, failed) => {
    resolve = done;
    reject = failed;
  });
  // Nobody may be waiting when it is rejected.
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}
