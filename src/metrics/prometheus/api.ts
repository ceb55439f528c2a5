import { withoutValues } from '../../base/environment.ts';
import { Failure, messageOf } from '../../base/failure.ts';
import { formatDuration } from '../../base/duration.ts';
import { apiBase } from './address.ts';
import { connections, type Connections } from './connections.ts';
import { credentialsOf } from '../../system/credentials.ts';
import { readEnvelope, type ApiAnswer, type ApiFailure, type Cleaning } from './envelope.ts';
import { exchange, type Outgoing, type Reply } from './exchange.ts';
import { withRetries, type Try } from './retry.ts';
import type { PrometheusSettings } from './settings.ts';
import { deadlineIn } from '../../system/waiting.ts';

const TIMEOUT_MS = 10_000;
const MOST_ANSWER_BYTES = 32 * 1024 * 1024;

/** One call of the API. */
export interface ApiCall {
  readonly endpoint: 'query' | 'query_range';
  readonly parameters: Readonly<Record<string, string>>;
}

/** The API of one server. Only being aborted rejects. */
export interface PrometheusApi {
  call(call: ApiCall, signal: AbortSignal): Promise<ApiAnswer>;
  close(): Promise<void>;
}

/** The server as this process has come to know it. */
interface Server {
  readonly settings: PrometheusSettings;
  readonly base: URL;
  readonly connections: Connections;
  /** Some proxies let only GET through; once seen, POST is not tried again. */
  method: Outgoing['method'];
}

/** Calls the API of the server that `settings` describe. Throws Failure when they cannot be used. */
export function prometheusApi(settings: PrometheusSettings): PrometheusApi {
  const server: Server = {
    settings,
    base: apiBase(settings.name, settings.address),
    connections: connections(settings.tls),
    method: 'POST',
  };
  return {
    call: (call, signal) => callWithin(server, call, signal),
    close: () => server.connections.close(),
  };
}

async function callWithin(server: Server, call: ApiCall, signal: AbortSignal): Promise<ApiAnswer> {
  signal.throwIfAborted();
  const timeoutMs = server.settings.timeoutMs ?? TIMEOUT_MS;
  const deadlineMs = performance.now() + timeoutMs;
  const within = AbortSignal.any([signal, deadlineIn(timeoutMs)]);
  const parameters = { ...call.parameters, timeout: `${timeoutMs}ms` };
  let last: ApiAnswer | undefined;
  const tryOnce = async (): Promise<Try<ApiAnswer>> => {
    const outcome = await attempt(server, { ...call, parameters }, within);
    last = outcome.result;
    return outcome;
  };
  try {
    return await withRetries(tryOnce, {
      signal: within,
      deadlineMs,
      now: () => performance.now(),
      random: Math.random,
    });
  } catch (error) {
    signal.throwIfAborted();
    if (!within.aborted) throw error;
    // A try that was cut short says less than the one before it.
    return last ?? tookTooLong(timeoutMs);
  }
}

async function attempt(server: Server, call: ApiCall, signal: AbortSignal): Promise<Try<ApiAnswer>> {
  try {
    const { headers, secrets } = await credentialsOf(server.settings);
    const agent = await server.connections.current();
    const mostBytes = server.settings.mostAnswerBytes ?? MOST_ANSWER_BYTES;
    const ask = (method: Outgoing['method']): Promise<Reply> =>
      exchange(outgoing(server, call, { headers, method }), { agent, mostBytes, signal });
    const { method } = server;
    let reply = await ask(method);
    if (method === 'POST' && isMethodRefused(reply)) {
      server.method = 'GET';
      reply = await ask('GET');
    }
    return tryOf(reply, (text) => withoutValues(text, secrets));
  } catch (error) {
    if (signal.aborted) throw error;
    return tryAfter(error, server.base);
  }
}

function outgoing(
  server: Server,
  call: ApiCall,
  { headers, method }: Pick<Outgoing, 'headers' | 'method'>,
): Outgoing {
  return {
    url: new URL(call.endpoint, server.base),
    method,
    form: new URLSearchParams(call.parameters).toString(),
    headers: { ...headers, accept: 'application/json', 'user-agent': 'coalmine' },
  };
}

/** Prometheus itself takes both methods; what stands before it may not. */
function isMethodRefused({ status }: Reply): boolean {
  return status === 405 || status === 501;
}

function tryOf(reply: Reply, clean: Cleaning): Try<ApiAnswer> {
  const result = readEnvelope(reply, clean);
  const isBusy = reply.status === 429 || reply.status === 503;
  // A query that took the server too long will do so again.
  const isSlow = result.kind === 'failed' && result.errorType === 'timeout';
  if (!isBusy || isSlow) return { kind: 'done', result };
  const wait = reply.retryAfterMs === undefined ? {} : { notBeforeMs: reply.retryAfterMs };
  return { kind: 'again', result, ...wait };
}

/** A request that failed on the way may be sent again, because it only reads; what is wrong here stays wrong. */
function tryAfter(error: unknown, base: URL): Try<ApiAnswer> {
  if (error instanceof Failure) {
    const hint = error.hint === undefined ? {} : { hint: error.hint };
    const fault = error.code === 'tooLarge' ? 'query' : 'source';
    return { kind: 'done', result: { kind: 'failed', fault, reason: error.message, ...hint } };
  }
  const result: ApiFailure = {
    kind: 'failed',
    fault: 'source',
    reason: `it cannot be reached at ${base.origin}: ${wordsFor(error)}`,
    hint: CERTIFICATE.test(wordsFor(error))
      ? 'Check `tls` of the source: its authority, our certificate, the name.'
      : 'Is the server running, and is `address` right?',
  };
  return { kind: 'again', result };
}

const CERTIFICATE = /certificate|cert|altname|ssl|tls/i;

/** When several addresses of a name were tried, only the code says anything. */
function wordsFor(error: unknown): string {
  const message = messageOf(error);
  if (message !== '') return message;
  return error instanceof Error && 'code' in error ? String(error.code) : 'the connection failed';
}

function tookTooLong(timeoutMs: number): ApiFailure {
  return {
    kind: 'failed',
    fault: 'source',
    reason: `it did not answer within ${formatDuration(timeoutMs)}`,
    hint: 'The server may be overloaded, or the query too large.',
  };
}
