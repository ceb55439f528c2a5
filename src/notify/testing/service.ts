import { createServer, type IncomingHttpHeaders, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/** A request, as a service has got it. */
export interface Got {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body as JSON; undefined where it is none. */
  readonly body: unknown;
}

/** What a service answers; `hang`: nothing at all. */
export type Said =
  | { readonly status: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> }
  | 'hang';

/** A service that listens on a real socket of this machine. */
export interface FakeService {
  readonly url: string;
  readonly got: Got[];
  /** Resolves once so many requests have come. */
  came(count: number): Promise<void>;
  close(): void;
}

/** A certificate for this machine, and its key, as PEM. */
interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** Starts a service that answers by `rules`, the strict ones of what it stands for; by HTTPS with a certificate. */
export async function fakeService(
  rules: (got: Got, times: number) => Said,
  certificate?: Certificate,
): Promise<FakeService> {
  const got: Got[] = [];
  const waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  const listener: RequestListener = (request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (piece: string) => (text += piece));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const one = { method, path: url, headers, text, body: jsonIn(text) };
      got.push(one);
      answer(response, rules(one, got.length));
      for (const { count, resolve } of waiting) if (got.length >= count) resolve();
    });
  };
  const server =
    certificate === undefined ? createServer(listener) : createSecureServer(certificate, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${certificate === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    got,
    came: (count) =>
      got.length >= count
        ? Promise.resolve()
        : new Promise((resolve) => {
            waiting.push({ count, resolve });
          }),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function answer(response: ServerResponse, said: Said): void {
  if (said === 'hang') return;
  const { status, body = '', headers = {} } = said;
  const isText = typeof body === 'string';
  const type = { 'content-type': isText ? 'text/plain' : 'application/json' };
  response.writeHead(status, { ...type, ...headers });
  response.end(isText ? body : JSON.stringify(body));
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
