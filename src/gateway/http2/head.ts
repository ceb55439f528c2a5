import {
  fieldsOf,
  headOf,
  isHost,
  MAX_HEADERS,
  type RequestHead,
  type Refusal,
} from '../http1/request-head.ts';

/** Of names and values together, as for HTTP/1.1. */
const MAX_HEADER_BYTES = 32 * 1024;

/** The fields of HTTP/2 that are no header fields. */
interface Pseudo {
  method: string;
  authority: string | undefined;
  path: string | undefined;
}

/**
 * Reads the head of a request of HTTP/2, or says why it must be refused. The HTTP/2 library has seen to names in small
 * letters, to lengths that fit the body, and to fields that have no place there.
 */
export function readHttp2Head(
  raw: readonly string[],
  { believed, hasBody }: { readonly believed: boolean; readonly hasBody: boolean },
): RequestHead | Refusal {
  if (raw.length > 2 * MAX_HEADERS || sizeOf(raw) > MAX_HEADER_BYTES)
    return { status: 431, reason: 'too many header fields' };
  const { pseudo, plain } = divided(raw);
  if (pseudo.method === 'CONNECT') return { status: 501, reason: 'no tunnels' };
  const fields = fieldsOf(plain, believed);
  const host = pseudo.authority ?? fields.hosts[0] ?? '';
  if (fields.hosts.some((other) => other !== host)) return { status: 400, reason: 'two different hosts' };
  if (!isHost(host)) return { status: 400, reason: 'invalid host' };
  if (pseudo.path?.startsWith('/') !== true) return { status: 400, reason: 'the request target is no path' };
  return headOf(fields, { method: pseudo.method, host, path: pseudo.path, hasBody });
}

/** Cookies may come in pieces (RFC 9113 §8.2.3), which HTTP/1.1 does not know. */
function divided(raw: readonly string[]): { readonly pseudo: Pseudo; readonly plain: string[] } {
  const pseudo: Pseudo = { method: 'GET', authority: undefined, path: undefined };
  const plain: string[] = [];
  const cookies: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const [name = '', value = ''] = [raw[i], raw[i + 1]];
    if (name === 'cookie') cookies.push(value);
    else if (!name.startsWith(':')) plain.push(name, value);
    else if (name === ':method') pseudo.method = value;
    else if (name === ':authority') pseudo.authority = value;
    else if (name === ':path') pseudo.path = value;
  }
  if (cookies.length > 0) plain.push('cookie', cookies.join('; '));
  return { pseudo, plain };
}

function sizeOf(raw: readonly string[]): number {
  return raw.reduce((sum, text) => sum + text.length, 0);
}
