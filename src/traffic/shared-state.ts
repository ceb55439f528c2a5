import type { GatewayClient } from '../gateway/client.ts';
import type { GatewayState } from '../gateway/protocol.ts';
import { deadlineIn } from '../system/waiting.ts';

/** An answer this young is one of now. */
const MOMENT_MS = 100;
/** Nobody's own deadline ends what others wait for too. */
const ANSWER_WITHIN_MS = 5_000;

/** The state of a gateway, for many who ask for it again and again. */
export interface SharedState {
  /** As of this moment, and never of before the last `forget`. Rejects when `signal` aborts. */
  readonly read: (signal?: AbortSignal) => Promise<GatewayState>;
  /** What was answered so far is old. */
  readonly forget: () => void;
}

/**
 * Asks a gateway for its state at most once a moment. It holds every route, so that asking once for each Rollout
 * would cost the square of their number. `now` is a clock in milliseconds.
 */
export function sharedState(
  client: Pick<GatewayClient, 'state'>,
  now: () => number = () => performance.now(),
): SharedState {
  let shared: { readonly at: number; readonly answer: Promise<GatewayState> } | undefined;
  const ask = (): Promise<GatewayState> => {
    const asked = { at: now(), answer: client.state(deadlineIn(ANSWER_WITHIN_MS)) };
    shared = asked;
    // A failure is nobody's answer but theirs who waited for it.
    asked.answer.catch(() => {
      if (shared === asked) shared = undefined;
    });
    return asked.answer;
  };
  const young = (): Promise<GatewayState> | undefined =>
    shared !== undefined && now() - shared.at <= MOMENT_MS ? shared.answer : undefined;
  return {
    read: (signal) => unlessAborted(young() ?? ask(), signal),
    forget: () => {
      shared = undefined;
    },
  };
}

function unlessAborted<T>(answer: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return answer;
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    };
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    answer.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', abort);
    });
  });
}
