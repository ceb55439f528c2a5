import { request, type IncomingHttpHeaders } from 'node:http';

/** A request as a browser or a program sends it. */
export interface Asked {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: unknown;
}

/** What came back. */
export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Asks a server on this machine once, with exactly these headers. */
export function asks(
  port: number,
  { method = 'GET', path = '/', headers = {}, body }: Asked,
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const sent = request(
      {
        ...{ host: '127.0.0.1', port, method, path, agent: false },
        headers: {
          ...headers,
          ...(text === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
        },
      },
      (response) => {
        let said = '';
        response.on('data', (chunk: Buffer) => (said += chunk.toString()));
        response.on('error', reject);
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text: said });
        });
      },
    );
    sent.on('error', reject).end(text);
  });
}

/** The cookie that an answer sets, as a browser sends it back; undefined when it sets none. */
export function cookieSetBy({ headers }: Answered): string | undefined {
  return headers['set-cookie']?.[0]?.split(';', 1)[0];
}
