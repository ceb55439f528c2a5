import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { once } from 'node:events';
import { messageOf } from '../../base/failure.ts';
import { boundedText } from '../../system/bounded-text.ts';
import type { Log } from '../../telemetry/log.ts';
import type { ServingCertificate } from './certificate.ts';
import type { Reviewer } from './review.ts';

/** API servers take objects of 3 MiB, and an update shows two of them. */
const MOST_BYTES = 8 * 1024 * 1024;
const REQUEST_WITHIN_MS = 10_000;

/** How requests are answered. */
export interface HoldAnswers {
  /** Who answers, by the path that is asked. */
  readonly reviewers: Readonly<Record<string, Reviewer>>;
  readonly log: Log;
}

/** Where the webhook listens. */
export interface HoldAddress {
  readonly port: number;
  /** Absent: all addresses. */
  readonly host?: string;
}

/** Answers API servers that ask what becomes of something that is being written; listens when it is returned. */
export async function holdServer(
  address: HoldAddress,
  { cert, key }: ServingCertificate,
  answers: HoldAnswers,
): Promise<Server> {
  const server = createServer({ cert, key, minVersion: 'TLSv1.2' }, (request, response) => {
    void answer(request, response, answers);
  });
  server.requestTimeout = REQUEST_WITHIN_MS;
  server.headersTimeout = REQUEST_WITHIN_MS;
  server.on('tlsClientError', () => undefined);
  server.listen(address);
  await once(server, 'listening');
  return server;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { reviewers, log }: HoldAnswers,
): Promise<void> {
  const end = (status: number, body?: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(body === undefined ? '' : JSON.stringify(body));
  };
  const path = request.url?.split('?')[0] ?? '';
  const reviewer = Object.hasOwn(reviewers, path) ? reviewers[path] : undefined;
  if (request.method !== 'POST' || reviewer === undefined) {
    end(404);
    return;
  }
  try {
    const text = await boundedText(request, MOST_BYTES, () => new Error('the request is too large'));
    const review = await reviewer(JSON.parse(text));
    end(review === undefined ? 400 : 200, review);
  } catch (error) {
    // Without an answer a new template rolls by itself, and a command is refused.
    log.warn('a review could not be answered', { path, reason: messageOf(error) });
    end(500);
  }
}
