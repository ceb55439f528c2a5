import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { pathOf, type Endpoint } from '../api/endpoints.ts';
import { failureOf, PROBLEM_TYPE } from '../api/problem.ts';
import type { ProblemView } from '../api/resources.ts';
import { Failure, messageOf } from '../base/failure.ts';

/** How much longer than the server's own limit an answer is waited for. */
const MARGIN_MS = 5_000;
/** Three missed heartbeats: the other end of a live stream is gone. */
const SILENCE_MS = 45_000;

const FORBIDDEN: readonly string[] = ['EACCES', 'EPERM'];
const ABSENT: readonly string[] = ['ENOENT', 'ECONNREFUSED', 'ENOTSOCK', 'ENOTDIR'];

/** Where the API is, and until when it may be asked. */
export interface Target {
  readonly socketPath: string;
  readonly signal?: AbortSignal;
}

/** One request. */
export interface Asked {
  readonly endpoint: Endpoint;
  readonly values?: Readonly<Record<string, string | number>>;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Asks once and reads the answer; throws the server's `Failure`, or `unreachable`. */
export async function ask(target: Target, asked: Asked): Promise<unknown> {
  const limitMs = asked.endpoint.timeoutMs + MARGIN_MS;
  const response = await send(target, asked, limitMs);
  const text = await textOf(target, response);
  return text === '' ? undefined : parseJson(target, text);
}

/** Opens a live stream; throws the server's `Failure`, or `unreachable`. The body fails after a long silence. */
export async function open(target: Target, asked: Asked): Promise<Readable> {
  return await send(target, asked, SILENCE_MS);
}

/** What a broken connection is to the user; an abort stays an abort. */
export function connectionFailure(target: Target, cause: unknown): unknown {
  if (cause instanceof Failure || target.signal?.aborted === true) return cause;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (FORBIDDEN.includes(code)) {
    return new Failure('notPermitted', `${target.socketPath} belongs to another user`, {
      hint: 'Only the user who started coalmine may command it.',
      cause,
    });
  }
  const what = ABSENT.includes(code)
    ? 'coalmine is not running'
    : `the connection broke: ${messageOf(cause)}`;
  return new Failure('unreachable', `${what} (${target.socketPath})`, {
    hint: 'Start it with "coalmine up".',
    cause,
  });
}

async function send(target: Target, asked: Asked, silenceMs: number): Promise<IncomingMessage> {
  const response = await responseOf(target, asked, silenceMs);
  const status = response.statusCode ?? 0;
  if (status >= 200 && status < 300) return response;
  const text = await textOf(target, response);
  if (response.headers['content-type'] !== PROBLEM_TYPE) {
    throw new Failure('unreachable', `${target.socketPath} answered ${status}, and not as coalmine does`);
  }
  throw failureOf(parseJson(target, text) as ProblemView);
}

function responseOf(target: Target, asked: Asked, silenceMs: number): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const body = asked.body === undefined ? undefined : JSON.stringify(asked.body);
    const sent: ClientRequest = request(
      {
        socketPath: target.socketPath,
        agent: false,
        method: asked.endpoint.method,
        path: pathOf(asked.endpoint, asked.values) + queryOf(asked.query),
        headers: {
          accept: 'application/json',
          ...asked.headers,
          ...(body === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
        },
        timeout: silenceMs,
        ...(target.signal === undefined ? {} : { signal: target.signal }),
      },
      resolve,
    );
    sent.on('timeout', () => sent.destroy(new Error('no answer came in time')));
    sent.on('error', (cause) => {
      reject(asError(connectionFailure(target, cause)));
    });
    sent.end(body);
  });
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
    throw asError(connectionFailure(target, cause));
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(target: Target, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Failure('unreachable', `${target.socketPath} did not answer as coalmine does`, { cause });
  }
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(messageOf(thrown));
}
