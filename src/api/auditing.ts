import type { HttpBindings } from '@hono/node-server';
import type { Context, Hono } from 'hono';
import { randomUUID } from 'node:crypto';
import { isJsonObject, type Json, type JsonObject } from '../base/json.ts';
import type { AuditEntry } from '../store/rows/audit.ts';
import type { Admitted } from './access/caller.ts';
import { ENDPOINTS, type Endpoint } from './endpoints.ts';

/** The header in which every answer says the id of its request. */
export const REQUEST_ID = 'x-request-id';

/** Keeps what was asked for. */
export interface AuditLog {
  /** Settles once it is kept, with what it is known by. */
  add(entry: AuditEntry): Promise<number>;
  /** Writes down what came of it. */
  end(id: number, outcome: string): Promise<void>;
}

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

/** The requests under way that are written down. */
const TRAILS = new WeakMap<Request, Trail>();

/**
 * Gives every request an id, and writes down each that changes something, also one that was refused: what is asked for
 * before it is done, and what came of it before that is answered.
 */
export function auditRequests(app: Hono, { audit, onBug }: AuditingOptions): void {
  app.use(async (context, next) => {
    const request = randomUUID();
    const { method, path, raw } = context.req;
    const operation = operationAt(method, path);
    const trail =
      audit === undefined || operation === undefined
        ? undefined
        : new Trail(
            { request, operation, from: peerOf(context) },
            {
              audit,
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
export async function noteAsked(request: Request, { audited = [] }: Endpoint, sent: unknown): Promise<void> {
  const fields = isJsonObject(sent) ? sent : {};
  const told = audited.flatMap((field): (readonly [string, Json])[] => {
    const value = fields[field];
    return value === undefined ? [] : [[field, value]];
  });
  await TRAILS.get(request)?.begin(told.length === 0 ? undefined : Object.fromEntries(told));
}

/** Notes who a request was let in for. */
export function noteCaller(request: Request, caller: Admitted): void {
  const trail = TRAILS.get(request);
  if (trail !== undefined) trail.caller = caller;
}

/** Notes the code of what a request failed with. */
export function noteOutcome(request: Request, code: string): void {
  const trail = TRAILS.get(request);
  if (trail !== undefined) trail.outcome = code;
}

interface Known {
  readonly request: string;
  readonly operation: Operation;
  readonly from: string | undefined;
}

/** What is written down of one request, and when. */
class Trail {
  /** Who came in; absent: nobody was let in. */
  caller: Admitted | undefined;
  outcome = 'done';
  readonly #known: Known;
  readonly #audit: AuditLog;
  readonly #onBug: (cause: unknown) => void;
  #asked: JsonObject | undefined;
  #id: number | undefined;

  constructor(
    known: Known,
    { audit, onBug }: { readonly audit: AuditLog; readonly onBug: (cause: unknown) => void },
  ) {
    this.#known = known;
    this.#audit = audit;
    this.#onBug = onBug;
  }

  async begin(asked: JsonObject | undefined): Promise<void> {
    // What is very long is for nobody to read.
    if (asked !== undefined && JSON.stringify(asked).length <= LONGEST) this.#asked = asked;
    await this.#write(async () => {
      this.#id = await this.#audit.add(this.#entry());
    });
  }

  /** What was refused before it began is written down as a whole, and so is what could not be before. */
  async end(): Promise<void> {
    await this.#write(async () => {
      if (this.#id === undefined) await this.#audit.add({ ...this.#entry(), outcome: this.outcome });
      else await this.#audit.end(this.#id, this.outcome);
    });
  }

  async #write(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (cause) {
      this.#onBug(cause);
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

const PATTERNS = Object.entries(ENDPOINTS).map(([name, endpoint]) => ({
  name,
  method: endpoint.method,
  pattern: new RegExp(`^${endpoint.path.replace(/:([a-z]+)/g, '(?<$1>[^/]+)')}$`),
}));

/** The operation that a request changes something by; undefined: it only looks. */
function operationAt(method: string, path: string): Operation | undefined {
  if (method === 'GET' || method === 'HEAD') return undefined;
  for (const one of PATTERNS) {
    const match = one.method === method ? one.pattern.exec(path) : null;
    if (match === null) continue;
    const about = match.groups?.['name'] ?? match.groups?.['id'];
    return { name: one.name, ...(about === undefined ? {} : { about: decoded(about).slice(0, 253) }) };
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
