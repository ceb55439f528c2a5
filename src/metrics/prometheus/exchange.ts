import type { Agent, Dispatcher } from 'undici';
import { Failure } from '../../base/failure.ts';
import { boundedText } from '../../system/bounded-text.ts';
import { followed } from './address.ts';

const MOST_REDIRECTS = 3;

/** One request, repeatable without harm. */
export interface Outgoing {
  readonly url: URL;
  readonly method: 'GET' | 'POST';
  /** The parameters: the body of a POST, the query of a GET. */
  readonly form: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What came back, whatever its status. */
export interface Reply {
  readonly status: number;
  readonly contentType: string;
  /** How long the server asks to wait, when it does. */
  readonly retryAfterMs?: number;
  readonly text: string;
}

/** What an exchange needs besides the request. */
export interface ExchangeContext {
  readonly agent: Agent;
  readonly mostBytes: number;
  readonly signal: AbortSignal;
}

/**
 * Sends a request and reads the whole answer. Redirects are followed on the same host only, so that no other host
 * is sent our credentials. Rejects with what the connection failed of, or with a Failure.
 */
export async function exchange(outgoing: Outgoing, context: ExchangeContext): Promise<Reply> {
  let { url, method } = outgoing;
  for (let hop = 0; ; hop += 1) {
    const answer = await send({ ...outgoing, url, method }, context);
    const location = headerOf(answer, 'location');
    if (!isRedirect(answer.statusCode) || location === undefined) return readReply(answer, context.mostBytes);
    await discard(answer);
    const next = followed(url, location);
    if (next === undefined || hop === MOST_REDIRECTS) throw wrongRedirect(url, location);
    // The parameters go along by themselves.
    next.search = '';
    url = next;
    method = answer.statusCode === 303 ? 'GET' : method;
  }
}

function send(outgoing: Outgoing, context: ExchangeContext): Promise<Dispatcher.ResponseData> {
  const { url, method, form, headers } = outgoing;
  const path = method === 'GET' && form !== '' ? `${url.pathname}?${form}` : url.pathname;
  const posted =
    method === 'POST'
      ? { body: form, headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' } }
      : { headers };
  return context.agent.request({ origin: url.origin, path, method, signal: context.signal, ...posted });
}

async function readReply(answer: Dispatcher.ResponseData, mostBytes: number): Promise<Reply> {
  // One that is too large is destroyed, and its connection with it.
  const text = await boundedText(answer.body, mostBytes, () => tooLarge(mostBytes));
  const retryAfter = Number(headerOf(answer, 'retry-after'));
  return {
    status: answer.statusCode,
    contentType: headerOf(answer, 'content-type') ?? '',
    ...(retryAfter >= 0 ? { retryAfterMs: retryAfter * 1_000 } : {}),
    text,
  };
}

function tooLarge(mostBytes: number): Failure {
  return new Failure('tooLarge', `the answer is larger than ${Math.round(mostBytes / 1024)} KiB`, {
    hint: 'Narrow the query with more matchers, or aggregate in it.',
  });
}

/** A body nobody reads would hold its connection for ever. */
async function discard(answer: Dispatcher.ResponseData): Promise<void> {
  await answer.body.dump({ limit: 64 * 1024 });
}

function isRedirect(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status);
}

function headerOf(answer: Dispatcher.ResponseData, name: string): string | undefined {
  const value = answer.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function wrongRedirect(from: URL, location: string): Failure {
  const to = URL.canParse(location, from.href) ? new URL(location, from).origin : 'nowhere';
  return new Failure('unreachable', `${from.origin} sends on to ${to}, which is not followed`, {
    hint: 'Give the address of the server itself; credentials go to no other host.',
  });
}
