import { answer } from '../http1/answer.ts';
import type { ClientResponse } from '../http1/client-side.ts';
import type { ProxyContext } from '../http1/proxy-context.ts';
import { hostName, type RequestHead } from '../http1/request-head.ts';
import type { LiveRoute } from './route-table.ts';

const HTTPS_PORT = 443;

/** True for a request that came without TLS, here or at a proxy that is believed, to a route that wants it. */
export function isRedirected(context: ProxyContext, route: LiveRoute, { forwarded }: RequestHead): boolean {
  if (route.withoutTls !== 'redirect' || context.scheme === 'https') return false;
  return forwarded.xForwardedProto?.toLowerCase() !== 'https';
}

/**
 * Sends a client to the same place with TLS. One that has named no port has come by the usual ones, whatever ports the
 * gateway itself listens on; another is sent to the gateway's own.
 */
export function redirect(context: ProxyContext, res: ClientResponse, { forwarded, path }: RequestHead): void {
  const port = namesPort(forwarded.host) ? context.securePort() : HTTPS_PORT;
  const place = port === HTTPS_PORT ? '' : `:${port ?? ''}`;
  if (port === undefined) {
    answer(res, { status: 403, reason: 'this place is served over TLS only' });
    return;
  }
  const location = `https://${hostName(forwarded.host)}${place}${path}`;
  answer(res, { status: 308, reason: 'served over TLS' }, ['Location', location]);
}

function namesPort(host: string): boolean {
  return /:\d+$/.test(host);
}
