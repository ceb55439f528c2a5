import type { BoundAddress } from '../gateway/protocol.ts';

/** The URL of an address that the gateway listens at, as it is reached from this machine. */
export function urlOf({ host, boundPort, tls }: BoundAddress): string {
  const named = host === '0.0.0.0' ? '127.0.0.1' : host;
  return `${tls === true ? 'https' : 'http'}://${named}:${boundPort}`;
}
