import type { Socket } from 'node:net';
import { listenAt } from '../system/loopback.ts';
import { bracketed, siteOf, type Site } from './access/site.ts';
import { isLoopback, mayAskInTheClear, refuseUnsafe, type Reach } from './access/reach.ts';
import { callerOverTcp, refuseStrangers } from './access/tcp-admission.ts';
import { closed, httpServer, type Entrance } from './http-server.ts';
import { refuseConnection } from './malformed.ts';
import { certificateProblems, firstCertificate, keepCertificate } from './tls-certificate.ts';

/** What a server over TCP needs. */
export interface TcpOptions extends Omit<Entrance, 'callerOf' | 'screen' | 'site' | 'certificate'> {
  /** 0: any that is free. */
  readonly port: number;
  readonly reach: Reach;
  /** Told of what is wrong while it serves all the same. */
  readonly tell: (problem: string) => void;
}

/** A server that answers over TCP. */
export interface TcpListener {
  /** Where it answers, as users write it. */
  readonly url: string;
  /** The certificate that it shows, in PEM; undefined: none. */
  certificate(): string | undefined;
  /** What is wrong with its certificate now. */
  problems(): readonly string[];
  close(): Promise<void>;
}

/**
 * Answers over TCP. Throws Failure `portTaken`, and `usage` for what would let secrets travel unprotected or cannot be
 * served.
 */
export async function listenOverTcp({ port, reach, tell, ...entrance }: TcpOptions): Promise<TcpListener> {
  const { address = '127.0.0.1' } = reach;
  refuseUnsafe(reach, reach.certificate !== undefined);
  const certificate = reach.certificate && (await firstCertificate(reach.certificate));
  const peers = new WeakMap<Request, string>();
  let bound = port;
  const site = siteOf(reach, { port: () => bound, peerOf: (request) => peers.get(request) ?? '' });
  const server = httpServer({
    ...entrance,
    callerOf: (request, access) => callerOverTcp(request, access, site),
    screen: (request) => {
      refuseStrangers(request, site);
    },
    site,
    onRequest: (request, peer) => void peers.set(request, peer),
    ...(certificate === undefined ? {} : { certificate: certificate.value }),
  });
  if (certificate === undefined && !isLoopback(address)) refuseOthers(server, reach);
  const use = { what: 'the API', option: reach.address === undefined ? '--api-port' : '--api-listen' };
  bound = await listenAt(server, { address, port }, use);
  const closing = new AbortController();
  if (certificate !== undefined && 'setSecureContext' in server) {
    void keepCertificate(server, certificate, { signal: closing.signal, tell });
  }
  return {
    url: urlOf(site, reach, bound),
    certificate: () => certificate?.value.cert,
    problems: () => (certificate === undefined ? [] : certificateProblems(certificate, Date.now())),
    close: () => {
      closing.abort();
      return closed(server);
    },
  };
}

/** What comes in the clear comes from this machine, or from the proxy that has taken TLS off it. */
function refuseOthers(server: ReturnType<typeof httpServer>, { proxies = [] }: Reach): void {
  const mayAsk = mayAskInTheClear(proxies);
  server.prependListener('connection', (socket: Socket) => {
    if (mayAsk(socket.remoteAddress ?? '')) return;
    refuseConnection(socket, {
      code: 'notPermitted',
      status: 403,
      detail: 'in the clear, only the proxy of this server may ask it',
    });
  });
}

function urlOf(site: Site, { hosts: [named] = [], address = '127.0.0.1' }: Reach, port: number): string {
  const host = named ?? `${bracketed(address)}:${port}`;
  const scheme = site.schemeOf({ headers: new Headers({ host }) });
  return `${scheme}://${host.toLowerCase()}`;
}
