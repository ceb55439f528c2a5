import { CLAIM_HEADER } from '../api/access/admission.ts';
import { ENDPOINTS, type AnswerOf, type Endpoint } from '../api/endpoints.ts';
import { cursorAt } from '../api/paging.ts';
import type { Operations } from '../api/operations.ts';
import type { Failure } from '../base/failure.ts';
import { followLogs, followStream } from './follow.ts';
import { whereIs } from './where.ts';
import { ask, pageSize, wholeList, type Asked, type Place, type Target } from './transport.ts';

const RESUME_FOR_MS = 60_000;

/** How to reach coalmine. */
export interface ClientOptions {
  /** `<data directory>/control.sock`. */
  readonly socketPath?: string;
  /** In its place: where coalmine answers over TCP, as `http://127.0.0.1:7070`. It takes a token. */
  readonly url?: string;
  /** Where the socket leads, when that is elsewhere. */
  readonly place?: Place;
  /** The secret of a token; without one, whoever may open the socket may do everything. */
  readonly token?: string;
  /** Without a token: the name of who asks, as it is written down. */
  readonly user?: string;
  /** Ends every request and stream. */
  readonly signal?: AbortSignal;
  /** How long `stream` looks for a lost server before it throws `unreachable`; a minute by default. */
  readonly resumeForMs?: number;
  /** Told each time `stream` loses its connection, before it looks for it again. */
  readonly onLost?: (failure: Failure) => void;
}

/**
 * Everything coalmine can do, over its control socket or over TCP. What the server refuses is thrown as the `Failure` it
 * was there; a server that does not answer is Failure `unreachable`. `logs` and `stream` end when their signal
 * aborts.
 */
export type Client = Operations;

/**
 * A client. It connects when asked something, and holds nothing in between. Throws Failure `usage` when it is not clear
 * where coalmine is.
 */
export function createClient(options: ClientOptions): Client {
  const { resumeForMs = RESUME_FOR_MS, onLost = () => undefined } = options;
  const { target, until } = targetsOf(options);
  const { get, all, some } = questionsTo(target);
  return {
    system: () => get({ endpoint: ENDPOINTS.system }),
    list: () => all({ endpoint: ENDPOINTS.list }),
    get: (name) => get({ endpoint: ENDPOINTS.get, values: { name } }),
    plan: (document) => get({ endpoint: ENDPOINTS.plan, body: { document } }),
    apply: (body) => get({ endpoint: ENDPOINTS.apply, values: { name: nameIn(body.document) }, body }),
    release: (name, body) => get({ endpoint: ENDPOINTS.release, values: { name }, body }),
    releaseGroup: (name, body) => get({ endpoint: ENDPOINTS.releaseGroup, values: { name }, body }),
    steer: (name, body) => get({ endpoint: ENDPOINTS.steer, values: { name }, body }),
    approve: (name, body) => get({ endpoint: ENDPOINTS.approve, values: { name }, body }),
    restart: (name) => get({ endpoint: ENDPOINTS.restart, values: { name } }),
    scale: (name, replicas) => get({ endpoint: ENDPOINTS.scale, values: { name }, body: { replicas } }),
    maintain: (name, body) => get({ endpoint: ENDPOINTS.maintain, values: { name }, body }),
    tryListeners: (name, body) => get({ endpoint: ENDPOINTS.tryListeners, values: { name }, body }),
    remove: (name) => get({ endpoint: ENDPOINTS.remove, values: { name } }),
    history: (name, part = {}) => some({ endpoint: ENDPOINTS.history, values: { name } }, part),
    ticks: (name, number, part = {}) => some({ endpoint: ENDPOINTS.ticks, values: { name, number } }, part),
    revisions: (name) => all({ endpoint: ENDPOINTS.revisions, values: { name } }),
    revision: (name, id, against) =>
      get({ endpoint: ENDPOINTS.revision, values: { name, id }, query: { against } }),
    events: (query) => get({ endpoint: ENDPOINTS.events, query: { ...query } }),
    logs: (name, query, end) => followLogs(until(end), name, query),
    stream: (query, end) => followStream(until(end), query, { resumeForMs, onLost }),
    upload: (kind, bytes) => get({ endpoint: ENDPOINTS.upload, query: { kind }, stream: bytes }),
    createToken: (body) => get({ endpoint: ENDPOINTS.createToken, body }),
    listTokens: () => all({ endpoint: ENDPOINTS.listTokens }),
    audit: (query) => some({ endpoint: ENDPOINTS.audit }, query),
    revokeToken: (name) => get({ endpoint: ENDPOINTS.revokeToken, values: { name } }),
    listSessions: () => all({ endpoint: ENDPOINTS.listSessions }),
    endSession: (id) => get({ endpoint: ENDPOINTS.endSession, values: { id } }),
    endSessions: (name) => get({ endpoint: ENDPOINTS.endSessions, query: { name } }),
    createLink: (body) => get({ endpoint: ENDPOINTS.createLink, body }),
    shutDown: (everything) => get({ endpoint: ENDPOINTS.shutDown, body: { everything } }),
  };
}

/** Where to ask, and where to ask until another signal. */
function targetsOf(options: ClientOptions): {
  readonly target: Target;
  readonly until: (other: AbortSignal) => Target;
} {
  const { place, signal } = options;
  const where = {
    where: whereIs(options),
    headers: whoAsks(options),
    ...(place === undefined ? {} : { place }),
  };
  return {
    target: { ...where, ...(signal === undefined ? {} : { signal }) },
    until: (other) => ({
      ...where,
      signal: signal === undefined ? other : AbortSignal.any([signal, other]),
    }),
  };
}

/** A question to an endpoint, whose answer has the type that is declared there. */
type Question = <E extends Endpoint>(asked: Asked & { readonly endpoint: E }) => AnswerOf<E>;

/** The part of a list that is wanted of it. */
interface Part {
  /** Only what follows the item of this number in the list: `before` where that begins with the newest. */
  readonly before?: number;
  readonly after?: number;
  readonly limit?: number;
}

/** The server is of this very version, or one that answers alike. `all` follows the pages of a list. */
function questionsTo(target: Target): {
  readonly get: Question;
  readonly all: Question;
  readonly some: <E extends Endpoint>(asked: Asked & { readonly endpoint: E }, part: Part) => AnswerOf<E>;
} {
  return {
    some: <E extends Endpoint>(asked: Asked, { before, after, limit }: Part) => {
      const from = before ?? after;
      const cursor = from === undefined ? undefined : cursorAt(asked.endpoint.path, [from]);
      const query = { limit: pageSize(limit ?? Infinity), cursor };
      return wholeList(target, { ...asked, query }, limit) as unknown as AnswerOf<E>;
    },
    get: <E extends Endpoint>(asked: Asked) => ask(target, asked) as AnswerOf<E>,
    all: <E extends Endpoint>(asked: Asked) => wholeList(target, asked) as unknown as AnswerOf<E>,
  };
}

function whoAsks({ token, user }: ClientOptions): Readonly<Record<string, string>> {
  if (token !== undefined) return { authorization: `Bearer ${token}` };
  return user === undefined ? {} : { [CLAIM_HEADER]: encodeURIComponent(user) };
}

/** The name a document goes by; the server refuses a document without one. */
function nameIn(document: { readonly [key: string]: unknown }): string {
  const { metadata } = document;
  const name = typeof metadata === 'object' && metadata !== null && 'name' in metadata ? metadata.name : '';
  return typeof name === 'string' && name !== '' ? name : '-';
}
