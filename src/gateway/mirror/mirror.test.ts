import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import {
  deadEndpoint,
  eventually,
  named,
  proxyFixture,
  readAll,
  route,
  send,
  sendRaw,
  type StartedProxy,
} from '../../../test/proxy.ts';
import { FULL_SHARE, type Share } from '../../base/share.ts';
import type { RevisionId } from '../../rollout/model.ts';
import type { CounterDelta, Endpoint, GatewayMirror } from '../protocol.ts';

const { upstream, proxy, closeAll } = proxyFixture();

afterEach(closeAll);

function mirror(endpoints: readonly Endpoint[], more: Partial<GatewayMirror> = {}): GatewayMirror {
  const revision = 'r1-new' as RevisionId;
  return {
    track: 'shadow',
    revision,
    share: FULL_SHARE,
    methods: ['GET', 'HEAD'],
    endpoints,
    ...more,
  };
}

/** What came to a workload. */
interface Seen extends Pick<IncomingMessage, 'method' | 'url' | 'headers'> {
  readonly body: string;
}

/** A workload that keeps what it is asked, then answers. */
function keeping(answer: RequestListener = named('copy')): { handler: RequestListener; seen: Seen[] } {
  const seen: Seen[] = [];
  const handler: RequestListener = (req, res) => {
    void readAll(req).then((body) => {
      seen.push({ method: req.method, url: req.url, headers: req.headers, body });
      answer(req, res);
    });
  };
  return { handler, seen };
}

/** A proxy that copies what `stable` answers to `shadow`, and what it has counted so far by track. */
async function copying(
  stable: RequestListener,
  shadow: readonly Endpoint[],
  more: Partial<GatewayMirror> = {},
): Promise<StartedProxy & { of: (track: string) => CounterDelta | undefined; sum: () => Counted }> {
  const ends = [(await upstream(stable)).endpoint];
  const started = await proxy([route(ends, { timeoutMs: 1_000, mirrors: [mirror(shadow, more)] })]);
  const sum: Counted = { requests: 0, errors: 0, originals: 0, dropped: {} };
  const of = (track: string): CounterDelta | undefined =>
    started.counted().find((delta) => delta.track === track);
  return {
    ...started,
    of,
    sum: () => {
      const delta = of('shadow');
      sum.requests += delta?.requests ?? 0;
      sum.errors += delta?.errors ?? 0;
      sum.originals += delta?.copies?.originals.requests ?? 0;
      for (const [reason, count] of Object.entries(delta?.copies?.dropped ?? {}))
        sum.dropped[reason] = (sum.dropped[reason] ?? 0) + count;
      return sum;
    },
  };
}

interface Counted {
  requests: number;
  errors: number;
  originals: number;
  readonly dropped: Record<string, number>;
}

describe('a mirror', () => {
  it('gets the request as it was, marked, and its answer goes nowhere', async () => {
    const { handler, seen } = keeping();
    const stable = keeping(named('stable'));
    const shadow = await upstream(handler);
    const gateway = await copying(stable.handler, [shadow.endpoint]);
    const headers = { host: 'shop.example', cookie: 'a=1', 'x-own': 'yes', 'x-request-id': 'one' };
    const { body } = await send(gateway.port, { path: '/cart?x=1', headers });
    expect(body).toBe('stable');
    await eventually(() => gateway.sum().requests === 1, 'the copy is counted');
    const [copy] = seen;
    const { 'coalmine-mirror': mark, connection: _, ...rest } = copy!.headers;
    const { connection: _also, ...original } = stable.seen[0]!.headers;
    expect(mark).toBe('true');
    expect([copy?.method, copy?.url]).toEqual(['GET', '/cart?x=1']);
    expect(rest).toEqual(original);
  });

  it('is sent a copy only once the user has the whole answer', async () => {
    const { handler, seen } = keeping();
    const shadow = await upstream(handler);
    let end: (() => void) | undefined;
    const slow: RequestListener = (_req, res) => {
      res.write('half');
      end = () => void res.end('whole');
    };
    const gateway = await copying(slow, [shadow.endpoint]);
    const answer = send(gateway.port);
    await eventually(() => end !== undefined, 'the request is under way');
    expect(seen).toEqual([]);
    end?.();
    expect((await answer).body).toBe('halfwhole');
    await eventually(() => seen.length === 1, 'the copy has come');
  });

  it('counts the copies beside the requests they are of, on tracks of their own', async () => {
    const failing: RequestListener = (_req, res) => void res.writeHead(500).end();
    const shadow = await upstream(failing);
    const gateway = await copying(named('ok'), [shadow.endpoint]);
    for (let i = 0; i < 10; i += 1) await send(gateway.port);
    const sums = { shadow: 0, errors: 0, originals: 0, failed: 0, stable: 0, assigned: 0 };
    await eventually(() => {
      for (const { track, requests, errors, assigned = 0, copies } of gateway.counted()) {
        sums.assigned += track === 'shadow' ? assigned : 0;
        sums.stable += track === 'stable' ? requests : 0;
        sums.shadow += track === 'shadow' ? requests : 0;
        sums.errors += errors;
        sums.originals += copies?.originals.requests ?? 0;
        sums.failed += copies?.originals.errors ?? 0;
      }
      return sums.shadow === 10;
    }, 'all copies are counted');
    expect(sums).toEqual({ shadow: 10, errors: 10, originals: 10, failed: 0, stable: 10, assigned: 0 });
  });

  it('gets no more than its share, of requests with its methods', async () => {
    const { handler, seen } = keeping();
    const shadow = await upstream(handler);
    const gateway = await copying(named('ok'), [shadow.endpoint], { share: 30_000 as Share });
    for (let i = 0; i < 300; i += 1) await send(gateway.port, { method: i % 3 === 0 ? 'POST' : 'GET' });
    await eventually(() => gateway.sum().requests === seen.length, 'all copies are counted');
    // 200 draws of 30 %: beyond these bounds once in a million.
    expect(seen.length).toBeGreaterThan(30);
    expect(seen.length).toBeLessThan(95);
    expect(new Set(seen.map(({ method }) => method))).toEqual(new Set(['GET']));
  });

  it('gets writing requests with their bodies where it asks for them, and none with a long body', async () => {
    const { handler, seen } = keeping();
    const shadow = await upstream(handler);
    const gateway = await copying(named('ok'), [shadow.endpoint], { methods: ['POST'] });
    await send(gateway.port, { method: 'POST', body: 'two shirts' });
    const chunked = { method: 'POST', headers: { 'transfer-encoding': 'chunked' }, body: 'in pieces' };
    await send(gateway.port, chunked);
    await send(gateway.port, { method: 'POST', body: 'x'.repeat(65 * 1024) });
    await eventually(() => gateway.sum().requests === 2, 'both copies are counted');
    expect(seen.map(({ body }) => body).sort()).toEqual(['in pieces', 'two shirts']);
    expect(gateway.sum().dropped).toMatchObject({ large: 1, busy: 0 });
  });

  it('that hangs takes no more than its bound, and users notice nothing', async () => {
    const open = { now: 0, most: 0 };
    const hang: RequestListener = (req) => {
      open.now += 1;
      open.most = Math.max(open.most, open.now);
      req.socket.once('close', () => (open.now -= 1));
    };
    const shadow = await upstream(hang);
    const gateway = await copying(named('ok'), [shadow.endpoint]);
    const answers = await Promise.all(Array.from({ length: 300 }, () => send(gateway.port)));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    await eventually(() => {
      const { requests, dropped } = gateway.sum();
      return requests + (dropped['busy'] ?? 0) === 300;
    }, 'every request was copied, and cut, or was not copied');
    const { requests, errors, originals } = gateway.sum();
    expect([errors, originals]).toEqual([requests, requests]);
    expect(requests).toBeGreaterThanOrEqual(128);
    expect(open.most).toBeLessThanOrEqual(128);
  });

  it('that breaks off, closes connections or is not there counts as failing, and users notice nothing', async () => {
    let calls = 0;
    const breaking: RequestListener = (_req, res) => {
      calls += 1;
      if (calls % 2 === 0) res.socket?.resetAndDestroy();
      else res.writeHead(200, { 'content-length': '100' }).write('half', () => res.socket?.destroy());
    };
    const gateway = await copying(named('ok'), [(await upstream(breaking)).endpoint, await deadEndpoint()]);
    for (let i = 0; i < 20; i += 1) expect((await send(gateway.port)).body).toBe('ok');
    await eventually(() => gateway.sum().requests === 20, 'all copies are counted');
    expect(gateway.sum()).toMatchObject({ errors: 20, originals: 20 });
  });

  it('without processes drops the copies, and says so', async () => {
    const gateway = await copying(named('ok'), []);
    await send(gateway.port);
    await eventually(() => gateway.sum().dropped['unserved'] === 1, 'it is counted as dropped');
    expect(gateway.sum()).toMatchObject({ requests: 0, originals: 0 });
  });

  it('gets nothing of requests that were not answered here', async () => {
    const { handler, seen } = keeping();
    const shadow = await upstream(handler);
    const reset: RequestListener = (_req, res) => void res.socket?.resetAndDestroy();
    const gateway = await copying(reset, [shadow.endpoint]);
    expect((await send(gateway.port)).status).toBe(502);
    await eventually(() => gateway.sum().dropped['unanswered'] === 1, 'it is counted as dropped');
    expect(seen).toEqual([]);
  });

  it('copies no copy, and believes in the mark only of proxies that are believed', async () => {
    const { handler, seen } = keeping();
    const shadow = await upstream(handler);
    const stable = keeping(named('ok'));
    const ends = [(await upstream(stable.handler)).endpoint];
    const routes = [route(ends, { mirrors: [mirror([shadow.endpoint])] })];
    const near = await proxy(routes);
    const headers = { 'coalmine-mirror': 'true' };
    await send(near.port, { headers });
    const far = await proxy(routes, {}, { believes: () => false });
    await send(far.port, { headers, path: '/far' });
    await eventually(() => seen.length === 1, 'one is copied');
    expect(seen[0]?.url).toBe('/far');
    expect(stable.seen.map((one) => one.headers['coalmine-mirror'])).toEqual(['true', undefined]);
  });

  it('gets no WebSocket', async () => {
    const { handler, seen } = keeping();
    const shadow = await upstream(handler);
    const { server, endpoint } = await upstream(named('ok'));
    server.on('upgrade', (_req, socket) => void socket.end('HTTP/1.1 403 Forbidden\r\n\r\n'));
    const gateway = await proxy([route([endpoint], { mirrors: [mirror([shadow.endpoint])] })]);
    const handshake =
      'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
    await sendRaw(gateway.port, handshake, '403');
    await send(gateway.port, { path: '/after' });
    await eventually(() => seen.length === 1, 'the request after it is copied');
    expect(seen[0]?.url).toBe('/after');
  });

  it('that closes kept connections is asked again, as it is for users', async () => {
    // Answers one request on each connection, promises another, and closes it.
    const closing = createServer((_req, res) => void res.end('ok'));
    closing.keepAliveTimeout = 1;
    await new Promise<void>((resolve) => closing.listen(0, '127.0.0.1', resolve));
    const address = closing.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const gateway = await copying(named('ok'), [{ id: 'closing', host: '127.0.0.1', port }]);
    for (let i = 0; i < 50; i += 1) await send(gateway.port);
    await eventually(() => gateway.sum().requests === 50, 'all copies are counted');
    expect(gateway.sum().errors).toBe(0);
    closing.close();
  });
});
