import { Failure, withHint } from '../base/failure.ts';
import { isJsonObject, jsonObjectOrNothing } from '../base/json.ts';
import { boundedText } from '../system/bounded-text.ts';
import { fetchReason } from '../system/fetch-reason.ts';
import { isSuccess, isWorthRepeating } from '../system/http-status.ts';
import { retryAfterMsIn } from '../system/retry-after.ts';
import type { Sent } from './channel.ts';
import { cut } from './message.ts';

/** One request to a service. */
export interface Request {
  readonly url: string;
  /** POST when absent. */
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, unless the headers say otherwise; a text is sent as it is. */
  readonly body?: unknown;
}

/** What came back, whatever its status. */
export interface Reply {
  readonly status: number;
  /** How long the service asks to wait, in milliseconds. */
  readonly retryAfterMs?: number;
  /** Any other header that was answered. */
  readonly header: (name: string) => string | null;
  readonly text: string;
}

/** What is known of a service beyond HTTP. */
export interface Service {
  readonly name: string;
  /** Whether an answer with a status of success is its own: what stands at a wrong address may say 200, too. */
  readonly isOwn?: (reply: Reply) => boolean;
  /** What to do next, by the status of what is not taken. */
  readonly next: Readonly<Record<number, string>>;
}

/** Sends a request and reads the whole answer; throws Failure `unreachable` when there is none. No redirect is followed. */
export type Post = (request: Request) => Promise<Reply>;

/** Answers are short; what is longer is none. */
const MOST_BYTES = 256 * 1024;
/** So much of an answer is shown. */
const QUOTED_CHARACTERS = 120;
/** No service is obeyed that asks for more patience than this. */
const LONGEST_RETRY_MS = 3_600_000;

/** Requests by HTTP, each until the signal. */
export function poster(signal: AbortSignal): Post {
  return async ({ url, method = 'POST', headers, body }) => {
    const isText = typeof body === 'string';
    const written = body === undefined ? {} : { body: isText ? body : JSON.stringify(body) };
    const type = body === undefined ? {} : { 'content-type': 'application/json' };
    const request = {
      method,
      redirect: 'manual' as const,
      headers: { ...type, ...headers },
      ...written,
      signal,
    };
    let response: Response;
    try {
      response = await fetch(checked(url), request);
    } catch (cause) {
      if (cause instanceof Failure) throw cause;
      throw new Failure('unreachable', `could not be reached: ${fetchReason(cause)}`, {
        cause,
        hint: 'check the address, and whether this machine may reach it',
      });
    }
    const retryAfterMs = retryAfterMsIn(response.headers.get('retry-after'));
    return {
      status: response.status,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs: Math.min(LONGEST_RETRY_MS, retryAfterMs) }),
      header: (name) => response.headers.get(name),
      text: response.body === null ? '' : await boundedText(response.body, MOST_BYTES, tooLarge),
    };
  };
}

/** An address may be a secret, so that no message shows it. */
function checked(url: string): string {
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url;
  throw new Failure('usage', 'what is kept as its address is not an http or https URL', {
    hint: 'put the whole URL there, as the service shows it',
  });
}

function tooLarge(): Failure {
  return new Failure('tooLarge', `the answer is larger than ${MOST_BYTES / 1024} KiB`);
}

/** The answer of a service that says by other means how long it wants to be left alone. */
export function withPatience(reply: Reply, seconds: number): Reply {
  if (!Number.isFinite(seconds) || seconds <= 0) return reply;
  return { ...reply, retryAfterMs: Math.min(LONGEST_RETRY_MS, Math.ceil(seconds * 1_000)) };
}

/** What an answer comes to by its status, and what is to be done about it. */
export function byStatus(reply: Reply, { name, isOwn, next }: Service): Sent {
  const { status, retryAfterMs } = reply;
  if (isSuccess(status)) {
    if (isOwn?.(reply) ?? true) return { kind: 'taken', why: `answered ${status}` };
    const hint = 'check its address: something else is there';
    return { kind: 'refused', why: withHint(`answered ${status}, but not as ${name} does`, hint) };
  }
  const why = withHint(`answered ${status}${quoted(reply)}`, next[status] ?? elsewhere(reply));
  if (!isWorthRepeating(status)) return { kind: 'refused', why };
  return { kind: 'delayed', why, ...(retryAfterMs === undefined ? {} : { afterMs: retryAfterMs }) };
}

function elsewhere({ status }: Reply): string | undefined {
  const isRedirect = status >= 300 && status < 400;
  return isRedirect ? 'write the address that it leads to: no redirect is followed' : undefined;
}

/** What an answer says to people. */
function quoted({ text }: Reply): string {
  const words = wordsIn(text).replaceAll(/\s+/g, ' ').trim();
  return words === '' || words.startsWith('<') ? '' : `: ${cut(words, QUOTED_CHARACTERS)}`;
}

/** Of JSON, the message and what is wrong in particular, where services are used to having them. */
function wordsIn(text: string): string {
  const answer = jsonObjectOrNothing(text);
  if (answer === undefined) return text;
  const { message, error, errors } = answer;
  const inner = isJsonObject(error) ? error['message'] : error;
  const several: readonly unknown[] = Array.isArray(errors) ? errors : [];
  const known = [message, inner, ...several]
    .map((one) => (isJsonObject(one) ? one['message'] : one))
    .filter((one) => typeof one === 'string' && one !== '');
  return known.length === 0 ? text : known.join('; ');
}
