import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Refusal } from './request-head.ts';

/** How long a client may go on sending a body nobody wants before its connection is closed. */
const LINGER_MS = 2_000;

/** The gateway's own answer: a line of text, never JSON, so that nobody takes it for the workload's. */
export function answer(res: ServerResponse, refusal: Refusal, headers: readonly string[] = []): void {
  const body = `${refusal.status} ${refusal.reason}\n`;
  // An attempt to pass on the workload's head may have left its reason behind.
  res.writeHead(refusal.status, STATUS_CODES[refusal.status] ?? '', [
    ...headers,
    'Content-Type',
    'text/plain; charset=utf-8',
    'Content-Length',
    String(Buffer.byteLength(body)),
  ]);
  res.end(body);
  discardRest(res.req);
}

/** Reads away what is left of a request whose answer is complete, so that its connection can be used again. */
export function discardRest(req: IncomingMessage): void {
  if (req.complete) return;
  req.resume();
  setTimeout(() => {
    // Closing at once would reset the connection under an answer the client has not read yet.
    if (!req.complete) req.socket.destroy();
  }, LINGER_MS).unref();
}
