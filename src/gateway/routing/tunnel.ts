import type { Duplex } from 'node:stream';

/** How patient the gateway is with open WebSockets. */
export interface TunnelLimits {
  /** Without a byte in either direction. */
  readonly idleMs: number;
  /** For a side that takes nothing of what is sent to it, or that goes on alone when the other has ended. */
  readonly stallMs: number;
}

/** How long a side may take to say goodbye when it has been sent everything. */
const LINGER_MS = 1_000;
/** A peer that has vanished without a word is found by the system's own probes after this. */
const PROBE_AFTER_MS = 30_000;

/** The two connections of a tunnel. */
export interface TunnelEnds {
  readonly client: Duplex;
  readonly workload: Duplex;
}

/** Two connections joined: what comes on one goes out on the other, until both have ended. */
export class Tunnel {
  readonly #ends: TunnelEnds;
  readonly #limits: TunnelLimits;
  readonly #onEnd: () => void;
  readonly #idle: NodeJS.Timeout;
  #closing: NodeJS.Timeout | undefined;
  #open = 2;

  /** `onEnd` is called once, when neither side is connected any more. */
  constructor(ends: TunnelEnds, limits: TunnelLimits, onEnd: () => void) {
    this.#ends = ends;
    this.#limits = limits;
    this.#onEnd = onEnd;
    this.#idle = setTimeout(this.#cut, limits.idleMs).unref();
    this.#carry(ends.client, ends.workload);
    this.#carry(ends.workload, ends.client);
  }

  /** Ends both sides after this time, if they have not ended by then. */
  closeIn(ms: number): void {
    this.#later(ms, () => {
      this.#finish(this.#ends.client);
      this.#finish(this.#ends.workload);
    });
  }

  #carry(from: Duplex, to: Duplex): void {
    let stalled: NodeJS.Timeout | undefined;
    from.on('data', (chunk: Buffer) => {
      this.#idle.refresh();
      // What a side sends after the other has left goes nowhere.
      if (!to.writable || to.write(chunk)) return;
      from.pause();
      stalled = setTimeout(this.#cut, this.#limits.stallMs);
    });
    to.on('drain', () => {
      clearTimeout(stalled);
      this.#idle.refresh();
      from.resume();
    });
    from.once('end', () => {
      to.end();
      this.#later(this.#limits.stallMs, this.#cut);
    });
    // Its 'close' follows.
    from.on('error', () => undefined);
    from.once('close', () => {
      this.#leave(to);
    });
    to.once('close', () => {
      clearTimeout(stalled);
      from.resume();
    });
    if (hasProbes(from)) from.setKeepAlive(true, PROBE_AFTER_MS);
  }

  /** One side is gone; the other gets what it has not yet got. */
  #leave(other: Duplex): void {
    this.#open -= 1;
    if (this.#open > 0) {
      this.#finish(other);
      return;
    }
    clearTimeout(this.#idle);
    clearTimeout(this.#closing);
    this.#onEnd();
  }

  #finish(end: Duplex): void {
    this.#later(this.#limits.stallMs, this.#cut);
    end.end(() => {
      this.#later(LINGER_MS, this.#cut);
    });
  }

  #later(ms: number, then: () => void): void {
    clearTimeout(this.#closing);
    if (this.#open > 0) this.#closing = setTimeout(then, ms);
  }

  readonly #cut = (): void => {
    this.#ends.client.destroy();
    this.#ends.workload.destroy();
  };
}

function hasProbes(end: Duplex): end is Duplex & { setKeepAlive(on: boolean, afterMs: number): void } {
  return 'setKeepAlive' in end;
}
