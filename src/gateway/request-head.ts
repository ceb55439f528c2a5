import type { IncomingMessage } from 'node:http';

/** More header fields than any honest client sends. */
const MAX_HEADERS = 128;

/** Fields that belong to one connection (RFC 9110 §7.6.1) or that the gateway answers itself. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
]);
/** Fields the Connection field cannot name away. */
const NEVER_DROPPED = new Set(['host', 'content-length']);

const HOST = /^[A-Za-z0-9._~!$&'()*+,;=%:[\]-]*$/;
const LENGTH = /^\d{1,15}$/;

/** Fields in which a proxy tells about its client, beside the X-Forwarded ones. */
const TOLD_BY_PROXIES = new Set(['forwarded', 'x-real-ip']);

/** A request as it goes on: framing checked, hop-by-hop fields removed, forwarding fields kept apart. */
export interface RequestHead {
  readonly method: string;
  /** Lower case, no port: for finding the route. */
  readonly host: string;
  /** In origin form, with the query. */
  readonly path: string;
  /** Name, value, name, value, … without Host and the X-Forwarded fields. */
  readonly headers: string[];
  readonly hasBody: boolean;
  readonly cookie: string;
  readonly forwarded: Forwarded;
  /** The protocol of an Upgrade the client insists on: `websocket`. */
  readonly upgrade: string | undefined;
}

/** What the next server is told about the client. */
export interface Forwarded {
  readonly host: string;
  readonly xForwardedFor: string | undefined;
  readonly xForwardedProto: string | undefined;
  readonly xForwardedHost: string | undefined;
}

/** Why a request is not forwarded. */
export interface Refusal {
  readonly status: number;
  readonly reason: string;
}

interface Fields {
  readonly headers: string[];
  /** False: what the client says about where the request comes from is left out. */
  readonly believed: boolean;
  readonly hosts: string[];
  readonly connection: string[];
  contentLength: string | undefined;
  transferEncoding: string | undefined;
  upgrade: string | undefined;
  cookie: string;
  xForwardedFor: string | undefined;
  xForwardedProto: string | undefined;
  xForwardedHost: string | undefined;
}

/**
 * Reads a request's head, or says why it must be refused. Node's strict parser has run before. A client that is not
 * `believed` may write what it likes into X-Forwarded-*, Forwarded and X-Real-IP: it goes nowhere.
 */
export function readHead(req: IncomingMessage, believed: boolean): RequestHead | Refusal {
  if (req.rawHeaders.length > 2 * MAX_HEADERS) return { status: 431, reason: 'too many header fields' };
  if (req.httpVersion !== '1.1' && req.httpVersion !== '1.0')
    return { status: 505, reason: 'not HTTP/1.1 or 1.0' };
  const fields = sortFields(req.rawHeaders, believed);
  const problem = framingProblem(req, fields);
  if (problem !== undefined) return { status: 400, reason: problem };
  const target = readTarget(req, fields.hosts[0] ?? '');
  if (target === undefined)
    return { status: 400, reason: 'the request target is neither a path nor an http URL' };
  return {
    method: req.method ?? 'GET',
    host: hostName(target.host),
    path: target.path,
    headers: withoutNamed(fields.headers, fields.connection),
    hasBody: fields.transferEncoding !== undefined || Number(fields.contentLength ?? 0) > 0,
    cookie: fields.cookie,
    upgrade: upgradeOf(fields),
    forwarded: {
      host: target.host,
      xForwardedFor: fields.xForwardedFor,
      xForwardedProto: fields.xForwardedProto,
      xForwardedHost: fields.xForwardedHost,
    },
  };
}

/** A host without its port, trailing dot and capitals. */
export function hostName(host: string): string {
  const lower = host.toLowerCase();
  const end = lower.startsWith('[') ? lower.indexOf(']') + 1 : lower.indexOf(':');
  const name = end > 0 ? lower.slice(0, end) : lower;
  return name.endsWith('.') ? name.slice(0, -1) : name;
}

function sortFields(raw: readonly string[], believed: boolean): Fields {
  const fields: Fields = {
    headers: [],
    believed,
    hosts: [],
    connection: [],
    contentLength: undefined,
    transferEncoding: undefined,
    upgrade: undefined,
    cookie: '',
    xForwardedFor: undefined,
    xForwardedProto: undefined,
    xForwardedHost: undefined,
  };
  for (let i = 0; i + 1 < raw.length; i += 2) sortField(fields, raw[i] ?? '', raw[i + 1] ?? '');
  return fields;
}

function sortField(fields: Fields, name: string, value: string): void {
  const lower = name.toLowerCase();
  if (!fields.believed && isToldByProxies(lower)) return;
  if (takeSpecial(fields, lower, value) || HOP_BY_HOP.has(lower)) return;
  fields.headers.push(name, value);
}

/** Also with underscores, which CGI and WSGI do not tell from hyphens. */
function isToldByProxies(lower: string): boolean {
  if (!lower.startsWith('x') && !lower.startsWith('f')) return false;
  const name = lower.replaceAll('_', '-');
  return name.startsWith('x-forwarded-') || TOLD_BY_PROXIES.has(name);
}

/** Keeps apart what the gateway reads; true when the field does not go on as it is. */
function takeSpecial(fields: Fields, lower: string, value: string): boolean {
  switch (lower) {
    case 'host':
      fields.hosts.push(value);
      return true;
    case 'connection':
      for (const token of value.toLowerCase().split(',')) fields.connection.push(token.trim());
      return true;
    case 'x-forwarded-for':
      fields.xForwardedFor = joined(fields.xForwardedFor, value);
      return true;
    case 'x-forwarded-proto':
      fields.xForwardedProto ??= value;
      return true;
    case 'x-forwarded-host':
      fields.xForwardedHost ??= value;
      return true;
    default:
      noteFraming(fields, lower, value);
      return false;
  }
}

function noteFraming(fields: Fields, lower: string, value: string): void {
  if (lower === 'content-length') fields.contentLength = joined(fields.contentLength, value);
  else if (lower === 'transfer-encoding') fields.transferEncoding = joined(fields.transferEncoding, value);
  else if (lower === 'upgrade') fields.upgrade = joined(fields.upgrade, value);
  else if (lower === 'cookie') fields.cookie = fields.cookie === '' ? value : `${fields.cookie}; ${value}`;
}

function joined(earlier: string | undefined, value: string): string {
  return earlier === undefined ? value : `${earlier}, ${value}`;
}

/** What could make two servers disagree about where this request ends or whom it is for. */
function framingProblem(req: IncomingMessage, fields: Fields): string | undefined {
  const [host, secondHost] = fields.hosts;
  if (secondHost !== undefined) return 'more than one Host field';
  if (host === undefined && req.httpVersion === '1.1') return 'no Host field';
  if (host !== undefined && !HOST.test(host)) return 'invalid Host';
  return lengthProblem(fields) ?? encodingProblem(req, fields.transferEncoding);
}

function lengthProblem({ contentLength, transferEncoding }: Fields): string | undefined {
  if (contentLength === undefined) return undefined;
  if (transferEncoding !== undefined) return 'both Content-Length and Transfer-Encoding';
  return LENGTH.test(contentLength) ? undefined : 'invalid Content-Length';
}

function encodingProblem(req: IncomingMessage, transferEncoding: string | undefined): string | undefined {
  if (transferEncoding === undefined) return undefined;
  if (transferEncoding.toLowerCase() !== 'chunked') return 'a Transfer-Encoding other than chunked';
  return req.httpVersion === '1.1' ? undefined : 'Transfer-Encoding in HTTP/1.0';
}

/** The host and path asked for. A URL as the target overrules the Host field (RFC 9112 §3.2.2). */
function readTarget(req: IncomingMessage, host: string): { host: string; path: string } | undefined {
  const target = req.url ?? '/';
  if (target.startsWith('/')) return { host, path: target };
  const absolute = /^https?:\/\/([^/?#@\s]+)(\/[^#]*|\?[^#]*)?$/i.exec(target);
  if (absolute?.[1] === undefined) return undefined;
  const path = absolute[2] ?? '/';
  return { host: absolute[1], path: path.startsWith('?') ? `/${path}` : path };
}

function withoutNamed(headers: string[], connection: readonly string[]): string[] {
  const named = connection.filter(
    (name) => !NEVER_DROPPED.has(name) && name !== 'close' && name !== 'keep-alive',
  );
  if (named.length === 0) return headers;
  return headers.filter((_, i) => !named.includes((headers[i - (i % 2)] ?? '').toLowerCase()));
}

function upgradeOf(fields: Fields): string | undefined {
  return fields.connection.includes('upgrade') ? fields.upgrade?.toLowerCase() : undefined;
}
