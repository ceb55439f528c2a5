import { request, type Dispatcher } from 'undici';
import { Failure, messageOf } from '../base/failure.ts';
import { type JsonObject, jsonObjectOrNothing } from '../base/json.ts';
import { VERSION } from '../base/version.ts';
import { boundedText } from '../system/bounded-text.ts';
import { retryAfterMsIn } from '../system/retry-after.ts';
import { problemOf, type AuthorityProblem } from './authority-problem.ts';
import { deadlineIn } from '../system/waiting.ts';

const ANSWER_WITHIN_MS = 30_000;
const MOST_ANSWER_BYTES = 1024 * 1024;

/** What an authority has answered. */
export interface Answered {
  readonly location: string | undefined;
  /** The next request must bear it. */
  readonly nonce: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly text: string;
  readonly body: JsonObject;
}

/** Something an authority has said no to. */
export class RefusedByAuthority extends Failure {
  /** The last part of the problem's URN, as in `rateLimited`. */
  readonly type: string;
  readonly nonce: string | undefined;
  /** When it wants to be asked again, at the earliest. */
  readonly retryAfterMs: number | undefined;

  constructor(
    { type, detail }: AuthorityProblem,
    { nonce, retryAfterMs }: Pick<Answered, 'nonce' | 'retryAfterMs'>,
  ) {
    super('unreachable', `the authority refuses: ${detail} (${type})`);
    this.type = type;
    this.nonce = nonce;
    this.retryAfterMs = retryAfterMs;
  }
}

/** A request to an authority. */
export interface Sending {
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly dispatcher: Dispatcher;
  readonly signal: AbortSignal;
  readonly body?: string;
}

/** Sends it. Throws RefusedByAuthority, or Failure `unreachable` when there is no answer. */
export async function exchange(url: string, sending: Sending): Promise<Answered> {
  const { method, dispatcher, body } = sending;
  const signal = AbortSignal.any([sending.signal, deadlineIn(ANSWER_WITHIN_MS)]);
  const headers = {
    'user-agent': `coalmine/${VERSION}`,
    ...(body === undefined ? {} : { 'content-type': 'application/jose+json' }),
  };
  const answer = await request(url, { method, headers, dispatcher, signal, body: body ?? null })
    .then(async ({ statusCode, headers: fields, body: stream }) => ({
      statusCode,
      fields,
      text: await boundedText(stream, MOST_ANSWER_BYTES, endless),
    }))
    .catch((cause: unknown) => {
      sending.signal.throwIfAborted();
      throw new Failure(
        'unreachable',
        `the authority at ${new URL(url).origin} does not answer: ${messageOf(cause)}`,
        { cause },
      );
    });
  const field = (name: string): string | undefined => [answer.fields[name]].flat()[0];
  const told = { nonce: field('replay-nonce'), retryAfterMs: retryAfterMsIn(field('retry-after')) };
  const { statusCode, text } = answer;
  if (statusCode >= 300) throw new RefusedByAuthority(problemOf(parsed(text), statusCode), told);
  return { ...told, location: field('location'), text, body: parsed(text) };
}

function endless(): Error {
  return new Error('its answer has no end');
}

/** A certificate is no JSON: nothing then. */
function parsed(text: string): JsonObject {
  return jsonObjectOrNothing(text) ?? {};
}

/** What no authority should do. */
export function odd(what: string): Failure {
  return new Failure('unreachable', `the authority answers oddly: ${what}`);
}
