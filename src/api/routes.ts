import { Type } from 'typebox';
import { AUTHOR_NAME } from '../engine/author.ts';
import { ENDPOINTS } from './endpoints.ts';
import { releaseNumber } from './input.ts';
import { eventListing, listing, numberedListing } from './listings.ts';
import type { Paging } from './paging.ts';
import { REPORT } from './report-route.ts';
import {
  APPLY_BODY,
  APPROVE_BODY,
  checkName,
  LINK_BODY,
  MAINTENANCE_BODY,
  maintenanceRequest,
  PLAN_BODY,
  RELEASE_BODY,
  SCALE_BODY,
  SHUTDOWN_BODY,
  STEER_BODY,
  steerRequest,
  TOKEN_BODY,
  TRIAL_BODY,
} from './request-bodies.ts';
import type { OpenSession, RolloutView } from './resources.ts';
import type { RevisionView } from './revision-views.ts';
import { NOTHING, reading, writing, type Route } from './route.ts';
import { decidedIn } from './state-tag.ts';

const REVISION_QUERY = Type.Object(
  { against: Type.Optional(Type.String({ minLength: 1, maxLength: 4_096 })) },
  { additionalProperties: false },
);

const OF_NAME = Type.Object(
  { name: Type.Optional(Type.String({ pattern: AUTHOR_NAME })) },
  { additionalProperties: false },
);

const BY_NAME: Paging<RolloutView> = { order: 'ascending', positionOf: (v) => [v.name, v.namespace ?? ''] };
const BY_AGE: Paging<RevisionView> = {
  order: 'descending',
  positionOf: ({ createdAt, id }) => [createdAt, id],
};
const BY_BEGINNING: Paging<OpenSession> = {
  order: 'descending',
  positionOf: ({ createdAt, id }) => [createdAt, id],
};
const AS_IT_GROWS: Paging<unknown> = { order: 'ascending', positionOf: (_, index) => [index] };
/** Every operation that answers once. */
export const ROUTES: readonly Route[] = [
  reading(ENDPOINTS.system, NOTHING, (operations) => operations.system()),
  listing(ENDPOINTS.list, BY_NAME, (operations) => operations.list()),
  rolloutReading(),
  numberedListing(ENDPOINTS.history, {
    read: (operations, { name }, { from, limit }) => operations.history(name, { ...before(from), limit }),
    numberOf: ({ number }) => number,
  }),
  numberedListing(ENDPOINTS.ticks, {
    read: (operations, { name, number }, { from = 0, limit }) =>
      operations.ticks(name, releaseNumber(number), { after: from, limit }),
    // They are told in the order in which they were counted, and none of them ever goes alone.
    numberOf: (_, index, from) => from + index + 1,
  }),
  REPORT,
  listing(ENDPOINTS.revisions, BY_AGE, (operations, { name }) => operations.revisions(name)),
  reading(ENDPOINTS.revision, REVISION_QUERY, (operations, { name, id, query }) =>
    operations.revision(name, id, query.against),
  ),
  eventListing(),
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
  writing(ENDPOINTS.tryListeners, TRIAL_BODY, (operations, { name, body }) =>
    operations.tryListeners(name, body),
  ),
  writing(ENDPOINTS.createToken, TOKEN_BODY, (operations, { body }) => operations.createToken(body)),
  numberedListing(ENDPOINTS.audit, {
    read: (operations, _, { from, limit }) => operations.audit({ ...before(from), limit }),
    numberOf: ({ id }) => id,
  }),
  listing(ENDPOINTS.listTokens, AS_IT_GROWS, (operations) => operations.listTokens()),
  reading(ENDPOINTS.revokeToken, NOTHING, (operations, { name }) => operations.revokeToken(name)),
  listing(ENDPOINTS.listSessions, BY_BEGINNING, (operations) => operations.listSessions()),
  reading(ENDPOINTS.endSession, NOTHING, (operations, { id }) => operations.endSession(id)),
  reading(ENDPOINTS.endSessions, OF_NAME, (operations, { query }) => operations.endSessions(query.name)),
  writing(ENDPOINTS.createLink, LINK_BODY, (operations, { body }) => operations.createLink(body)),
  writing(ENDPOINTS.shutDown, SHUTDOWN_BODY, (operations, { body }) => operations.shutDown(body.everything)),
];

function before(number: number | undefined): { readonly before?: number } {
  return number === undefined ? {} : { before: number };
}

function rolloutReading(): Route {
  const route = reading(ENDPOINTS.get, NOTHING, (operations, { name }) => operations.get(name));
  return {
    ...route,
    workOf(incoming) {
      const work = route.workOf(incoming);
      return async (operations) => {
        const { value } = await work(operations);
        // It is what `get` answered.
        return { value, decided: decidedIn(value as RolloutView) };
      };
    },
  };
}
