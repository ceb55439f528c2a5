import { createServer, type Server } from 'node:http';
import { Failure } from '../base/failure.ts';
import type { GatewayClient } from '../gateway/client.ts';

/** Serves the gateway's `/metrics` in Prometheus text on a loopback port, for a scraper that cannot use the socket. */
export function listenForScrapes(gateway: GatewayClient, port: number): Promise<Server> {
  const server = createServer((request, response) => {
    const isAsked = request.method === 'GET' && request.url?.split('?')[0] === '/metrics';
    if (!isAsked) {
      response.writeHead(404).end('only GET /metrics is served here\n');
      return;
    }
    gateway.metrics(AbortSignal.timeout(5_000)).then(
      (text) => response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(text),
      () => response.writeHead(503).end('the gateway does not answer\n'),
    );
  });
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      reject(
        new Failure('portTaken', `127.0.0.1:${port} for metrics is not free`, {
          hint: 'choose another with --metrics-port',
          cause,
        }),
      );
    });
    server.listen(port, '127.0.0.1', () => {
      resolve(server);
    });
  });
}
