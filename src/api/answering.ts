import type { Context } from 'hono';
import { Failure } from '../base/failure.ts';
import type { ToldAnswer } from '../store/rows/answer.ts';
import { noteAsked, noteOutcome } from './auditing.ts';
import type { Admitted } from './access/caller.ts';
import { isKnown, requireTag } from './conditions.ts';
import { jsonBody } from './json-body.ts';
import type { ProblemView } from './resources.ts';
import { bodyOf, type LiveOptions, type LiveSource } from './live-answer.ts';
import { linkTo } from './page-link.ts';
import { PROBLEM_TYPE } from './problem.ts';
import { REQUEST_KEY, type Repeats } from './repeats.ts';
import { isTagged, type Answer, type Route } from './route.ts';
import { entityTag } from './state-tag.ts';
import { inTime } from './time-limit.ts';

/** What answering needs. */
export interface AnsweringOptions extends LiveOptions {
  readonly admit: (request: Request) => Promise<Admitted>;
  /** Keeps what requests with a key were answered; absent: nobody does, and keys change nothing. */
  readonly repeats?: Repeats;
}

const JSON_TYPE = { 'content-type': 'application/json' };
const KEY_HEADER = 'idempotency-key';

/** Does what a request asks for, and answers. Throws Failure for what is refused. */
export async function answer(context: Context, route: Route, options: AnsweringOptions): Promise<Response> {
  const { req } = context;
  const operations = await options.operationsFor(req.raw);
  refuseCondition(req.raw, route);
  const repeats = repeatsOf(req.raw, route, options);
  const body = route.body !== undefined ? await jsonBody(req.raw) : undefined;
  const work = route.workOf({ params: req.param(), query: req.query(), body });
  await noteAsked(req.raw, route.endpoint, body ?? req.query());
  if (repeats === undefined) {
    const answered = await inTime(work(operations), route.endpoint);
    const { pieces } = answered;
    if (pieces === undefined) return answerOf(context, route, answered);
    return new Response(bodyOf(context, inPieces(pieces), options), { headers: JSON_TYPE });
  }
  const caller = await options.admit(req.raw);
  const request = { caller, key: repeats.key, method: req.method, path: req.path, body };
  const told = repeats.of.once(request, async () => toldOf(await work(operations)));
  const { status, body: text } = await inTime(told, route.endpoint);
  if (status === 204) return context.body(null, 204);
  if (status >= 400) noteOutcome(req.raw, (JSON.parse(text) as ProblemView).type);
  return new Response(text, { status, headers: status < 400 ? JSON_TYPE : { 'content-type': PROBLEM_TYPE } });
}

function answerOf(context: Context, route: Route, answered: Answer): Response {
  const { next, value, headers: ofText } = answered;
  if (value === undefined) return context.body(null, 204);
  if (ofText !== undefined && typeof value === 'string') return new Response(value, { headers: ofText });
  if (isTagged(route)) return taggedAnswer(context.req.raw, answered);
  const { path } = context.req;
  const headers = next === undefined ? {} : { link: linkTo(next, path, context.req.query()) };
  return Response.json(value, { headers });
}

const bytes = new TextEncoder();

/** Whoever has a part of it only is to see that: nothing is sent in place of the rest. */
function inPieces(pieces: AsyncIterable<string>): LiveSource<string> {
  return { open: () => pieces, encode: (piece) => bytes.encode(piece), heartbeat: '' };
}

function toldOf({ value }: Answer): ToldAnswer {
  return value === undefined ? { status: 204, body: '' } : { status: 200, body: JSON.stringify(value) };
}

/** An answer with its tag, or none for who has it already. */
function taggedAnswer({ headers }: Request, { value, decided }: Answer): Response {
  const text = JSON.stringify(value);
  const tag = entityTag(text, decided);
  requireTag(headers, tag);
  const etag = { etag: `"${tag}"` };
  if (isKnown(headers, tag)) return new Response(null, { status: 304, headers: etag });
  return new Response(text, { headers: { ...etag, ...JSON_TYPE } });
}

/** A condition that nobody looks at must not pass for one that holds. */
function refuseCondition({ method, headers }: Request, { endpoint }: Route): void {
  if (method === 'GET' || endpoint.isConditional === true) return;
  const name = ['if-match', 'if-none-match'].find((one) => headers.has(one));
  if (name === undefined) return;
  throw new Failure('usage', `${method} ${endpoint.path} is not done on a condition, and was sent ${name}`, {
    hint: 'leave the header out',
  });
}

/** The key of a request, and where it is looked up; undefined without one. Throws Failure `usage` for one that is of no use. */
function repeatsOf(
  { method, headers }: Request,
  { endpoint }: Route,
  { repeats }: AnsweringOptions,
): { readonly of: Repeats; readonly key: string } | undefined {
  const key = headers.get(KEY_HEADER);
  if (key === null) return undefined;
  if (endpoint.isKeyed !== true) {
    throw new Failure('usage', `${method} ${endpoint.path} keeps no answer for an Idempotency-Key`, {
      hint: 'leave the header out',
    });
  }
  if (new RegExp(REQUEST_KEY).test(key)) return repeats === undefined ? undefined : { of: repeats, key };
  throw new Failure('usage', 'the Idempotency-Key is not one', {
    hint: 'a key has up to 200 letters, digits and ._:~+/=-, as a UUID has; it may stand in quotes',
  });
}
