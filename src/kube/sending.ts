import { setMaxListeners } from 'node:events';
import { request, type Dispatcher } from 'undici';
import { messageOf } from '../base/failure.ts';
import { jsonOrNothing } from '../base/json.ts';
import { VERSION } from '../base/version.ts';
import { boundedText } from '../system/bounded-text.ts';
import { retryAfterMsIn } from '../system/retry-after.ts';
import { waitFor, within } from '../system/waiting.ts';
import type { ClusterAccess, Identity } from './access.ts';
import { ApiError, apiErrorOf, isApiError } from './api-error.ts';
import type { Connections } from './connections.ts';
import { waitBeforeRetry } from './retries.ts';

/** The largest answer that is read; a page of 500 large objects is a tenth of it. */
const MOST_ANSWER_BYTES = 256 * 1024 * 1024;

/** What is asked of the API server. */
export interface Asked {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  readonly contentType?: string;
  /** In words, as in `create pods shop/web`: "the API server does not …". */
  readonly what: string;
  /** True: done twice it is as if done once, so a lost answer may be asked for again. */
  readonly repeatable: boolean;
  /** True: it has to do with Secrets, which are not to be quoted. */
  readonly secret?: boolean;
}

/** The way to one API server. */
export interface Wire {
  readonly access: ClusterAccess;
  readonly connections: Connections;
  /** How long one attempt may take. */
  readonly attemptMs: number;
  /** How long all attempts may take. */
  readonly deadlineMs: number;
}

/** Asks, and asks again where that is worthwhile and cannot do harm. Answers the JSON that the server says. */
export async function send(wire: Wire, asked: Asked, signal: AbortSignal): Promise<unknown> {
  manyMayListen(signal);
  const limit = { ms: wire.deadlineMs, signal };
  const { result, late } = await within(limit, (bounded) => attempts(wire, asked, bounded));
  if ('value' in result) return result.value;
  signal.throwIfAborted();
  throw late && !(result.error instanceof ApiError) ? tooSlow(asked, wire.deadlineMs) : result.error;
}

/** One signal ends many requests at once: no leak, as Node would warn. */
export function manyMayListen(signal: AbortSignal): void {
  setMaxListeners(0, signal);
}

type Outcome = { readonly value: unknown } | { readonly error: unknown };

async function attempts(wire: Wire, asked: Asked, signal: AbortSignal): Promise<Outcome> {
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await attemptWith(wire, asked, signal);
    if ('value' in outcome) return outcome;
    const { error } = outcome;
    // An identity that has run out meanwhile is got anew, once.
    const wait =
      attempt === 1 && isApiError(error, 'unauthorized')
        ? 0
        : waitBeforeRetry({ error, attempt, repeatable: asked.repeatable });
    if (wait === undefined || !(await waitFor(wait, signal))) return outcome;
  }
}

async function attemptWith(wire: Wire, asked: Asked, signal: AbortSignal): Promise<Outcome> {
  try {
    const identity = await wire.access.credentials.current(signal);
    return { value: await attemptOnce(wire, { asked, identity }, signal) };
  } catch (error) {
    return { error };
  }
}

interface Attempt {
  readonly asked: Asked;
  readonly identity: Identity;
}

async function attemptOnce(wire: Wire, { asked, identity }: Attempt, signal: AbortSignal): Promise<unknown> {
  const limit = { ms: wire.attemptMs, signal };
  const { result, late } = await within(limit, (bounded) =>
    answered(wire, { asked, identity }, bounded).catch((error: unknown) => ({ error })),
  );
  if ('error' in result) {
    signal.throwIfAborted();
    throw late ? tooSlow(asked, wire.attemptMs) : unreachable(asked, wire.access, result.error);
  }
  const { answer, text } = result;
  if (answer.statusCode >= 200 && answer.statusCode < 300) return parsed(text, asked);
  if (answer.statusCode === 401) wire.access.credentials.refused(identity);
  throw refusalOf(answer, asked, text);
}

async function answered(
  { access, connections }: Wire,
  { asked, identity }: Attempt,
  signal: AbortSignal,
): Promise<{ readonly answer: Dispatcher.ResponseData; readonly text: string }> {
  const answer = await open({ access, asked, identity, dispatcher: connections.requests(identity) }, signal);
  return { answer, text: await textOf(answer.body) };
}

/** A request that is about to be opened. */
export interface Opening extends Attempt {
  readonly access: ClusterAccess;
  readonly dispatcher: Dispatcher;
  /** How long the server may be silent within an answer. */
  readonly silenceMs?: number;
}

/** Sends it, and answers with the head of the answer and its body to be read. Throws what undici throws. */
export function open(opening: Opening, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
  const { access, asked, identity, dispatcher, silenceMs } = opening;
  const { method, query = {}, body } = asked;
  const search = new URLSearchParams(
    Object.entries(query).filter((one): one is [string, string] => one[1] !== undefined),
  ).toString();
  const url = `${access.server.replace(/\/$/, '')}${asked.path}${search === '' ? '' : `?${search}`}`;
  return request(url, {
    method,
    dispatcher,
    signal,
    headers: {
      accept: 'application/json',
      'user-agent': `coalmine/${VERSION}`,
      ...(identity.authorization === undefined ? {} : { authorization: identity.authorization }),
      ...(body === undefined ? {} : { 'content-type': asked.contentType ?? 'application/json' }),
    },
    body: body === undefined ? null : JSON.stringify(body),
    ...(silenceMs === undefined ? {} : { bodyTimeout: silenceMs }),
  });
}

/** What an answer that is no success means. */
export function refusalOf(answer: Dispatcher.ResponseData, asked: Asked, text: string): ApiError {
  const { what, secret = false } = asked;
  const retryAfterMs = retryAfterMsIn([answer.headers['retry-after']].flat()[0]);
  return apiErrorOf({
    status: answer.statusCode,
    body: jsonOrNothing(text),
    retryAfterMs,
    asked: what,
    secret,
  });
}

/** That there was no answer. */
export function unreachable(asked: Asked, access: ClusterAccess, cause: unknown): ApiError {
  const message = `the API server at ${access.server} does not answer (${asked.what}): ${messageOf(cause)}`;
  return new ApiError('unreachable', message, { cause });
}

function tooSlow({ what }: Asked, ms: number): ApiError {
  return new ApiError('unreachable', `the API server does not ${what} within ${ms / 1_000} s`);
}

/** All of an answer. */
export function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  return boundedText(body, MOST_ANSWER_BYTES, () => new Error('its answer has no end'));
}

function parsed(text: string, { what }: Asked): unknown {
  if (text === '') return undefined;
  const value = jsonOrNothing(text);
  if (value === undefined) throw new ApiError('unreachable', `the answer to "${what}" is not JSON`);
  return value;
}
