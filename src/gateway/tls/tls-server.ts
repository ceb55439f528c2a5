import { createServer, type Server } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { Http2Side } from '../http2/server.ts';
import { httpOptions, serveHttp1 } from '../http1/proxy.ts';
import type { ProxyContext } from '../http1/proxy-context.ts';
import { TLS_RULES, type SecureContexts } from './secure-contexts.ts';

const HTTP2 = 'h2';

/** A server that forwards by the table what comes over TLS. It is not listening yet. */
export class TlsServer {
  readonly server: Server;
  readonly #contexts: SecureContexts;
  readonly #http2: Http2Side;

  constructor(context: ProxyContext, contexts: SecureContexts) {
    this.#contexts = contexts;
    this.server = createServer({
      ...httpOptions(context.limits),
      ...TLS_RULES,
      ALPNProtocols: [HTTP2, 'http/1.1'],
      handshakeTimeout: context.limits.headersMs,
      SNICallback: (name, done) => {
        const found = contexts.of(name);
        if (found === undefined) done(new Error(`no certificate for ${name}`));
        else done(null, found);
      },
    });
    const secure: ProxyContext = { ...context, scheme: 'https' };
    this.#http2 = new Http2Side(secure);
    this.#divide();
    serveHttp1(this.server, secure, 'secureConnection');
    this.refresh();
  }

  /** Tells the clients of HTTP/2, on whose connections nothing marks the last answer, to connect anew. */
  drain(): void {
    this.#http2.drain();
  }

  /** Node's own listener reads HTTP/1.1 from every connection. */
  #divide(): void {
    const [readHttp1, ...others] = this.server.listeners('secureConnection');
    if (readHttp1 === undefined || others.length > 0) throw new Error('Node serves HTTPS in another way');
    this.server.removeAllListeners('secureConnection');
    this.server.on('secureConnection', (socket: TLSSocket) => {
      if (socket.alpnProtocol === HTTP2) this.#http2.take(socket);
      else Reflect.apply(readHttp1, this.server, [socket]);
    });
  }

  /** Shows those who name no host the certificate of now. */
  refresh(): void {
    const certificate = this.#contexts.nameless();
    if (certificate !== undefined)
      this.server.setSecureContext({ ...TLS_RULES, cert: certificate.cert, key: certificate.key });
  }
}
