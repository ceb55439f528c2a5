import { createServer, type RequestListener } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import {
  deadEndpoint,
  eventually,
  named,
  part,
  proxyFixture,
  readAll,
  route,
  send,
} from '../../../test/proxy.ts';
import { FULL_SHARE } from '../../base/share.ts';
import type { RetryReason } from '../../rollout/traffic.ts';
import type { CounterDelta, GatewayRoute } from '../protocol.ts';

const { upstream, proxy, closeAll } = proxyFixture();

afterEach(closeAll);

const reset: RequestListener = (_req, res) => void res.socket?.resetAndDestroy();
const busy: RequestListener = (_req, res) => void res.writeHead(503).end('busy');
const hang: RequestListener = () => undefined;

function retries(attempts: number, ...on: readonly RetryReason[]): Pick<GatewayRoute, 'retries'> {
  return { retries: { attempts, on } };
}

/** Fails the first times, then answers. */
function failing(times: number, how: RequestListener): { handler: RequestListener; calls: () => number } {
  let calls = 0;
  const handler: RequestListener = (req, res) => {
    calls += 1;
    if (calls <= times) how(req, res);
    else named('ok')(req, res);
  };
  return { handler, calls: () => calls };
}

describe('a request that is safe to repeat', () => {
  it.each([
    ['broken connection', reset, 'connect', 5_000],
    ['answer of 5xx', busy, '5xx', 5_000],
    ['silence', hang, 'timeout', 100],
  ] as const)(
    'is sent again after a %s, and the failure counts all the same',
    async (...[, how, on, timeoutMs]) => {
      const { handler, calls } = failing(2, how);
      const { endpoint } = await upstream(handler);
      const started = await proxy([route([endpoint], { timeoutMs, ...retries(2, on) })]);
      expect(await send(started.port)).toMatchObject({ status: 200, body: 'ok' });
      expect(calls()).toBe(3);
      expect(started.counted()).toMatchObject([
        { requests: 3, errors: 2, codes: [1, 0, 0, 2, 0, 0], assigned: 1, retries: 2, active: 0 },
      ]);
      expect(started.table.inflight()).toEqual({});
    },
  );

  it('is sent no more often than that, and the client gets the last answer', async () => {
    const { handler, calls } = failing(9, busy);
    const { endpoint } = await upstream(handler);
    const started = await proxy([route([endpoint], retries(3, '5xx'))]);
    expect(await send(started.port)).toMatchObject({ status: 503, body: 'busy' });
    expect(calls()).toBe(4);
  });

  it.each([
    ['connect', busy, 503],
    ['5xx', reset, 502],
  ] as const)('is not sent again for what %s does not name', async (on, how, status) => {
    const { handler, calls } = failing(9, how);
    const { endpoint } = await upstream(handler);
    const started = await proxy([route([endpoint], retries(3, on))]);
    expect((await send(started.port)).status).toBe(status);
    expect(calls()).toBe(1);
  });

  it('goes to another process first, to another track before the same process', async () => {
    const [bad, good] = [await upstream(busy), await upstream(named('good'))];
    const within = await proxy([route([bad.endpoint, good.endpoint], retries(1, '5xx'))]);
    const answers = await Promise.all(Array.from({ length: 20 }, () => send(within.port)));
    expect(answers.map(({ body }) => body)).toEqual(answers.map(() => 'good'));

    const parts = [part('stable', 1, [good.endpoint]), part('canary', FULL_SHARE - 1, [bad.endpoint])];
    const across = await proxy([route([], { ...retries(1, '5xx'), parts })]);
    expect((await send(across.port)).body).toBe('good');
    const of = (track: string): CounterDelta | undefined => counted.find((delta) => delta.track === track);
    const counted = across.counted();
    expect(of('canary')).toMatchObject({ requests: 1, errors: 1, assigned: 1 });
    expect(of('stable')).toMatchObject({ requests: 1, errors: 0, assigned: 0 });
  });

  it('is not sent again once its answer has begun', async () => {
    let calls = 0;
    const { endpoint } = await upstream((_req, res) => {
      calls += 1;
      res.writeHead(200, { 'content-length': '10' });
      res.write('half', () => res.socket?.resetAndDestroy());
    });
    const started = await proxy([route([endpoint], retries(3, 'connect', '5xx', 'timeout'))]);
    await expect(send(started.port)).rejects.toThrow();
    expect(calls).toBe(1);
  });

  it('is forgotten with its client', async () => {
    const { handler, calls } = failing(99, busy);
    const { endpoint } = await upstream(handler);
    const started = await proxy([route([endpoint], retries(10, '5xx'))]);
    const socket = connect(started.port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await eventually(() => calls() > 1, 'it is being repeated');
    socket.resetAndDestroy();
    await eventually(() => started.connections() === 0, 'the client is gone');
    await eventually(() => Object.keys(started.table.inflight()).length === 0, 'nothing is under way');
    const before = calls();
    expect((await send(started.port, { method: 'POST' })).status).toBe(503);
    expect(calls()).toBe(before + 1);
  });
});

describe('a request that changes something', () => {
  it.each([
    ['POST', undefined],
    ['PUT', undefined],
    ['DELETE', undefined],
    ['GET', 'a body'],
  ])('%s is never sent twice', async (method, body) => {
    const { handler, calls } = failing(9, reset);
    const { endpoint } = await upstream(handler);
    const started = await proxy([route([endpoint], retries(5, 'connect', '5xx', 'timeout'))]);
    const headers = body === undefined ? {} : { 'content-length': String(body.length) };
    expect(
      (await send(started.port, { method, headers, ...(body === undefined ? {} : { body }) })).status,
    ).toBe(502);
    expect(calls()).toBe(1);
  });

  it('waits for a process that is about to listen, with its body whole', async () => {
    const endpoint = await deadEndpoint();
    const started = await proxy([route([endpoint], retries(10, 'connect'))]);
    const answer = send(started.port, { method: 'POST', body: 'order' });
    await eventually(
      () => started.counted().some(({ connectFailures }) => connectFailures > 0),
      'nobody was there',
    );
    const server = createServer((req, res) => {
      void readAll(req).then((body) => res.end(`got ${body}`));
    });
    await new Promise<void>((resolve) => server.listen(endpoint.port, '127.0.0.1', resolve));
    expect(await answer).toMatchObject({ status: 200, body: 'got order' });
    server.close().closeAllConnections();
  });

  it('is told that nobody is there when nobody comes', async () => {
    const started = await proxy([route([await deadEndpoint()], retries(2, 'connect'))]);
    expect((await send(started.port, { method: 'POST', body: 'order' })).status).toBe(502);
    expect(started.counted()).toMatchObject([
      { requests: 1, errors: 1, assigned: 1, retries: 2, connectFailures: 3 },
    ]);
  });
});

describe('many failing requests', () => {
  it('add no more than a fifth to the load, beyond a few', async () => {
    const { handler, calls } = failing(Infinity, busy);
    const { endpoint } = await upstream(handler);
    const started = await proxy([route([endpoint], retries(10, '5xx'))]);
    for (let i = 0; i < 10; i += 1) await Promise.all(Array.from({ length: 20 }, () => send(started.port)));
    expect(calls()).toBeGreaterThan(200);
    expect(calls()).toBeLessThanOrEqual(200 + 20 + 200 / 5);
  });
});
