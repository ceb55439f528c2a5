import type { ApiFailure } from './envelope.ts';

/** A reading is good for so long. */
const GOOD_MS = 60_000;
/** Our own clocks disagree more than this after a suspend, or when somebody set one of them. */
const JUMP_MS = 1_000;

/** Our clocks, in milliseconds. */
export interface OwnClocks {
  readonly steadyMs: () => number;
  readonly wallMs: () => number;
}

/** Asks the server for its time, in milliseconds since 1970. */
export type AskTime = () => Promise<number | ApiFailure>;

/** The server's time now. The samples carry it, so ours is of no use where the two differ. */
export type ServerClock = (ask: AskTime) => Promise<number | ApiFailure>;

interface Reading {
  readonly steadyMs: number;
  readonly wallMs: number;
  /** The server's time minus our steady one. */
  readonly aheadMs: number;
}

/** Keeps the difference between the server's clock and ours, asking once a minute. */
export function serverClock(own: OwnClocks): ServerClock {
  let known: Reading | undefined;
  return async (ask) => {
    if (known === undefined || !isGood(known, own)) {
      const before = own.steadyMs();
      const serverMs = await ask();
      if (typeof serverMs !== 'number') return serverMs;
      const after = own.steadyMs();
      known = { steadyMs: after, wallMs: own.wallMs(), aheadMs: serverMs - (before + after) / 2 };
    }
    return Math.round(own.steadyMs() + known.aheadMs);
  };
}

function isGood(known: Reading, own: OwnClocks): boolean {
  const passedMs = own.steadyMs() - known.steadyMs;
  const wallPassedMs = own.wallMs() - known.wallMs;
  return passedMs < GOOD_MS && Math.abs(wallPassedMs - passedMs) < JUMP_MS;
}
