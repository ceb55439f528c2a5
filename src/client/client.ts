import { CLAIM_HEADER } from '../api/access/admission.ts';
import { ENDPOINTS } from '../api/endpoints.ts';
import type { Operations } from '../api/operations.ts';
import type { Failure } from '../base/failure.ts';
import { followLogs, followStream } from './follow.ts';
import { ask, type Asked, type Place, type Target } from './transport.ts';

const RESUME_FOR_MS = 60_000;

/** How to reach coalmine. */
export interface ClientOptions {
  /** `<data directory>/control.sock`. */
  readonly socketPath: string;
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
 * Everything coalmine can do, over its control socket. What the server refuses is thrown as the `Failure` it
 * was there; a server that does not answer is Failure `unreachable`. `logs` and `stream` end when their signal
 * aborts.
 */
export type Client = Operations;

/** A client. It connects when asked something, and holds nothing in between. */
export function createClient(options: ClientOptions): Client {
  const { socketPath, place, signal, resumeForMs = RESUME_FOR_MS, onLost = () => undefined } = options;
  const where = { socketPath, headers: whoAsks(options), ...(place === undefined ? {} : { place }) };
  const target: Target = { ...where, ...(signal === undefined ? {} : { signal }) };
  const until = (other: AbortSignal): Target => ({
    ...where,
    signal: signal === undefined ? other : AbortSignal.any([signal, other]),
  });
  // The server answers with what its operations answered; they have the same types as these.
  const get = async <T>(asked: Asked): Promise<T> => (await ask(target, asked)) as T;
  return {
    system: () => get({ endpoint: ENDPOINTS.system }),
    list: () => get({ endpoint: ENDPOINTS.list }),
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
    remove: (name) => get({ endpoint: ENDPOINTS.remove, values: { name } }),
    history: (name) => get({ endpoint: ENDPOINTS.history, values: { name } }),
    ticks: (name, number) => get({ endpoint: ENDPOINTS.ticks, values: { name, number } }),
    events: (query) => get({ endpoint: ENDPOINTS.events, query: { ...query } }),
    logs: (name, query, end) => followLogs(until(end), name, query),
    stream: (query, end) => followStream(until(end), query, { resumeForMs, onLost }),
    upload: (kind, bytes) => get({ endpoint: ENDPOINTS.upload, query: { kind }, stream: bytes }),
    createToken: (body) => get({ endpoint: ENDPOINTS.createToken, body }),
    listTokens: () => get({ endpoint: ENDPOINTS.listTokens }),
    revokeToken: (name) => get({ endpoint: ENDPOINTS.revokeToken, values: { name } }),
    shutDown: (everything) => get({ endpoint: ENDPOINTS.shutDown, body: { everything } }),
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
