import { Type, type Static } from 'typebox';
import { Failure } from '../base/failure.ts';
import { isJsonObject, type JsonObject } from '../base/json.ts';
import { ACCESS_ROLES } from '../engine/access-role.ts';
import { AUTHOR_NAME } from '../engine/author.ts';
import type { MaintenanceRequest, SteerRequest } from './resources.ts';

/** When users are told to come back, unless somebody says otherwise. */
const RETRY_AFTER_MS = 300_000;

const closed = { additionalProperties: false };
const text = Type.String({ minLength: 1, maxLength: 4_096 });
const document = Type.Unsafe<JsonObject>(Type.Object({}));
const texts = Type.Array(text, { maxItems: 1_000 });

/** A document whose release is foreseen. */
export const PLAN_BODY = Type.Object({ document }, closed);
/** A document that is declared. */
export const APPLY_BODY = Type.Object(
  { document, dryRun: Type.Optional(Type.Boolean()), insist: Type.Optional(Type.Boolean()) },
  closed,
);
/** What a release changes. */
export const RELEASE_BODY = Type.Object(
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
/** What becomes of a release. */
export const STEER_BODY = Type.Object(
  {
    verb: Type.Enum(['promote', 'pause', 'resume', 'abort', 'retry', 'undo']),
    full: Type.Optional(Type.Boolean()),
    reason: Type.Optional(text),
    to: Type.Optional(text),
    insist: Type.Optional(Type.Boolean()),
  },
  closed,
);
/** What somebody says at a gate. */
export const APPROVE_BODY = Type.Object(
  {
    gate: Type.Optional(text),
    reject: Type.Optional(Type.Boolean()),
    comment: Type.Optional(text),
  },
  closed,
);
/** How many processes are wanted. */
export const SCALE_BODY = Type.Object({ replicas: Type.Integer({ minimum: 0, maximum: 10_000 }) }, closed);
const DAY_MS = 86_400_000;
/** Whether users are let in, and what they are told. */
export const MAINTENANCE_BODY = Type.Object(
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
/** A token that is wanted. */
export const TOKEN_BODY = Type.Object(
  {
    name: Type.String({ pattern: AUTHOR_NAME }),
    role: Type.Enum([...ACCESS_ROLES]),
    rollouts: Type.Optional(names),
    groups: Type.Optional(names),
    expiresInMs: Type.Optional(Type.Integer({ minimum: 1, maximum: 3_650 * DAY_MS })),
  },
  closed,
);
/** A link that is wanted. */
export const LINK_BODY = Type.Object(
  { role: Type.Optional(Type.Enum([...ACCESS_ROLES])), rollouts: Type.Optional(names) },
  closed,
);
/** Which listener is tried; absent: all. */
export const TRIAL_BODY = Type.Object({ listener: Type.Optional(text) }, closed);
/** Whether gateway and workloads end too. */
export const SHUTDOWN_BODY = Type.Object({ everything: Type.Boolean() }, closed);
/** Throws Failure `usage` for a document of another name than its address says. */
export function checkName(name: string, document: JsonObject): void {
  const { metadata } = document;
  const written = isJsonObject(metadata) ? metadata['name'] : undefined;
  if (written === name) return;
  throw new Failure('usage', `the document's metadata.name is not "${name}"`, {
    problems: [{ path: 'document.metadata.name', reason: `must be "${name}", as in the address` }],
  });
}

/** Each verb takes its own details only. */
export function steerRequest({ verb, ...details }: Static<typeof STEER_BODY>): SteerRequest {
  for (const [field, owner] of Object.entries(DETAIL_OF)) {
    if (owner !== verb && Object.hasOwn(details, field)) throw notOf(verb, field, owner);
  }
  return { verb, ...details };
}

/** The one verb that each detail goes with. */
const DETAIL_OF = { full: 'promote', reason: 'abort', to: 'undo', insist: 'undo' } as const;

/** Who opens has nothing to say to users. */
export function maintenanceRequest({ on, ...more }: Static<typeof MAINTENANCE_BODY>): MaintenanceRequest {
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
