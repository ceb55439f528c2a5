import { Hono, type Context } from 'hono';
import { formatDuration } from '../base/duration.ts';
import { Failure } from '../base/failure.ts';
import { ENDPOINTS } from './endpoints.ts';
import { jsonBody, Unsupported } from './json-body.ts';
import { liveBody } from './live-body.ts';
import { LIVE_ROUTES, type LiveRoute } from './live-routes.ts';
import type { Operations } from './operations.ts';
import { PROBLEM_TYPE, problemView, refusalView } from './problem.ts';
import type { ProblemView } from './resources.ts';
import { ROUTES, type Route } from './routes.ts';
import { upload } from './uploading.ts';

/** Told of every error that is not a `Failure`, before the client is told that there was one. */
export type OnBug = (thrown: unknown, request: { readonly method: string; readonly path: string }) => void;

/** What the API is made of. */
export interface AppOptions {
  /** What whoever sent a request may do. Throws Failure `notPermitted` for who may not come in. */
  readonly operationsFor: (request: Request) => Promise<Operations>;
  readonly onBug: OnBug;
  /** Silence on a live stream after which a heartbeat is sent. */
  readonly heartbeatMs: number;
}

/** The API as a function of requests; it listens nowhere. */
export function createApp(options: AppOptions): Hono {
  const app = new Hono();
  for (const route of ROUTES) {
    app.on(route.endpoint.method, route.endpoint.path, (context) => answer(context, route, options));
  }
  const { upload: uploading } = ENDPOINTS;
  app.on(uploading.method, uploading.path, async (context) => {
    const operations = await options.operationsFor(context.req.raw);
    const sent = upload(operations, context.req.raw, context.req.query());
    return Response.json(await inTime(sent, { endpoint: uploading }));
  });
  for (const route of LIVE_ROUTES) {
    app.on(route.endpoint.method, route.endpoint.path, (context) => answerLive(context, route, options));
  }
  refuseOtherMethods(app);
  app.notFound((context) =>
    refuse(context, { type: 'notFound', status: 404, detail: `there is nothing at ${context.req.path}` }),
  );
  app.onError((thrown, context) => answerError(context, thrown, options.onBug));
  return app;
}

async function answer(context: Context, route: Route, { operationsFor }: AppOptions): Promise<Response> {
  const operations = await operationsFor(context.req.raw);
  const body = route.takesBody ? await jsonBody(context.req.raw) : undefined;
  const incoming = { params: context.req.param(), query: context.req.query(), body };
  const value = await inTime(route.handle(operations, incoming), route);
  return value === undefined ? context.body(null, 204) : Response.json(value);
}

async function answerLive(context: Context, route: LiveRoute, options: AppOptions): Promise<Response> {
  const operations = await options.operationsFor(context.req.raw);
  const source = await inTime(
    route.begin(operations, {
      name: context.req.param('name') ?? '',
      query: context.req.query(),
      lastEventId: context.req.header('last-event-id'),
    }),
    route,
  );
  const { method, path } = context.req;
  const body = liveBody({
    ...source,
    heartbeatMs: options.heartbeatMs,
    admit: () => options.operationsFor(context.req.raw),
    onError: (thrown) => {
      if (!(thrown instanceof Failure)) options.onBug(thrown, { method, path });
    },
  });
  return new Response(body, { headers: { 'content-type': route.contentType, 'cache-control': 'no-store' } });
}

async function inTime<T>(work: Promise<T>, { endpoint }: Pick<Route, 'endpoint'>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const limit = formatDuration(endpoint.timeoutMs);
      reject(
        new Failure('timedOut', `${endpoint.method} ${endpoint.path} took longer than ${limit}`, {
          hint: 'It may still be going on: look with "coalmine get".',
        }),
      );
    }, endpoint.timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function refuseOtherMethods(app: Hono): void {
  const methods = new Map<string, readonly string[]>();
  for (const { endpoint } of [...ROUTES, ...LIVE_ROUTES, { endpoint: ENDPOINTS.upload }]) {
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
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: { ...Object.fromEntries(context.res.headers), 'content-type': PROBLEM_TYPE },
  });
}
