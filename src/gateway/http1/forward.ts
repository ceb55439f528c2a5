import { FULL_SHARE } from '../../base/share.ts';
import { experimentPointOf, hashOf, pointAt, pointOf } from '../routing/assign.ts';
import { answer } from './answer.ts';
import { withoutMapping } from './client-address.ts';
import { isTurnedAway } from '../routing/closed-door.ts';
import { Exchange } from './exchange.ts';
import { isRequestId, traceIdOf } from './identity.ts';
import { asksForUser, legacyFor, legacyJob, pathOf } from '../routing/facade.ts';
import type { Asked, Job } from './job.ts';
import { KeptBody } from './kept-body.ts';
import { originalOf } from '../mirror/original.ts';
import type { ProxyContext } from './proxy-context.ts';
import { NO_PATH, NO_ROUTE, NOTHING_RUNS, refuse } from './refuse.ts';
import type { LegacyRoute } from '../routing/live-path.ts';
import type { Forwarded, Refusal, RequestHead } from './request-head.ts';
import { isSafe } from '../routing/retry.ts';
import { matchedPart, partOf, type LiveRoute } from '../routing/route-table.ts';
import { readId, setIdCookie } from '../routing/sticky.ts';
import { idBy } from '../routing/unit.ts';

/** Sends a request to the process that its user's point, or chance, says, or to an old system where its path does. */
export function forward(context: ProxyContext, arrival: Arrival): void {
  const { req, res, head } = arrival;
  if (context.isDraining()) res.shouldKeepAlive = false;
  const asked: Asked = {
    ...arrival,
    requestId: requestIdOf(context, head),
    traceparent: traceOf(context, arrival),
  };
  const goIn = (): void => {
    forwardAgain(context, arrival);
  };
  if (isTurnedAway(asked, { room: context.table.waitingRoom, goIn })) return;
  const extraHeaders: string[] = [];
  const destination = destinationOf(context, arrival, extraHeaders);
  if ('status' in destination) {
    refuse(asked, destination, destination.status === 503 ? ['Retry-After', '1'] : []);
    return;
  }
  const { legacy, ...where } = destination;
  if (head.hasBody && req.headers.expect !== undefined) res.writeContinue();
  addForwarded(head.headers, head.forwarded, { scheme: context.scheme, address: req.socket.remoteAddress });
  addIdentity(head.headers, asked);
  const { random, limits } = context;
  const original = originalOf(context, legacy === undefined ? asked : { ...asked, route: legacy }, {
    part: where.part,
    random,
  });
  const { headers } = head;
  const kept = keptOf(where, head);
  const job: Job = { ...asked, ...where, headers, extraHeaders, random, limits, original, kept };
  new Exchange(legacy === undefined ? job : legacyJob(job, legacy)).start();
}

/** A body that may be needed for the old system too, after the new one has read it; others are not kept. */
function keptOf({ path }: Pick<Destination, 'path'>, head: RequestHead): KeptBody | undefined {
  const hasOther = path?.to.kind === 'newWithFallback';
  return hasOther && head.hasBody && isSafe(head) ? new KeptBody() : undefined;
}

/** A request that has waited goes where it belongs now, and the wait is nobody's time to answer. */
function forwardAgain(context: ProxyContext, arrival: Arrival): void {
  const { res, head } = arrival;
  const route = context.table.match(head.host, head.path);
  if (route === undefined) answer(res, NO_ROUTE);
  else forward(context, { ...arrival, route, startedMs: performance.now() });
}

type Arrival = Omit<Asked, 'requestId' | 'traceparent'>;

type Drawn = Pick<Job, 'part' | 'isDrawn' | 'isMatched' | 'user'>;

interface Destination extends Drawn, Pick<Job, 'path'> {
  readonly legacy: LegacyRoute | undefined;
}

/** Who is to answer; `extraHeaders` gets what a new user is told. */
function destinationOf(
  context: ProxyContext,
  arrival: Arrival,
  extraHeaders: string[],
): Destination | Refusal {
  const { route, head } = arrival;
  const path = pathOf(route, head.path);
  if (route.paths !== undefined && path === undefined) return NO_PATH;
  const choice = asksForUser(path) ? choose(context, arrival, extraHeaders) : UNKNOWN;
  const legacy = legacyFor(route, path, (name) => pointIn(name, choice, context));
  const drawn = legacy === undefined ? drawnPart(route, head, choice) : { ...NOT_DRAWN, part: legacy.part };
  if (drawn === undefined) return NOTHING_RUNS;
  (legacy ?? route).again?.earn();
  return { legacy, ...drawn, ...(path === undefined ? {} : { path }) };
}

const NOT_DRAWN = { isDrawn: false, isMatched: false, user: undefined };

/** The part of the Rollout that gets the request, for what it says or by its point. */
function drawnPart(route: LiveRoute, head: RequestHead, { point, isDrawn, id }: Choice): Drawn | undefined {
  const matched = matchedPart(route, { head, id });
  const part = matched ?? partOf(route, point);
  if (part === undefined) return undefined;
  const isMatched = matched !== undefined;
  const user = id === undefined ? undefined : hashOf(id);
  return { part, isDrawn: isDrawn && !isMatched, isMatched, user };
}

/** The point of a request's user in a division of this name; of somebody unknown a new one each time. */
function pointIn(name: string, { id }: Choice, { random }: ProxyContext): number {
  return id === undefined ? pointAt(random()) : pointOf(name, id);
}

/** The id a request came with, when it is fit to be written down, else a new one. */
function requestIdOf({ newId }: ProxyContext, { requestId }: RequestHead): string {
  return isRequestId(requestId) ? requestId : newId();
}

/** The trace a request belongs to; where its route wants that, a new one for a request without. */
function traceOf(context: ProxyContext, { route, head }: Pick<Asked, 'route' | 'head'>): string | undefined {
  const { traceparent } = head;
  if (route.tracing === undefined || traceIdOf(traceparent) !== undefined) return traceparent;
  return context.newTrace(route.tracing.sample, context.random());
}

function addIdentity(headers: string[], { head, requestId, traceparent }: Asked): void {
  headers.push('x-request-id', requestId);
  if (traceparent === undefined) return;
  headers.push('traceparent', traceparent);
  // The state of another trace means nothing in a new one.
  if (head.tracestate !== undefined && traceparent === head.traceparent)
    headers.push('tracestate', head.tracestate);
}

/** Who asks, and for what. */
type Question = Pick<Asked, 'route' | 'head'>;

interface Choice {
  readonly point: number;
  /** False for the point that a user had before. */
  readonly isDrawn: boolean;
  /** The user's, where users are known. */
  readonly id: string | undefined;
}

/** Of a request that an old system answers, whoever sends it. */
const UNKNOWN: Choice = { point: 0, isDrawn: false, id: undefined };

/** The request's point: the user's own where users stay on a track, else a new one each time. */
function choose(context: ProxyContext, arrival: Question, extraHeaders: string[]): Choice {
  const { route, head } = arrival;
  const { experiment, sticky } = route;
  if (experiment !== undefined) return chooseVariant(context, arrival, extraHeaders);
  if (sticky === undefined) return { point: pointAt(context.random()), isDrawn: true, id: undefined };
  const known = readId(head.cookie, sticky.cookie);
  if (known !== undefined) return { point: pointOf(route.rollout, known), isDrawn: false, id: known };
  const id = giveId(context, arrival, { name: sticky.cookie }, extraHeaders);
  return { point: pointOf(route.rollout, id), isDrawn: true, id };
}

/** Where nothing tells who somebody is, what runs today serves: it has the last of the points. */
const NOBODY: Choice = { point: FULL_SHARE - 1, isDrawn: false, id: undefined };

/** So long is an id of an experiment kept by a browser. */
const ID_MAX_AGE_S = 90 * 86_400;

/** The point of the request's user in the experiment. */
function chooseVariant(context: ProxyContext, arrival: Question, extraHeaders: string[]): Choice {
  const { route, head } = arrival;
  const { id: experiment = '', unit } = route.experiment ?? {};
  if (unit === undefined) return NOBODY;
  const known = unit.from === 'gateway' ? readId(head.cookie, unit.cookie) : idBy(unit, head);
  if (known === undefined && unit.from !== 'gateway') return NOBODY;
  const cookie = { name: unit.from === 'gateway' ? unit.cookie : '', maxAgeS: ID_MAX_AGE_S };
  const id = known ?? giveId(context, arrival, cookie, extraHeaders);
  return { point: experimentPointOf(route.rollout, experiment, id), isDrawn: known === undefined, id };
}

// eslint-disable-next-line max-params -- what is given, to whom, and where it is told
function giveId(
  context: ProxyContext,
  { head }: Question,
  cookie: { readonly name: string; readonly maxAgeS?: number },
  extraHeaders: string[],
): string {
  const id = context.newId();
  const secure = context.scheme === 'https' || head.forwarded.xForwardedProto?.toLowerCase() === 'https';
  extraHeaders.push('Set-Cookie', setIdCookie({ ...cookie, id, secure }));
  return id;
}

/** Tells the workload who asked, for what host and by which protocol; a proxy that is believed has told part of it. */
function addForwarded(
  headers: string[],
  forwarded: Forwarded,
  { scheme, address }: { readonly scheme: string; readonly address: string | undefined },
): void {
  const client = withoutMapping(address ?? 'unknown');
  const { host, xForwardedFor, xForwardedProto, xForwardedHost } = forwarded;
  if (host !== '') headers.push('host', host);
  headers.push('x-forwarded-for', xForwardedFor === undefined ? client : `${xForwardedFor}, ${client}`);
  headers.push('x-forwarded-proto', xForwardedProto ?? scheme);
  const originalHost = xForwardedHost ?? host;
  if (originalHost !== '') headers.push('x-forwarded-host', originalHost);
}
