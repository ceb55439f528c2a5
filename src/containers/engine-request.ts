import { request, type IncomingMessage } from 'node:http';
import { Failure, messageOf } from '../base/failure.ts';
import { isJsonObject, type Json } from '../base/json.ts';
import { boundedText } from '../system/bounded-text.ts';

/** What is asked of the engine. */
export interface EngineRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** With its version, and without its query. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Json;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** An answer longer than this is none of ours. */
const MOST_BYTES = 16 * 1_024 * 1_024;

/** An answer of the engine other than the ones that were expected. */
export class EngineError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'EngineError';
    this.status = status;
  }
}

/** True for an answer of one of these statuses. */
export function isStatus(error: unknown, ...statuses: readonly number[]): boolean {
  return error instanceof EngineError && statuses.includes(error.status);
}

/** Asks, and answers the stream of what the engine says. Throws `EngineError`, or Failure `unreachable`. */
export function openAnswer(socketPath: string, asked: EngineRequest): Promise<IncomingMessage> {
  const { method, path, query = {}, body, headers = {}, signal } = asked;
  const text = body === undefined ? undefined : JSON.stringify(body);
  const search = new URLSearchParams(query).toString();
  return new Promise((resolve, reject) => {
    const outgoing = request({
      socketPath,
      method,
      path: search === '' ? path : `${path}?${search}`,
      headers: {
        host: 'engine',
        ...(text === undefined ? {} : { 'content-type': 'application/json' }),
        ...(method === 'GET' ? {} : { 'content-length': String(Buffer.byteLength(text ?? '')) }),
        ...headers,
      },
      ...(signal === undefined ? {} : { signal }),
    });
    outgoing.once('error', (cause) => {
      const message = `the container engine at ${socketPath} does not answer: ${messageOf(cause)}`;
      reject(
        new Failure('unreachable', message, {
          hint: 'start Docker or Podman, or set DOCKER_HOST to its socket; `coalmine doctor` looks for it',
          cause,
        }),
      );
    });
    outgoing.once('response', (answer) => {
      const status = answer.statusCode ?? 0;
      if (status < 400) resolve(answer);
      else void refusalOf(answer).then(reject);
    });
    outgoing.end(text);
  });
}

/** Asks, and answers what the engine says as JSON; undefined when it says nothing. */
export async function ask(socketPath: string, asked: EngineRequest): Promise<unknown> {
  const text = await textOf(await openAnswer(socketPath, asked));
  return text.trim() === '' ? undefined : (JSON.parse(text) as unknown);
}

async function refusalOf(answer: IncomingMessage): Promise<EngineError> {
  const text = await textOf(answer).catch(() => '');
  return new EngineError(answer.statusCode ?? 0, messageIn(text) ?? `status ${answer.statusCode ?? 0}`);
}

function messageIn(text: string): string | undefined {
  try {
    const said: unknown = JSON.parse(text);
    return isJsonObject(said) && typeof said['message'] === 'string' ? said['message'] : undefined;
  } catch {
    return undefined;
  }
}

function textOf(answer: AsyncIterable<Uint8Array>): Promise<string> {
  return boundedText(answer, MOST_BYTES, () => new Error('the engine answers without an end'));
}
