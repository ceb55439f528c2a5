import { Type, type Static, type TObject } from 'typebox';
import { Failure } from '../base/failure.ts';
import { isJsonObject, type JsonObject } from '../base/json.ts';
import { ACCESS_ROLES } from '../engine/access-role.ts';
import { AUTHOR_NAME } from '../engine/author.ts';
import { ENDPOINTS, type Endpoint } from './endpoints.ts';
import { readerOf, typedQuery } from './input.ts';
import type { Operations } from './operations.ts';
import type { MaintenanceRequest, SteerRequest } from './resources.ts';

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

/** When users are told to come back, unless somebody says otherwise. */
const RETRY_AFTER_MS = 300_000;

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
    fromRollout: Type.Optional(text),
    revision: Type.Optional(text),
    set: Type.Optional(texts),
    envFiles: Type.Optional(texts),
    insist: Type.Optional(Type.Boolean()),
    dryRun: Type.Optional(Type.Boolean()),
  },
  closed,
);
const STEER_BODY = Type.Object(
  {
    verb: Type.Enum(['promote', 'pause', 'resume', 'abort', 'retry', 'undo']),
    full: Type.Optional(Type.Boolean()),
    reason: Type.Optional(text),
    to: Type.Optional(text),
    insist: Type.Optional(Type.Boolean()),
  },
  closed,
);
const APPROVE_BODY = Type.Object(
  {
    gate: Type.Optional(text),
    reject: Type.Optional(Type.Boolean()),
    comment: Type.Optional(text),
  },
  closed,
);
const SCALE_BODY = Type.Object({ replicas: Type.Integer({ minimum: 0, maximum: 10_000 }) }, closed);
const DAY_MS = 86_400_000;
const MAINTENANCE_BODY = Type.Object(
  {
    on: Type.Boolean(),
    message: Type.Optional(Type.String({ minLength: 1, maxLength: 1_000 })),
    page: Type.Optional(Type.String({ minLength: 1, maxLength: 65_536 })),
    retryAfterMs: Type.Optional(Type.Integer({ minimum: 0, maximum: DAY_MS })),
    holdMs: Type.Optional(Type.Integer({ minimum: 1, maximum: 600_000 })),
    allow: Type.Optional(
      Type.Object(
        { header: Type.String({ pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$" }), value: text },
        closed,
      ),
    ),
  },
  closed,
);
const names = Type.Array(Type.String({ pattern: AUTHOR_NAME }), { minItems: 1, maxItems: 1_000 });
const TOKEN_BODY = Type.Object(
  {
    name: Type.String({ pattern: AUTHOR_NAME }),
    role: Type.Enum([...ACCESS_ROLES]),
    rollouts: Type.Optional(names),
    groups: Type.Optional(names),
    expiresInMs: Type.Optional(Type.Integer({ minimum: 1, maximum: 3_650 * DAY_MS })),
  },
  closed,
);
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
  writing(ENDPOINTS.releaseGroup, RELEASE_BODY, (operations, { name, body }) =>
    operations.releaseGroup(name, body),
  ),
  writing(ENDPOINTS.steer, STEER_BODY, (operations, { name, body }) =>
    operations.steer(name, steerRequest(body)),
  ),
  writing(ENDPOINTS.approve, APPROVE_BODY, (operations, { name, body }) => operations.approve(name, body)),
  writing(ENDPOINTS.scale, SCALE_BODY, (operations, { name, body }) => operations.scale(name, body.replicas)),
  writing(ENDPOINTS.maintain, MAINTENANCE_BODY, (operations, { name, body }) =>
    operations.maintain(name, maintenanceRequest(body)),
  ),
  writing(ENDPOINTS.createToken, TOKEN_BODY, (operations, { body }) => operations.createToken(body)),
  reading(ENDPOINTS.listTokens, NOTHING, (operations) => operations.listTokens()),
  reading(ENDPOINTS.revokeToken, NOTHING, (operations, { name }) => operations.revokeToken(name)),
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
function steerRequest({ verb, ...details }: Static<typeof STEER_BODY>): SteerRequest {
  for (const [field, owner] of Object.entries(DETAIL_OF)) {
    if (owner !== verb && Object.hasOwn(details, field)) throw notOf(verb, field, owner);
  }
  return { verb, ...details };
}

/** The one verb that each detail goes with. */
const DETAIL_OF = { full: 'promote', reason: 'abort', to: 'undo', insist: 'undo' } as const;

/** Who opens has nothing to say to users. */
function maintenanceRequest({ on, ...more }: Static<typeof MAINTENANCE_BODY>): MaintenanceRequest {
  if (on) return { on, ...more, retryAfterMs: more.retryAfterMs ?? RETRY_AFTER_MS };
  const [field] = Object.keys(more);
  if (field === undefined) return { on };
  throw new Failure('usage', `"${field}" goes with maintenance that is on`, {
    problems: [{ path: field, reason: 'goes with "on": true' }],
  });
}

function notOf(verb: string, field: string, owner: string): Failure {
  return new Failure('usage', `"${field}" goes with ${owner}, not with ${verb}`, {
    problems: [{ path: field, reason: `only ${owner} takes it` }],
  });
}
