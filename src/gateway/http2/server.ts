import {
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { answer } from '../http1/answer.ts';
import { forward } from '../http1/forward.ts';
import { Http2Request, Http2Response } from './exchange.ts';
import { readHttp2Head } from './head.ts';
import type { ProxyContext } from '../http1/proxy-context.ts';
import { NO_ROUTE } from '../http1/refuse.ts';

/** Requests at once on one connection; each may hold a body of 64 KiB that nobody reads. */
const MAX_STREAMS = 100;
const MAX_HEADER_BYTES = 32 * 1024;
/** How long a connection stays for one more answer when requests are to go elsewhere. */
const GOODBYE_MS = 1_000;

/**
 * Forwards by the table what comes over connections of HTTP/2. Streams that are opened and reset in masses, floods of
 * pings and settings, and headers without an end are ended by the HTTP/2 library with the whole connection.
 */
export class Http2Side {
  readonly #server: Http2Server;
  readonly #context: ProxyContext;
  readonly #sessions = new Set<ServerHttp2Session>();

  constructor(context: ProxyContext) {
    this.#context = context;
    this.#server = createServer({
      settings: { maxConcurrentStreams: MAX_STREAMS, maxHeaderListSize: MAX_HEADER_BYTES, enablePush: false },
      // Of a connection whose client answers nothing.
      maxOutstandingPings: 10,
    });
    this.#server.on('session', (session) => {
      this.#follow(session);
    });
    this.#server.on('sessionError', () => undefined);
  }

  /** Serves one connection. */
  take(socket: TLSSocket): void {
    this.#server.emit('connection', socket);
  }

  /** Takes no new requests soon; connections end as their requests do. */
  drain(): void {
    for (const session of this.#sessions) endSoon(session);
  }

  #follow(session: ServerHttp2Session): void {
    this.#sessions.add(session);
    const { remoteAddress } = session.socket;
    let idle = this.#endLater(session);
    let open = 0;
    session.on('error', () => undefined);
    session.once('close', () => {
      clearTimeout(idle);
      this.#sessions.delete(session);
    });
    session.on('stream', (...[stream, headers, , raw]: StreamEvent) => {
      open += 1;
      clearTimeout(idle);
      stream.once('close', () => {
        open -= 1;
        if (open === 0 && !session.destroyed) idle = this.#endLater(session);
      });
      const onAnswer = (): void => {
        if (this.#context.isDraining()) session.close();
      };
      this.#serve({ stream, headers, raw, remoteAddress, onAnswer });
    });
    // Its handshake was under way when the others were told.
    if (this.#context.isDraining()) endSoon(session);
  }

  /** Ends a connection without requests, whatever else its client sends. */
  #endLater(session: ServerHttp2Session): NodeJS.Timeout {
    const { keepAliveMs, headersMs } = this.#context.limits;
    return setTimeout(() => {
      session.close();
      // A client that takes no notice.
      setTimeout(() => {
        session.destroy();
      }, headersMs).unref();
    }, keepAliveMs).unref();
  }

  #serve({ stream, headers, raw, remoteAddress, onAnswer }: Arrived): void {
    const startedMs = performance.now();
    stream.on('error', () => undefined);
    const req = new Http2Request(stream, headers, remoteAddress);
    const res = new Http2Response(req, stream, onAnswer);
    const believed = this.#context.believes(remoteAddress ?? '');
    const head = readHttp2Head(raw, { believed, hasBody: !req.complete });
    if ('status' in head) {
      answer(res, head);
      return;
    }
    const route = this.#context.table.match(head.host, head.path);
    if (route === undefined) answer(res, NO_ROUTE);
    else forward(this.#context, { req, res, head, route, startedMs });
  }
}

/**
 * With the next answer, or when there is none for a while. A client that waits for an answer has nothing on its way, so
 * it is told then. RFC 9113 §6.8 has it told twice, first without a last stream; but after any GOAWAY of Node's library
 * what comes is passed over without an answer, and a client hears a second later that it was refused.
 */
function endSoon(session: ServerHttp2Session): void {
  setTimeout(() => {
    session.close();
  }, GOODBYE_MS);
}

type StreamEvent = [stream: ServerHttp2Stream, headers: IncomingHttpHeaders, flags: number, raw: string[]];

interface Arrived {
  readonly stream: ServerHttp2Stream;
  readonly headers: IncomingHttpHeaders;
  readonly raw: readonly string[];
  readonly remoteAddress: string | undefined;
  /** Called just before its answer begins. */
  readonly onAnswer: () => void;
}
