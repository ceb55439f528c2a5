import { Type, type Static, type TObject } from 'typebox';
import { Failure } from '../base/failure.ts';
import { isJsonObject, type JsonObject } from '../base/json.ts';
import { ENDPOINTS, type Endpoint } from './endpoints.ts';
import { readerOf, typedQuery } from './input.ts';
import type { Operations } from './operations.ts';
import type { SteerRequest } from './resources.ts';

/** A request as HTTP brings it. */
export interface Incoming {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  /** Parsed JSON; undefined when the route takes no body. */
  readonly body: unknown;
}

/** One operation over HTTP. Operations that answer with a live stream are in `live-routes.ts`. */
export interface Route {
  readonly endpoint: Endpoint;
  readonly takesBody: boolean;
  /** The answer, sent as JSON; undefined: an answer without a body. */
  handle(operations: Operations, incoming: Incoming): Promise<unknown>;
}

const closed = { additionalProperties: false };
const NOTHING = Type.Object({}, closed);
const text = Type.String({ minLength: 1, maxLength: 4_096 });
const document = Type.Unsafe<JsonObject>(Type.Object({}));
const texts = Type.Array(text, { maxItems: 1_000 });

const PLAN_BODY = Type.Object({ document }, closed);
const APPLY_BODY = Type.Object(
  { document, dryRun: Type.Optional(Type.Boolean()), insist: Type.Optional(Type.Boolean()) },
  closed,
);
const RELEASE_BODY = Type.Object(
  {
    from: Type.Optional(text),
    set: Type.Optional(texts),
    envFiles: Type.Optional(texts),
    insist: Type.Optional(Type.Boolean()),
  },
  closed,
);
const STEER_BODY = Type.Object(
  {
    verb: Type.Enum(['promote', 'pause', 'resume', 'abort', 'retry', 'undo']),
    full: Type.Optional(Type.Boolean()),
    reason: Type.Optional(text),
  },
  closed,
);
const SCALE_BODY = Type.Object({ replicas: Type.Integer({ minimum: 0, maximum: 10_000 }) }, closed);
const SHUTDOWN_BODY = Type.Object({ everything: Type.Boolean() }, closed);
const EVENTS_QUERY = Type.Object(
  {
    rollout: Type.Optional(text),
    after: Type.Optional(Type.Integer({ minimum: 0 })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000 })),
  },
  closed,
);

/** Every operation that answers once. */
export const ROUTES: readonly Route[] = [
  reading(ENDPOINTS.system, NOTHING, (operations) => operations.system()),
  reading(ENDPOINTS.list, NOTHING, (operations) => operations.list()),
  reading(ENDPOINTS.get, NOTHING, (operations, { name }) => operations.get(name)),
  reading(ENDPOINTS.history, NOTHING, (operations, { name }) => operations.history(name)),
  reading(ENDPOINTS.ticks, NOTHING, (operations, { name, number }) =>
    operations.ticks(name, releaseNumber(number)),
  ),
  reading(ENDPOINTS.events, EVENTS_QUERY, (operations, { query }) => operations.events(query)),
  reading(ENDPOINTS.remove, NOTHING, (operations, { name }) => operations.remove(name)),
  reading(ENDPOINTS.restart, NOTHING, (operations, { name }) => operations.restart(name)),
  writing(ENDPOINTS.plan, PLAN_BODY, (operations, { body }) => operations.plan(body.document)),
  writing(ENDPOINTS.apply, APPLY_BODY, (operations, { name, body }) => {
    checkName(name, body.document);
    return operations.apply(body);
  }),
  writing(ENDPOINTS.release, RELEASE_BODY, (operations, { name, body }) => operations.release(name, body)),
  writing(ENDPOINTS.steer, STEER_BODY, (operations, { name, body }) =>
    operations.steer(name, steerRequest(body)),
  ),
  writing(ENDPOINTS.scale, SCALE_BODY, (operations, { name, body }) => operations.scale(name, body.replicas)),
  writing(ENDPOINTS.shutDown, SHUTDOWN_BODY, (operations, { body }) => operations.shutDown(body.everything)),
];

interface Named {
  readonly name: string;
  readonly number: string;
}

type Reading<Q> = (operations: Operations, input: Named & { readonly query: Q }) => Promise<unknown>;
type Writing<B> = (operations: Operations, input: Named & { readonly body: B }) => Promise<unknown>;

function reading<Q extends TObject>(endpoint: Endpoint, schema: Q, run: Reading<Static<Q>>): Route {
  const read = readerOf(schema, 'query');
  return {
    endpoint,
    takesBody: false,
    async handle(operations, { params, query }) {
      return await run(operations, { ...named(params), query: read(typedQuery(schema, query)) });
    },
  };
}

function writing<B extends TObject>(endpoint: Endpoint, schema: B, run: Writing<Static<B>>): Route {
  const read = readerOf(schema, 'body');
  const noQuery = readerOf(NOTHING, 'query');
  return {
    endpoint,
    takesBody: true,
    async handle(operations, { params, query, body }) {
      noQuery(query);
      return await run(operations, { ...named(params), body: read(body) });
    },
  };
}

function named(params: Readonly<Record<string, string>>): Named {
  return { name: params['name'] ?? '', number: params['number'] ?? '' };
}

function releaseNumber(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new Failure('usage', `"${text.slice(0, 40)}" is not the number of a release`);
}

function checkName(name: string, document: JsonObject): void {
  const { metadata } = document;
  const written = isJsonObject(metadata) ? metadata['name'] : undefined;
  if (written === name) return;
  throw new Failure('usage', `the document's metadata.name is not "${name}"`, {
    problems: [{ path: 'document.metadata.name', reason: `must be "${name}", as in the address` }],
  });
}

/** Each verb takes its own details only. */
function steerRequest({ verb, full, reason }: Static<typeof STEER_BODY>): SteerRequest {
  if (full !== undefined && verb !== 'promote') throw notOf(verb, 'full', 'promote');
  if (reason !== undefined && verb !== 'abort') throw notOf(verb, 'reason', 'abort');
  if (verb === 'promote') return { verb, ...(full === undefined ? {} : { full }) };
  if (verb === 'abort') return { verb, ...(reason === undefined ? {} : { reason }) };
  return { verb };
}

function notOf(verb: string, field: string, owner: string): Failure {
  return new Failure('usage', `"${field}" goes with ${owner}, not with ${verb}`, {
    problems: [{ path: field, reason: `only ${owner} takes it` }],
  });
}
