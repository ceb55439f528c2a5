import { Hono, type Context } from 'hono';
import { Failure, FAILURES } from '../base/failure.ts';
import { challenge } from './access/bearer.ts';
import { answer, type AnsweringOptions } from './answering.ts';
import { auditRequests, noteAsked, noteOutcome, type AuditingOptions } from './auditing.ts';
import { serveDashboard, type BuiltDashboard } from './dashboard.ts';
import { ENDPOINTS, OPENAPI_PATH } from './endpoints.ts';
import { Unsupported } from './json-body.ts';
import { bodyOf, type LiveSource } from './live-answer.ts';
import { LIVE_ROUTES, type LiveRoute } from './live-routes.ts';
import { PROBLEM_TYPE, problemView, refusalView, type OnBug } from './problem.ts';
import { secureAnswers } from './security-headers.ts';
import { serveSessions, type SessionRouteOptions } from './session-routes.ts';
import type { ProblemView } from './resources.ts';
import { ROUTES } from './routes.ts';
import type { StreamLimit } from './stream-limit.ts';
import { inTime } from './time-limit.ts';
import { upload } from './uploading.ts';

/** What the API is made of. */
export interface AppOptions extends SessionRouteOptions, AnsweringOptions, AuditingOptions {
  /** Throws Failure `notPermitted` for what is refused whoever sends it. */
  readonly screen: (request: Request) => void;
  /** The OpenAPI document, as text; absent: it is not served. */
  readonly openApi?: () => Promise<string>;
  /** Absent: it is not served. */
  readonly dashboard?: BuiltDashboard;
  /** Bounds what each caller has open at once; absent: nothing does. */
  readonly streams?: StreamLimit;
  /** What a stream counts for; absent: each for one. */
  readonly weightOf?: (request: Request) => number;
  /** Told of every answer, once it has begun. */
  readonly onAnswer?: (request: { readonly method: string; readonly status: number }) => void;
}

/** The API as a function of requests; it listens nowhere. */
export function createApp(options: AppOptions): Hono {
  const app = new Hono();
  secureAnswers(app);
  auditRequests(app, options);
  app.use(async (context, next) => {
    await next();
    options.onAnswer?.({ method: context.req.method, status: context.res.status });
  });
  app.use(async (context, next) => {
    options.screen(context.req.raw);
    await next();
  });
  if (options.openApi !== undefined) serveOpenApi(app, options.openApi);
  if (options.dashboard !== undefined) serveDashboard(app, options.dashboard);
  for (const route of ROUTES) {
    app.on(route.endpoint.method, route.endpoint.path, (context) => answer(context, route, options));
  }
  const { upload: uploading } = ENDPOINTS;
  app.on(uploading.method, uploading.path, async (context) => {
    const operations = await options.operationsFor(context.req.raw);
    const send = upload(context.req.raw, context.req.query());
    await noteAsked(context.req.raw, uploading, undefined);
    return Response.json(await inTime(send(operations), uploading));
  });
  for (const route of LIVE_ROUTES) {
    app.on(route.endpoint.method, route.endpoint.path, (context) => answerLive(context, route, options));
  }
  serveSessions(app, options);
  refuseOtherMethods(app);
  app.notFound((context) =>
    refuse(context, { type: 'notFound', status: 404, detail: `there is nothing at ${context.req.path}` }),
  );
  app.onError((thrown, context) => answerError(context, thrown, options.onBug));
  return app;
}

/** To everybody: it tells nothing that is not public. */
function serveOpenApi(app: Hono, openApi: () => Promise<string>): void {
  app.get(OPENAPI_PATH, async () => {
    return new Response(await openApi(), { headers: { 'content-type': 'application/json' } });
  });
}

async function answerLive(context: Context, route: LiveRoute, options: AppOptions): Promise<Response> {
  const operations = await options.operationsFor(context.req.raw);
  const source = await inTime(
    route.begin(operations, {
      name: context.req.param('name') ?? '',
      query: context.req.query(),
      lastEventId: context.req.header('last-event-id'),
    }),
    route.endpoint,
  );
  const headers = { 'content-type': route.contentType, 'cache-control': 'no-store' };
  return new Response(bodyOf(context, await bounded(source, context.req.raw, options), options), { headers });
}

/** As much of it as whoever asks may have open. Throws Failure `tooMany` for more. */
async function bounded(
  source: LiveSource<unknown>,
  request: Request,
  { streams, admit, weightOf = () => 1 }: AppOptions,
): Promise<LiveSource<unknown>> {
  if (streams === undefined) return source;
  const { name } = (await admit(request)).author;
  const weight = weightOf(request);
  streams.refuseMore(name, weight);
  return { ...source, open: (signal) => streams.counted(source.open(signal), name, weight) };
}

function refuseOtherMethods(app: Hono): void {
  const methods = new Map<string, readonly string[]>();
  for (const endpoint of Object.values(ENDPOINTS)) {
    methods.set(endpoint.path, [...(methods.get(endpoint.path) ?? []), endpoint.method]);
  }
  for (const [path, allowed] of methods) {
    app.all(path, (context) => {
      context.header('Allow', allowed.join(', '));
      const { method } = context.req;
      return refuse(context, {
        type: 'usage',
        status: 405,
        detail: `${method} does not go with ${context.req.path}, only ${allowed.join(' and ')}`,
      });
    });
  }
}

function answerError(context: Context, thrown: unknown, onBug: OnBug): Response {
  if (thrown instanceof Unsupported) {
    return refuse(context, { type: 'usage', status: 415, detail: thrown.message });
  }
  if (!(thrown instanceof Failure)) onBug(thrown, { method: context.req.method, path: context.req.path });
  return send(context, problemView(thrown));
}

function refuse(
  context: Context,
  what: { type: 'usage' | 'notFound'; status: number; detail: string },
): Response {
  return send(context, refusalView({ code: what.type, status: what.status, detail: what.detail }));
}

function send(context: Context, problem: ProblemView): Response {
  const { status, type } = problem;
  noteOutcome(context.req.raw, type);
  return new Response(JSON.stringify(problem), {
    status,
    headers: {
      ...Object.fromEntries(context.res.headers),
      ...(status === FAILURES.unauthenticated.http
        ? { 'www-authenticate': challenge(context.req.header('authorization')) }
        : {}),
      ...(status === FAILURES.tooMany.http ? { 'retry-after': '1' } : {}),
      'content-type': PROBLEM_TYPE,
    },
  });
}
