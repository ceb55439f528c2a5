import type { HttpBindings } from '@hono/node-server';
import type { Context, Hono } from 'hono';
import { randomUUID } from 'node:crypto';
import { isJsonObject, type Json, type JsonObject } from '../base/json.ts';
import type { AuditEntry } from '../store/rows/audit.ts';
import type { Caller } from './access/caller.ts';
import { RateLimit, type Rate } from './rate-limit.ts';
import { ENDPOINTS, ENTER_PATH, type Endpoint } from './endpoints.ts';

/** The header in which every answer says the id of its request. */
export const REQUEST_ID = 'x-request-id';

/** Keeps what was asked for. */
export interface AuditLog {
  /** Settles once it is kept, with what it is known by. */
  add(entry: AuditEntry): Promise<number>;
  /** Writes down what came of it. */
  end(id: number, outcome: string): Promise<void>;
}

/** Who was let in, and how. */
type Known = Pick<Caller, 'author'> & { readonly by: NonNullable<AuditEntry['via']> };

/** Told of what cannot be written down: the answer is given all the same. */
type OnBug = (thrown: unknown, request: { readonly method: string; readonly path: string }) => void;

/** What auditing needs. */
export interface AuditingOptions {
  /** Absent: nothing is written down. */
  readonly audit?: AuditLog;
  readonly onBug: OnBug;
}

/** Characters of what is told of a request. */
const LONGEST = 4_096;
const MOST_CHARACTERS_OF_NAMES = 320;

/**
 * What is written down of those who are not let in, or ask more than they may, for whom it costs nothing to ask: so much at
 * once, and so much an hour. That way they never push out of the log what others have done.
 */
const REFUSED: Rate = { perSecond: 20 / 3_600, burst: 1_000 };

/** The requests under way that are written down. */
const TRAILS = new WeakMap<Request, Trail>();

/**
 * Gives every request an id, and writes down each that changes something, also one that was refused: what is asked for
 * before it is done, and what came of it before that is answered.
 */
export function auditRequests(app: Hono, { audit, onBug }: AuditingOptions): void {
  const refused = new RateLimit(REFUSED, () => performance.now());
  app.use(async (context, next) => {
    const request = randomUUID();
    const { method, path, raw } = context.req;
    const operation = operationOf(context);
    const trail =
      audit === undefined || operation === undefined
        ? undefined
        : new Trail(
            { request, operation, from: peerOf(context) },
            {
              audit,
              mayTellOfRefused: () => refused.hasRoom(''),
              onBug: (cause) => {
                onBug(cause, { method, path });
              },
            },
          );
    if (trail !== undefined) TRAILS.set(raw, trail);
    await next();
    context.res.headers.set(REQUEST_ID, request);
    await trail?.end();
  });
}

/** Writes down what is asked for, before it is done: of what is sent those fields that can hold no secret. */
export async function noteAsked(
  request: Request,
  { audited = [] }: Pick<Endpoint, 'path' | 'audited'>,
  sent: unknown,
): Promise<void> {
  const fields = isJsonObject(sent) ? sent : {};
  const told = audited.flatMap((field): (readonly [string, Json])[] => {
    const value = fields[field];
    return value === undefined ? [] : [[field, value]];
  });
  await TRAILS.get(request)?.begin(told.length === 0 ? undefined : Object.fromEntries(told));
}

/** Notes who a request was let in for. */
export function noteCaller(request: Request, caller: Known): void {
  const trail = TRAILS.get(request);
  if (trail !== undefined) trail.caller = caller;
}

/** Notes the code of what a request failed with. */
export function noteOutcome(request: Request, code: string): void {
  const trail = TRAILS.get(request);
  if (trail !== undefined) trail.outcome = code;
}

interface Asked {
  readonly request: string;
  readonly operation: Operation;
  readonly from: string | undefined;
}

interface TrailMeans {
  readonly audit: AuditLog;
  /** False once enough was written down of what costs nothing to ask. */
  readonly mayTellOfRefused: () => boolean;
  readonly onBug: (cause: unknown) => void;
}

/** What is written down of one request, and when. */
class Trail {
  /** Who came in; absent: nobody was let in. */
  caller: Known | undefined;
  outcome = 'done';
  readonly #known: Asked;
  readonly #means: TrailMeans;
  #asked: JsonObject | undefined;
  #id: number | undefined;

  constructor(known: Asked, means: TrailMeans) {
    this.#known = known;
    this.#means = means;
  }

  async begin(asked: JsonObject | undefined): Promise<void> {
    // What is very long is for nobody to read.
    if (asked !== undefined && JSON.stringify(asked).length <= LONGEST) this.#asked = asked;
    await this.#write(async () => {
      this.#id = await this.#means.audit.add(this.#entry());
    });
  }

  /** What was refused before it began is written down as a whole, and so is what could not be before. */
  async end(): Promise<void> {
    const { audit, mayTellOfRefused } = this.#means;
    if (this.#isCheap && !mayTellOfRefused()) return;
    await this.#write(async () => {
      if (this.#id === undefined) await audit.add({ ...this.#entry(), outcome: this.outcome });
      else await audit.end(this.#id, this.outcome);
    });
  }

  /** True for what costs nothing to ask: it was refused before anybody looked what it was. */
  get #isCheap(): boolean {
    return this.caller === undefined || (this.#id === undefined && this.outcome === 'tooMany');
  }

  async #write(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (cause) {
      this.#means.onBug(cause);
    }
  }

  #entry(): AuditEntry {
    const { request, operation, from } = this.#known;
    return {
      request,
      ...(this.caller === undefined ? {} : { by: this.caller.author, via: this.caller.by }),
      ...(from === undefined ? {} : { from }),
      operation: operation.name,
      ...(operation.about === undefined ? {} : { about: operation.about }),
      ...(this.#asked === undefined ? {} : { asked: this.#asked }),
    };
  }
}

/** The address that a request came from; undefined for the control socket. */
function peerOf({ env }: Context): string | undefined {
  const { incoming } = env as Partial<HttpBindings>;
  return incoming?.socket.remoteAddress;
}

interface Operation {
  readonly name: string;
  readonly about?: string;
}

/** What changes something, which a link does too. */
const CHANGING = [
  ...Object.entries(ENDPOINTS).flatMap(([name, { method, path }]) =>
    method === 'GET' ? [] : [{ name, method, path }],
  ),
  { name: 'enter', method: 'GET', path: ENTER_PATH },
].map(({ path, ...one }) => ({
  ...one,
  pattern: new RegExp(`^${path.replace(/:([a-z]+)/g, '(?<$1>[^/]+)')}$`),
}));

/** The operation that a request changes something by; undefined: it only looks. */
function operationOf({ req }: Context): Operation | undefined {
  // Only a cluster has places below which all paths are found again.
  const namespace = req.param('namespace');
  const path = namespace === undefined ? req.path : req.path.slice(`/namespaces/${namespace}`.length);
  for (const one of CHANGING) {
    const match = one.method === req.method ? one.pattern.exec(path) : null;
    if (match === null) continue;
    const named = match.groups?.['name'] ?? match.groups?.['id'];
    if (named === undefined) return { name: one.name };
    const about = namespace === undefined ? decoded(named) : `${namespace}/${decoded(named)}`;
    return { name: one.name, about: about.slice(0, MOST_CHARACTERS_OF_NAMES) };
  }
  return undefined;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
