import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from '../base/failure.ts';
import { Backoff } from '../system/backoff.ts';
import type { Asked, Target } from './transport.ts';

/** For how long a request whose connection broke is repeated: as long as coalmine takes to start again. */
const REPEAT_FOR_MS = 15_000;
const WAITS = { firstMs: 100, longestMs: 2_000 };
/** The connection was there, and broke: nobody knows whether the request was done. */
const BROKEN: readonly string[] = ['ECONNRESET', 'EPIPE'];

/**
 * Asks, and asks again when the connection broke on the way. Every try has the same key, so that what is asked for is done
 * once; only what keeps keys is repeated.
 */
export async function repeating<T>(
  { signal }: Target,
  asked: Asked,
  ask: (asked: Asked) => Promise<T>,
): Promise<T> {
  if (asked.endpoint.isKeyed !== true) return ask(asked);
  const keyed = { ...asked, headers: { ...asked.headers, 'idempotency-key': `"${randomUUID()}"` } };
  const backoff = new Backoff(WAITS);
  const began = performance.now();
  for (let isBroken = false; ;) {
    try {
      return await ask(keyed);
    } catch (cause) {
      isBroken ||= hasBroken(cause);
      const isOver = performance.now() - began > REPEAT_FOR_MS || signal?.aborted === true;
      if (!isBroken || isOver || !mayPass(cause)) throw cause;
      await delay(backoff.next());
    }
  }
}

function hasBroken(thrown: unknown): boolean {
  const cause = thrown instanceof Failure ? thrown.cause : undefined;
  return cause instanceof Error && 'code' in cause && BROKEN.includes(String(cause.code));
}

/** True while nobody answers, or the first try is still being done. */
function mayPass(thrown: unknown): boolean {
  return thrown instanceof Failure && (thrown.code === 'unreachable' || thrown.code === 'stillRunning');
}
