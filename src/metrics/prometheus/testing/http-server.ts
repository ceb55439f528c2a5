import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server in the place of Prometheus, or before it. */
export interface HttpServer {
  /** Host and port. */
  readonly target: string;
  /** The requests so far, as method and path. */
  readonly seen: string[];
  stop(): Promise<void>;
}

/** Starts one on a free port. */
export async function startHttp(handler: RequestListener): Promise<HttpServer> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(`${request.method ?? ''} ${new URL(request.url ?? '', 'http://x').pathname}`);
    handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    target: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A handler that passes everything on to another server. */
export function passingOn(target: string): RequestListener {
  return (request, response) => {
    void bodyOf(request).then(async (body) => {
      const answer = await fetch(`http://${target}${request.url ?? '/'}`, {
        method: request.method ?? 'GET',
        headers: { 'content-type': request.headers['content-type'] ?? '' },
        ...(body === '' ? {} : { body }),
      });
      response.statusCode = answer.status;
      response.setHeader('content-type', answer.headers.get('content-type') ?? '');
      response.end(await answer.text());
    });
  };
}

/** All of a request's body. */
export async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
