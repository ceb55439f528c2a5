import { STATUS_CODES } from 'node:http';
import type { ClientRequest, ClientResponse } from './client-side.ts';
import type { Refusal } from './request-head.ts';

/** How long a client that sends a body nobody wants may pause before its connection is closed. */
const LINGER_IDLE_MS = 2_000;
/** How long it may go on sending in all. */
const LINGER_MS = 30_000;

/** The gateway's own answer: a line of text, never JSON, so that nobody takes it for the workload's. */
export function answer(res: ClientResponse, refusal: Refusal, headers: readonly string[] = []): void {
  const { status, reason } = refusal;
  answerWith(res, { status, type: 'text/plain', body: `${status} ${reason}\n` }, headers);
}

/** An answer of the gateway's own, in UTF-8. */
export interface OwnAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** Sends it, whatever of the request is still to come. */
export function answerWith(
  res: ClientResponse,
  { status, type, body }: OwnAnswer,
  headers: readonly string[],
): void {
  const { req } = res;
  // An attempt to pass on the workload's head may have left its reason behind.
  res.writeHead(status, STATUS_CODES[status] ?? '', [
    ...headers,
    'Content-Type',
    `${type}; charset=utf-8`,
    'Content-Length',
    String(Buffer.byteLength(body)),
  ]);
  if (req.complete) res.end(body);
  else endAfterRequest(res, body);
}

/**
 * Ends an answer whose request is still arriving. The rest of the request is read away: closing at once would reset
 * the connection under an answer the client has not read yet.
 */
export function endAfterRequest(res: ClientResponse, lastPiece = ''): void {
  const { req, shouldKeepAlive } = res;
  if (shouldKeepAlive) {
    res.end(lastPiece);
    readAway(req, () => {
      if (!req.complete) req.socket.destroy();
    });
    return;
  }
  // Node would close the connection with the end of the answer, so the end waits; what there is to say is sent.
  res.flushHeaders();
  if (lastPiece !== '') res.write(lastPiece);
  readAway(req, () => {
    res.end();
  });
}

/** Calls `then` once: at the request's end, or when the client pauses or goes on for too long. */
function readAway(req: ClientRequest, then: () => void): void {
  const finish = (): void => {
    clearTimeout(idle);
    clearTimeout(bound);
    req.off('data', onData);
    req.off('end', finish);
    req.off('close', finish);
    then();
  };
  const idle = setTimeout(finish, LINGER_IDLE_MS).unref();
  const bound = setTimeout(finish, LINGER_MS).unref();
  const onData = (): void => void idle.refresh();
  req.on('data', onData);
  req.once('end', finish);
  req.once('close', finish);
  req.resume();
}
