import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Failure, FAILURES, messageOf } from '../../base/failure.ts';
import { isJsonObject } from '../../base/json.ts';
import { boundedText } from '../../system/bounded-text.ts';
import type { Master } from './master.ts';
import { readSuccessionOrder, type SuccessionOrder } from './succession.ts';

const MAX_BODY_BYTES = 16 * 1024 * 1024;
const BODY_WITHIN_MS = 10_000;
const DEFAULT_DRAIN_MS = 10_000;
const MAX_DRAIN_MS = 600_000;

/** What answers on the control socket. */
export interface ControlServerOptions {
  /** Resolves when the gateway serves what it had saved. */
  readonly master: Promise<Master>;
  /** Called once an order to stop has been acknowledged. */
  readonly onStop: (drainMs: number) => void;
  /** Hands over to a new master; answers its pid. */
  readonly onSuccession: (order: SuccessionOrder) => Promise<number>;
}

interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

type Operation = (request: { master: Master; url: URL; req: IncomingMessage }) => Promise<Reply>;

/** The control API, not listening yet. */
export function controlServer(options: ControlServerOptions): Server {
  const operations: Readonly<Record<string, Operation>> = {
    'GET /state': ({ master }) => Promise.resolve(json(200, master.state())),
    'PUT /config': async ({ master, req }) => json(200, await master.apply(await readJson(req))),
    'GET /counters': async ({ master, url }) =>
      json(200, await master.counters(url.searchParams.get('rollout') ?? undefined)),
    'GET /inflight': async ({ master }) => json(200, await master.inflight()),
    'GET /metrics': async ({ master }) => ({
      status: 200,
      type: 'text/plain; version=0.0.4; charset=utf-8',
      body: await master.metrics(),
    }),
    'POST /succession': async ({ req }) => {
      const order = readSuccessionOrder(await readJson(req));
      return json(200, { pid: await options.onSuccession(order) });
    },
    'POST /stop': async ({ req }) => {
      const drainMs = drainOf(await readJson(req));
      options.onStop(drainMs);
      return json(202, { pid: process.pid, drainMs });
    },
  };
  return createServer({ requestTimeout: BODY_WITHIN_MS, headersTimeout: BODY_WITHIN_MS }, (req, res) => {
    void handle(req, operations, options.master).then((reply) => {
      send(res, reply);
    });
  });
}

async function handle(
  req: IncomingMessage,
  operations: Readonly<Record<string, Operation>>,
  starting: Promise<Master>,
): Promise<Reply> {
  try {
    const url = new URL(req.url ?? '/', 'http://control');
    const name = `${req.method ?? ''} ${url.pathname}`;
    const operation = operations[name];
    if (operation === undefined) throw new Failure('notFound', `the gateway has no operation ${name}`);
    return await operation({ master: await starting, url, req });
  } catch (error) {
    return errorReply(error);
  }
}

function errorReply(error: unknown): Reply {
  const failure = error instanceof Failure ? error : new Failure('bug', messageOf(error), { cause: error });
  const { code, message, hint } = failure;
  return json(FAILURES[code].http, { error: { code, message, hint } });
}

async function readJson(req: IncomingMessage): Promise<unknown> {
  const tooLarge = (): Failure =>
    new Failure('tooLarge', `a gateway config may have ${MAX_BODY_BYTES} bytes`);
  const text = await boundedText(req, MAX_BODY_BYTES, tooLarge);
  try {
    return text === '' ? {} : JSON.parse(text);
  } catch (cause) {
    throw new Failure('usage', `the body is not JSON: ${messageOf(cause)}`, { cause });
  }
}

function drainOf(body: unknown): number {
  const drainMs = isJsonObject(body) ? (body['drainMs'] ?? DEFAULT_DRAIN_MS) : DEFAULT_DRAIN_MS;
  if (typeof drainMs !== 'number' || !(drainMs >= 0) || drainMs > MAX_DRAIN_MS) {
    throw new Failure('usage', `drainMs must be a number from 0 to ${MAX_DRAIN_MS}`);
  }
  return drainMs;
}

function json(status: number, value: unknown): Reply {
  return { status, type: 'application/json', body: JSON.stringify(value) };
}

function send(res: ServerResponse, reply: Reply): void {
  res.writeHead(reply.status, {
    'content-type': reply.type,
    'content-length': Buffer.byteLength(reply.body),
  });
  res.end(reply.body);
}
