import { STATUS_CODES, type Server } from 'node:http';
import type { Server as TlsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { hasCode } from '../base/errno.ts';
import { PROBLEM_TYPE, refusalView, type Refusal } from './problem.ts';

/** What never becomes a request is refused like all else: with a problem in words. Then its connection ends. */
export function refuseMalformed(server: Server | TlsServer): void {
  server.on('clientError', (error: Error, socket: Duplex) => {
    refuseConnection(socket, refusalOf(error));
  });
}

/** Refuses whatever comes on a connection, in words, and ends it. */
export function refuseConnection(socket: Duplex, refusal: Refusal): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const problem = refusalView(refusal);
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}`,
    `content-type: ${PROBLEM_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'x-content-type-options: nosniff',
    'cache-control: no-store',
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

function refusalOf(error: Error): Refusal {
  if (hasCode(error, 'HPE_HEADER_OVERFLOW'))
    return {
      code: 'tooLarge',
      status: 431,
      detail: 'the address and the headers of the request are too long',
    };
  if (hasCode(error, 'ERR_HTTP_REQUEST_TIMEOUT'))
    return { code: 'timedOut', status: 408, detail: 'the request did not come in time' };
  return { code: 'usage', status: 400, detail: 'this is not a request of HTTP/1.1' };
}
