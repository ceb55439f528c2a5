import { isIP } from 'node:net';
import { Failure } from '../../base/failure.ts';
import { addressList } from './address-list.ts';
import { isLoopback, isWildcard, type Reach } from './reach.ts';

type Asking = Pick<Request, 'headers'>;
type Scheme = 'http' | 'https';

/** What one server over TCP is to browsers. */
export interface Site {
  /** What it is called: `Host` headers, in lower case. */
  readonly hosts: readonly string[];
  /** True for what it is called, in lower case: one of `hosts`, or what cannot be told beforehand. */
  readonly isCalled: (host: string) => boolean;
  /** What the browser that sent a request calls the session cookie. */
  readonly cookieOf: (request: Asking) => string;
  /** How the browser that sent a request speaks to it. */
  readonly schemeOf: (request: Asking) => Scheme;
  /** Throws Failure `notPermitted` for a request that should have come over TLS, and has not. */
  readonly refuseUnprotected: (request: Request) => void;
}

/** Where a server is and who sends it requests, which is known once it listens. */
export interface Surroundings {
  readonly port: () => number;
  /** The address that a request came from. */
  readonly peerOf: (request: Request) => string;
}

/** What a server that listens on a loopback address calls itself. */
export const LOOPBACK_NAMES: readonly string[] = ['127.0.0.1', 'localhost', '[::1]'];

/** What a server is to browsers that is reached in a certain way. */
export function siteOf(reach: Reach, { port, peerOf }: Surroundings): Site {
  const isTls = reach.certificate !== undefined;
  const isProxy = addressList(reach.proxies ?? []);
  const schemeOf = (request: Asking): Scheme => namesOf(reach, port()).get(hostOf(request)) ?? 'http';
  return {
    get hosts() {
      return [...namesOf(reach, port()).keys()];
    },
    isCalled: (host) => namesOf(reach, port()).has(host),
    cookieOf: () => cookieName(port()),
    schemeOf,
    refuseUnprotected: (request) => {
      if (schemeOf(request) === 'http') return;
      const told = isProxy(peerOf(request)) ? request.headers.get('x-forwarded-proto') : null;
      if (told === null ? isTls : told.toLowerCase() === 'https') return;
      throw new Failure('notPermitted', `${hostOf(request)} is asked over TLS only`, {
        hint: 'the proxy says "X-Forwarded-Proto: https" of what came over TLS, and sends the rest there',
      });
    },
  };
}

/** What a request calls the server it is for, in lower case. */
export function hostOf({ headers }: Asking): string {
  return headers.get('host')?.toLowerCase() ?? '';
}

/** With the port, which cookies do not know: who uses two coalmines on one machine has a session with each. */
export function cookieName(port: number): string {
  return `coalmine_session_${port}`;
}

/** Each name, and how browsers speak to the server by it. */
function namesOf(reach: Reach, port: number): ReadonlyMap<string, Scheme> {
  const { address = '127.0.0.1', hosts = [], proxies = [], certificate } = reach;
  const own = certificate === undefined ? 'http' : 'https';
  const usual = own === 'https' ? 443 : 80;
  const isNear = isLoopback(address) || isWildcard(address);
  const near = isNear ? LOOPBACK_NAMES : certificate === undefined ? [] : [bracketed(address)];
  const named = hosts.map((host) => host.toLowerCase());
  return new Map([
    ...near.map((name) => [`${name}:${port}`, own] as const),
    ...(port === usual ? near.map((name) => [name, own] as const) : []),
    ...named
      .flatMap((host) => (/:\d+$/.test(host) ? [host] : [host, `${host}:${port}`]))
      .map((host) => [host, proxies.length > 0 ? ('https' as const) : own] as const),
  ]);
}

/** An address as it stands in a URL. */
export function bracketed(address: string): string {
  return isIP(address) === 6 ? `[${address}]` : address;
}
