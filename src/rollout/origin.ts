import type { Origin } from './traffic.ts';

/** The URL of a server, without a path. */
export function urlOf({ host, port, tls }: Origin): string {
  return `${tls === true ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
