import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pathOf, type Endpoint } from '../api/endpoints.ts';
import { nextIn } from '../api/page-link.ts';
import { LARGEST_PAGE } from '../api/paging.ts';
import { failureOf, PROBLEM_TYPE } from '../api/problem.ts';
import type { ProblemView } from '../api/resources.ts';
import { UPLOAD_TYPE } from '../api/upload-limits.ts';
import { repeating } from './repeating.ts';
import { requestAt, wordFor, type Where } from './where.ts';
import { asError, Failure, messageOf } from '../base/failure.ts';

/** How much longer than the server's own limit an answer is waited for. */
const MARGIN_MS = 5_000;
/** Three missed heartbeats: the other end of a live stream is gone. */
const SILENCE_MS = 45_000;

const FORBIDDEN: readonly string[] = ['EACCES', 'EPERM'];
const ABSENT: readonly string[] = ['ENOENT', 'ECONNREFUSED', 'ENOTSOCK', 'ENOTDIR'];

/** Where a socket leads, when that is elsewhere. */
export interface Place {
  /** For people. */
  readonly name: string;
  /** What is known of why nobody answers there. */
  readonly trouble: () => Promise<Failure | undefined>;
}

/** Where the API is, and until when it may be asked. */
export interface Target {
  readonly where: Where;
  readonly place?: Place;
  /** Sent with every request: who asks. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** One request. */
export interface Asked {
  readonly endpoint: Endpoint;
  readonly values?: Readonly<Record<string, string | number>>;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
  /** Sent as it comes, instead of a body. */
  readonly stream?: AsyncIterable<Uint8Array>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Asks once and reads the answer; throws the server's `Failure`, or `unreachable`. */
export async function ask(target: Target, asked: Asked): Promise<unknown> {
  return (await answerTo(target, asked)).value;
}

/** Asks for a list, page by page, until its end. */
export async function* pagesOf(
  target: Target,
  asked: Asked,
): AsyncGenerator<readonly unknown[], void, undefined> {
  let cursor = asked.query?.['cursor'];
  do {
    const query = { limit: LARGEST_PAGE, ...asked.query, cursor };
    const { value, link } = await answerTo(target, { ...asked, query });
    yield value as readonly unknown[];
    cursor = nextIn(link);
  } while (cursor !== undefined);
}

/** How long pages are of which so many items are wanted. */
export function pageSize(wanted: number): number {
  return Math.max(1, Math.min(wanted, LARGEST_PAGE));
}

/** The whole of a list, or the first of its items. */
export async function wholeList(
  target: Target,
  asked: Asked,
  atMost = Infinity,
): Promise<readonly unknown[]> {
  const items: unknown[] = [];
  for await (const page of pagesOf(target, asked)) {
    items.push(...page);
    if (items.length >= atMost) break;
  }
  return items.slice(0, atMost);
}

interface Answered {
  readonly value: unknown;
  readonly link: string | undefined;
}

function answerTo(target: Target, asked: Asked): Promise<Answered> {
  return repeating(target, asked, (keyed) => answerOnce(target, keyed));
}

async function answerOnce(target: Target, asked: Asked): Promise<Answered> {
  const limitMs = asked.endpoint.timeoutMs + MARGIN_MS;
  const response = await send(target, asked, limitMs);
  const text = await textOf(target, response);
  const { link } = response.headers;
  return {
    value: text === '' ? undefined : parseJson(target, text),
    link: Array.isArray(link) ? link.join(', ') : link,
  };
}

/** Opens a live stream; throws the server's `Failure`, or `unreachable`. The body fails after a long silence. */
export async function open(target: Target, asked: Asked): Promise<Readable> {
  return await send(target, asked, SILENCE_MS);
}

/** What a broken connection is to the user; an abort stays an abort. */
export async function connectionFailure(target: Target, cause: unknown): Promise<unknown> {
  if (cause instanceof Failure || target.signal?.aborted === true) return cause;
  if (target.place !== undefined) return afar(target.place, cause);
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (FORBIDDEN.includes(code)) {
    return new Failure('notPermitted', `${wordFor(target.where)} belongs to another user`, {
      hint: 'Only the user who started coalmine may command it.',
      cause,
    });
  }
  const what = ABSENT.includes(code)
    ? 'coalmine is not running'
    : `the connection broke: ${messageOf(cause)}`;
  return new Failure('unreachable', `${what} (${wordFor(target.where)})`, {
    hint: `Start it with "coalmine up${'url' in target.where ? ' --api-port PORT' : ''}".`,
    cause,
  });
}

async function afar({ name, trouble }: Place, cause: unknown): Promise<Failure> {
  return (
    (await trouble()) ??
    new Failure('unreachable', `the connection broke: ${messageOf(cause)} (${name})`, {
      hint: 'Is coalmine up there?',
      cause,
    })
  );
}

/** How the other end is called in messages. */
export function nameOf({ where, place }: Target): string {
  return place?.name ?? wordFor(where);
}

async function send(target: Target, asked: Asked, silenceMs: number): Promise<IncomingMessage> {
  const response = await responseOf(target, asked, silenceMs);
  const status = response.statusCode ?? 0;
  if (status >= 200 && status < 300) return response;
  const text = await textOf(target, response);
  if (response.headers['content-type'] !== PROBLEM_TYPE) {
    throw new Failure('unreachable', `${nameOf(target)} answered ${status}, and not as coalmine does`);
  }
  throw failureOf(parseJson(target, text) as ProblemView);
}

function responseOf(target: Target, asked: Asked, silenceMs: number): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const body = bodyOf(asked);
    const sent: ClientRequest = requestAt(
      target.where,
      {
        agent: false,
        method: asked.endpoint.method,
        path: pathOf(asked.endpoint, asked.values) + queryOf(asked.query),
        headers: {
          accept: 'application/json',
          ...target.headers,
          ...asked.headers,
          ...body.headers,
        },
        timeout: silenceMs,
        ...(target.signal === undefined ? {} : { signal: target.signal }),
      },
      resolve,
    );
    sent.on('timeout', () => sent.destroy(new Error('no answer came in time')));
    const sending = body.send(sent);
    // What kept the body from being read is why the connection ended.
    const why = async (cause: unknown): Promise<unknown> =>
      connectionFailure(target, (await sending) ?? cause);
    sent.on('error', (cause) => {
      void why(cause).then((failure) => {
        reject(asError(failure));
      });
    });
  });
}

interface Body {
  readonly headers: Readonly<Record<string, string | number>>;
  /** Answers the Failure of what was to be sent; undefined when it was sent, or the connection ended. */
  readonly send: (request: ClientRequest) => Promise<Failure | undefined>;
}

function bodyOf({ body, stream }: Asked): Body {
  if (stream !== undefined) {
    return {
      headers: { 'content-type': UPLOAD_TYPE },
      send: (request) =>
        pipeline(stream, request).then(
          () => undefined,
          (cause: unknown) => (cause instanceof Failure ? cause : undefined),
        ),
    };
  }
  const text = body === undefined ? undefined : JSON.stringify(body);
  return {
    headers:
      text === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) },
    send: (request) => {
      request.end(text);
      return Promise.resolve(undefined);
    },
  };
}

function queryOf(query: Asked['query'] = {}): string {
  const pairs = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value !== undefined) pairs.set(key, String(value));
  return pairs.size === 0 ? '' : `?${pairs.toString()}`;
}

async function textOf(target: Target, response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of response) chunks.push(chunk as Buffer);
  } catch (cause) {
    throw asError(await connectionFailure(target, cause));
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(target: Target, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Failure('unreachable', `${nameOf(target)} did not answer as coalmine does`, { cause });
  }
}
