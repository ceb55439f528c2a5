import {
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import type { ClientRequest, ClientResponse, ClientSocket } from '../http1/client-side.ts';

const { NGHTTP2_NO_ERROR } = constants;

/** Fields that belong to a connection of HTTP/1.1 and have no place in HTTP/2, beside those left out in any answer. */
const CONNECTION_FIELDS = new Set(['http2-settings', 'host']);

/** A request that came as a stream of HTTP/2. */
export class Http2Request implements ClientRequest {
  readonly httpVersion = '2';
  readonly headers: IncomingHttpHeaders;
  readonly socket: ClientSocket;
  complete: boolean;
  readonly #stream: ServerHttp2Stream;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, remoteAddress: string | undefined) {
    this.#stream = stream;
    this.headers = headers;
    this.complete = stream.endAfterHeaders;
    if (!this.complete) stream.once('end', () => (this.complete = true));
    this.socket = {
      remoteAddress,
      destroy: () => {
        // Closing would end an unfinished answer first, so that it seemed whole.
        if (stream.writableFinished) stream.close(NGHTTP2_NO_ERROR);
        else stream.destroy(new Error('broken off'));
      },
    };
  }

  on(event: 'data' | 'end' | 'close', listener: (chunk: Buffer) => void): this {
    this.#stream.on(event, listener);
    return this;
  }

  once(event: 'end' | 'close', listener: () => void): this {
    this.#stream.once(event, listener);
    return this;
  }

  off(event: 'data' | 'end' | 'close', listener: (chunk: Buffer) => void): this {
    this.#stream.off(event, listener);
    return this;
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  isPaused(): boolean {
    return this.#stream.isPaused();
  }
}

/** Its answer. */
export class Http2Response implements ClientResponse {
  readonly req: Http2Request;
  statusCode = 200;
  headersSent = false;
  readonly #stream: ServerHttp2Stream;
  readonly #onHead: () => void;
  #fields: readonly string[] = [];
  #isFlushed = false;

  /** `onHead` is called just before the answer's head goes out. */
  constructor(req: Http2Request, stream: ServerHttp2Stream, onHead: () => void) {
    this.req = req;
    this.#stream = stream;
    this.#onHead = onHead;
  }

  get writableFinished(): boolean {
    return this.#stream.writableFinished;
  }

  get destroyed(): boolean {
    return this.#stream.destroyed;
  }

  /** The connection belongs to other requests too. */
  get shouldKeepAlive(): boolean {
    return true;
  }

  set shouldKeepAlive(_: boolean) {
    // A worker that ends tells the whole connection.
  }

  writeHead(status: number, ...[reason, headers]: [string[]] | [string, string[]]): void {
    this.statusCode = status;
    this.headersSent = true;
    this.#fields = typeof reason === 'string' ? (headers ?? []) : reason;
  }

  flushHeaders(): void {
    this.#flush(false);
  }

  writeContinue(): void {
    if (this.#isOpen()) this.#stream.additionalHeaders({ ':status': 100 });
  }

  write(chunk: Buffer | string): boolean {
    this.#flush(false);
    return !this.#isOpen() || this.#stream.write(chunk);
  }

  end(lastPiece = ''): void {
    this.#flush(lastPiece === '');
    if (this.#isOpen() && !this.#stream.writableEnded)
      this.#stream.end(lastPiece === '' ? undefined : lastPiece);
  }

  on(event: 'close', listener: () => void): this {
    this.#stream.on(event, listener);
    return this;
  }

  once(event: 'close' | 'drain' | 'finish', listener: () => void): this {
    this.#stream.once(event, listener);
    return this;
  }

  off(event: 'close', listener: () => void): this {
    this.#stream.off(event, listener);
    return this;
  }

  #isOpen(): boolean {
    return !this.#stream.destroyed && !this.#stream.closed;
  }

  #flush(endStream: boolean): void {
    if (this.#isFlushed || !this.#isOpen()) return;
    this.#isFlushed = true;
    this.#onHead();
    try {
      this.#stream.respond(fieldsOf(this.statusCode, this.#fields), { endStream });
    } catch {
      // The workload has sent what HTTP/2 cannot carry, such as a status beyond 599.
      this.#stream.destroy(new Error('not for HTTP/2'));
    }
  }
}

/** Fields as HTTP/2 has them: names in small letters, and only Set-Cookie more than once. */
function fieldsOf(status: number, flat: readonly string[]): OutgoingHttpHeaders {
  const fields: OutgoingHttpHeaders = Object.create(null) as OutgoingHttpHeaders;
  fields[':status'] = status;
  const cookies: string[] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) {
    const name = (flat[i] ?? '').toLowerCase();
    const value = flat[i + 1] ?? '';
    if (name === 'set-cookie') cookies.push(value);
    else if (!CONNECTION_FIELDS.has(name)) addField(fields, name, value);
  }
  if (cookies.length > 0) fields['set-cookie'] = cookies;
  return fields;
}

/** A list of values is one value with commas (RFC 9110 §5.3); of a field that can have only one, the first counts. */
function addField(fields: OutgoingHttpHeaders, name: string, value: string): void {
  const before = fields[name];
  if (before === undefined) fields[name] = value;
  else if (!SINGLE.has(name)) fields[name] = `${String(before)}, ${value}`;
}

/** Fields that an answer can have only once. */
const SINGLE = new Set([
  'content-type',
  'content-length',
  'content-range',
  'content-location',
  'content-disposition',
  'date',
  'etag',
  'expires',
  'last-modified',
  'location',
  'retry-after',
  'server',
  'age',
]);
