import { request } from 'node:http';
import { hasCode } from '../base/errno.ts';
import { Failure, FAILURES, messageOf, type FailureCode } from '../base/failure.ts';
import { isJsonObject } from '../base/json.ts';
import { controlSocketPath } from './processes/control-socket.ts';
import type { GatewayConfig, GatewayCounters, GatewayInflight, GatewayState } from './protocol.ts';
import type { SuccessionOrder } from './processes/succession.ts';
import { deadlineIn } from '../system/waiting.ts';

const ANSWER_WITHIN_MS = 5_000;
/** A new gateway has to start, which a busy machine may take its time for. */
const SUCCESSION_WITHIN_MS = 60_000;
const DRAINED_POLL_MS = 20;

/** Talks to the gateway of one directory, whichever process that is at the moment. Throws Failure. */
export interface GatewayClient {
  /** What the gateway is and serves. */
  state(signal?: AbortSignal): Promise<GatewayState>;
  /** Makes the gateway serve `config`; it does, and has saved it, when this returns. */
  apply(config: GatewayConfig, signal?: AbortSignal): Promise<GatewayState>;
  /** Counters of one Rollout, or of all. */
  counters(rollout?: string, signal?: AbortSignal): Promise<GatewayCounters>;
  /** Requests under way by endpoint id. */
  inflight(signal?: AbortSignal): Promise<GatewayInflight>;
  /** The counters as Prometheus text. */
  metrics(signal?: AbortSignal): Promise<string>;
  /**
   * Makes a new process go on with sockets, config and counters, without a request that fails; it does when this
   * returns. Throws `unreachable` when it did not come up, and the one before goes on; `notFound` when that cannot.
   */
  succeed(order: SuccessionOrder, signal?: AbortSignal): Promise<void>;
  /** Ends the gateway: nothing new is accepted, requests under way may take `drainMs`. Returns at the acknowledgement. */
  stop(drainMs: number, signal?: AbortSignal): Promise<void>;
  /**
   * Waits until no request is under way at these endpoints, which no config names any more; false after
   * `timeoutMs`. A gateway that is gone has no requests under way; one that does not answer may have some.
   */
  drained(endpointIds: readonly string[], timeoutMs: number, signal?: AbortSignal): Promise<boolean>;
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly withinMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** A client for the gateway of a state directory. It connects anew for every call. */
export function gatewayClient(dir: string): GatewayClient {
  const socketPath = controlSocketPath(dir);
  const call = async (details: Call): Promise<string> => {
    const { status, text } = await exchange(socketPath, details);
    if (status >= 300) throw failureOf(status, text);
    return text;
  };
  // The gateway is built from the same sources, so its answers are trusted to have the protocol's shape.
  const callJson = async <T>(details: Call): Promise<T> => JSON.parse(await call(details)) as T;
  const inflight = (signal?: AbortSignal): Promise<GatewayInflight> =>
    callJson<GatewayInflight>({ method: 'GET', path: '/inflight', signal });
  return {
    state: (signal) => callJson<GatewayState>({ method: 'GET', path: '/state', signal }),
    apply: (config, signal) =>
      callJson<GatewayState>({ method: 'PUT', path: '/config', body: config, signal }),
    counters: (rollout, signal) => {
      const query = rollout === undefined ? '' : `?rollout=${encodeURIComponent(rollout)}`;
      return callJson<GatewayCounters>({ method: 'GET', path: `/counters${query}`, signal });
    },
    inflight,
    metrics: (signal) => call({ method: 'GET', path: '/metrics', signal }),
    succeed: async (order, signal) => {
      const withinMs = SUCCESSION_WITHIN_MS;
      await call({ method: 'POST', path: '/succession', body: order, withinMs, signal });
    },
    stop: async (drainMs, signal) => {
      await call({ method: 'POST', path: '/stop', body: { drainMs }, signal });
    },
    drained: (endpointIds, timeoutMs, signal) => waitDrained(() => inflight(signal), endpointIds, timeoutMs),
  };
}

async function waitDrained(
  inflight: () => Promise<GatewayInflight>,
  ids: readonly string[],
  timeoutMs: number,
): Promise<boolean> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const busy = await inflight().catch(whileUnknown);
    if (busy !== undefined && !ids.some((id) => (busy.endpoints[id] ?? 0) > 0)) return true;
    if (performance.now() >= end) return false;
    await new Promise((resolve) => setTimeout(resolve, DRAINED_POLL_MS));
  }
}

/** Nothing for a gateway that is gone, undefined for one that cannot say now; other failures go on. */
function whileUnknown(error: unknown): GatewayInflight | undefined {
  if (!(error instanceof Failure)) throw error;
  if (error.code === 'timedOut') return undefined;
  if (error.code !== 'unreachable') throw error;
  return isGone(error.cause) ? { endpoints: {} } : undefined;
}

/** True when no process listens on the socket. */
function isGone(cause: unknown): boolean {
  return hasCode(cause, 'ECONNREFUSED', 'ENOENT');
}

/** Turns an unreachable gateway into a value; other failures go on. */
export function ifUnreachable<T>(value: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof Failure && error.code === 'unreachable') return value;
    throw error;
  };
}

function exchange(socketPath: string, call: Call): Promise<{ status: number; text: string }> {
  const deadline = deadlineIn(call.withinMs ?? ANSWER_WITHIN_MS);
  const signal = call.signal === undefined ? deadline : AbortSignal.any([deadline, call.signal]);
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown): void => {
      const isCancelled = call.signal?.aborted ?? false;
      reject(isCancelled ? new Error('cancelled', { cause }) : unreachable(socketPath, cause));
    };
    const outgoing = request(
      { socketPath, method: call.method, path: call.path, agent: false, signal },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', fail);
        incoming.on('end', () => {
          resolve({ status: incoming.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') });
        });
      },
    );
    outgoing.on('error', fail);
    outgoing.end(call.body === undefined ? undefined : JSON.stringify(call.body));
  });
}

function unreachable(socketPath: string, cause: unknown): Failure {
  return new Failure('unreachable', `the gateway does not answer at ${socketPath}: ${messageOf(cause)}`, {
    hint: 'Is it running? Its log is gateway.log beside the socket.',
    cause,
  });
}

function failureOf(status: number, text: string): Failure {
  const error = parseError(text);
  const code =
    typeof error['code'] === 'string' && error['code'] in FAILURES ? (error['code'] as FailureCode) : 'bug';
  const message = typeof error['message'] === 'string' ? error['message'] : `the gateway answered ${status}`;
  return new Failure(code, message, typeof error['hint'] === 'string' ? { hint: error['hint'] } : {});
}

function parseError(text: string): Readonly<Record<string, unknown>> {
  try {
    const body: unknown = JSON.parse(text);
    return isJsonObject(body) && isJsonObject(body['error']) ? body['error'] : {};
  } catch {
    return {};
  }
}
