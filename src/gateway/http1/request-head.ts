import type { IncomingMessage } from 'node:http';

/** More header fields than any honest client sends. */
export const MAX_HEADERS = 128;

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

/** The field that tells a workload that its answer goes to nobody. A client could hide a request behind it. */
export const COPY_MARK = 'coalmine-mirror';

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
  /** As it came: anything. */
  readonly requestId: string | undefined;
  readonly traceparent: string | undefined;
  readonly tracestate: string | undefined;
  /** True when another gateway has marked it as a copy. */
  readonly isCopy: boolean;
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

/** Header fields, with those apart that the gateway itself reads. */
export interface Fields {
  readonly headers: string[];
  /** False: what the client says about where the request comes from is left out. */
  readonly believed: boolean;
  readonly hosts: string[];
  readonly connection: string[];
  contentLength: string | undefined;
  transferEncoding: string | undefined;
  upgrade: string | undefined;
  cookie: string;
  requestId: string | undefined;
  traceparent: string | undefined;
  tracestate: string | undefined;
  isCopy: boolean;
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
  const fields = fieldsOf(req.rawHeaders, believed);
  const problem = framingProblem(req, fields);
  if (problem !== undefined) return { status: 400, reason: problem };
  const target = readTarget(req, fields.hosts[0] ?? '');
  if (target === undefined)
    return { status: 400, reason: 'the request target is neither a path nor an http URL' };
  const hasBody = fields.transferEncoding !== undefined || Number(fields.contentLength ?? 0) > 0;
  return headOf(fields, { method: req.method ?? 'GET', ...target, hasBody });
}

/** A head of these fields, once nothing about it is in doubt; `host` is as the client wrote it. */
export function headOf(
  fields: Fields,
  { method, host, path, hasBody }: Pick<RequestHead, 'method' | 'host' | 'path' | 'hasBody'>,
): RequestHead {
  return {
    method,
    host: hostName(host),
    path,
    headers: withoutNamed(fields.headers, fields.connection),
    hasBody,
    cookie: fields.cookie,
    requestId: fields.requestId,
    traceparent: fields.traceparent,
    tracestate: fields.tracestate,
    isCopy: fields.isCopy,
    upgrade: upgradeOf(fields),
    forwarded: {
      host,
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

/** True for what may stand in a Host field. */
export function isHost(text: string): boolean {
  return HOST.test(text);
}

/** Sorts fields that came as name, value, name, value, …; see `readHead` for `believed`. */
export function fieldsOf(raw: readonly string[], believed: boolean): Fields {
  const fields: Fields = {
    headers: [],
    believed,
    hosts: [],
    connection: [],
    contentLength: undefined,
    transferEncoding: undefined,
    upgrade: undefined,
    cookie: '',
    requestId: undefined,
    traceparent: undefined,
    tracestate: undefined,
    isCopy: false,
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
  if (lower.length === COPY_MARK.length && lower.replace('_', '-') === COPY_MARK) return true;
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
    case 'x-request-id':
      fields.requestId ??= value;
      return true;
    case 'traceparent':
      fields.traceparent = joined(fields.traceparent, value);
      return true;
    case 'tracestate':
      fields.tracestate = joined(fields.tracestate, value);
      return true;
    case COPY_MARK:
      fields.isCopy = true;
      return false;
    default:
      if (lower.startsWith('x-forwarded-')) return takeForwarded(fields, lower, value);
      noteFraming(fields, lower, value);
      return false;
  }
}

function takeForwarded(fields: Fields, lower: string, value: string): boolean {
  switch (lower) {
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
  if (host !== undefined && !isHost(host)) return 'invalid Host';
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
