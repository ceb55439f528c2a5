import { isIP } from 'node:net';
import { Failure } from '../../base/failure.ts';
import type { CertificateSource } from '../tls-certificate.ts';
import { addressList } from './address-list.ts';

/** How a server over TCP is reached, where others than this machine reach it. */
export interface Reach extends Names {
  /** Absent: it speaks plain HTTP. */
  readonly certificate?: CertificateSource;
}

/** Where a server listens, and what it is called. */
export interface Names {
  /** The address that it listens on; absent: 127.0.0.1. */
  readonly address?: string;
  /** What it is called besides, each as `name` or `name:port`. */
  readonly hosts?: readonly string[];
  /** Addresses, or ranges of them as `10.0.0.0/8`, of proxies that speak TLS to users. */
  readonly proxies?: readonly string[];
}

/** Addresses that stand for all a machine has. */
const WILDCARDS: readonly string[] = ['0.0.0.0', '::'];

const NAME = /^(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]+\])(?::\d{1,5})?$/;

/** True for addresses of this machine that only itself can reach. */
export function isLoopback(address: string): boolean {
  return address === '::1' || /^(?:::ffff:)?127\./.test(address);
}

/** True for an address that stands for all. */
export function isWildcard(address: string): boolean {
  return WILDCARDS.includes(address);
}

/** Whether what comes from an address may come without TLS: from this machine, or from a proxy that has taken it off. */
export function mayAskInTheClear(proxies: readonly string[]): (peer: string) => boolean {
  const isProxy = addressList(proxies);
  return (peer) => isLoopback(peer) || isProxy(peer);
}

/** Throws Failure `usage` for what would let secrets travel unprotected, or nobody in. */
export function refuseUnsafe(
  { address = '127.0.0.1', hosts = [], proxies = [] }: Names,
  isTls: boolean,
): void {
  refuseUnreadable(address, hosts);
  addressList(proxies);
  if (!isLoopback(address) && !isTls && proxies.length === 0) {
    throw new Failure('usage', `on ${address} the API would send and take secrets in the clear`, {
      hint: 'Give it a certificate (--api-tls-cert and --api-tls-key), or name the proxy that speaks TLS for it (--api-behind-proxy).',
    });
  }
  if (hosts.length === 0 && (proxies.length > 0 || isWildcard(address))) {
    throw new Failure('usage', 'nobody has said what users call the API', {
      hint: 'Name it as in their address bar: --api-host deploy.example.com.',
    });
  }
}

function refuseUnreadable(address: string, hosts: readonly string[]): void {
  if (isIP(address) === 0) {
    throw new Failure('usage', `the API cannot listen on "${address}": it is not an IP address`, {
      hint: 'Write one, as in 10.0.0.5:7070, or 0.0.0.0:7070 for every address of this machine.',
    });
  }
  const unusable = hosts.find((host) => !NAME.test(host.toLowerCase()));
  if (unusable === undefined) return;
  throw new Failure('usage', `"${unusable.slice(0, 100)}" cannot be what a server is called`, {
    hint: 'Write a host name, and its port where that is not the usual one: deploy.example.com:8443.',
  });
}
