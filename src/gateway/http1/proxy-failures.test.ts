import { type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
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
  sendRaw,
} from '../../../test/proxy.ts';
import { FULL_SHARE } from '../../base/share.ts';

const { upstream, proxy, serving, closeAll } = proxyFixture();

afterEach(closeAll);

describe('what goes wrong is told apart', () => {
  const hang: RequestListener = () => undefined;
  const reset = (_req: IncomingMessage, res: ServerResponse): void => void res.socket?.resetAndDestroy();
  const half = (_req: IncomingMessage, res: ServerResponse): void => {
    res.writeHead(200, { 'content-length': '10' });
    res.write('half', () => res.socket?.resetAndDestroy());
  };

  it('a workload that does not answer in time: 504, its error', async () => {
    const started = await serving(hang, { timeoutMs: 100 });
    expect((await send(started.port)).status).toBe(504);
    expect(started.counted()).toMatchObject([{ requests: 1, errors: 1, codes: [0, 0, 0, 1, 0, 0] }]);
  });

  it('a workload that closes before it answers: 502, its error', async () => {
    const started = await serving(reset);
    expect((await send(started.port)).status).toBe(502);
    expect(started.counted()).toMatchObject([{ requests: 1, errors: 1, codes: [0, 0, 0, 1, 0, 0] }]);
  });

  it('a workload that speaks no HTTP: 502, its error', async () => {
    const started = await serving((_req, res) => res.socket?.end('garbage\r\n\r\n'));
    expect((await send(started.port)).status).toBe(502);
    expect(started.counted()).toMatchObject([{ requests: 1, errors: 1 }]);
  });

  it.each([
    ['reset', half, 5_000],
    [
      'silence',
      (_req: IncomingMessage, res: ServerResponse): void => {
        res.writeHead(200, { 'content-length': '10' });
        res.write('half');
      },
      100,
    ],
  ])(
    'a workload that breaks off in the body by %s: the client connection is cut, its error',
    async (_, handler, timeoutMs) => {
      const started = await serving(handler, { timeoutMs });
      await expect(send(started.port)).rejects.toThrow(/aborted|hang up|ECONNRESET/);
      expect(started.counted()).toMatchObject([{ requests: 1, errors: 1, codes: [0, 0, 0, 1, 0, 0] }]);
    },
  );

  it('an answer of 500 goes through and is its error', async () => {
    const started = await serving((_req, res) => res.writeHead(500).end('oops'));
    expect(await send(started.port)).toMatchObject({ status: 500, body: 'oops' });
    expect(started.counted()).toMatchObject([{ requests: 1, errors: 1 }]);
  });

  it('an answer of 404 is no error', async () => {
    const started = await serving((_req, res) => res.writeHead(404).end());
    await send(started.port);
    expect(started.counted()).toMatchObject([{ requests: 1, errors: 0, codes: [0, 0, 1, 0, 0, 0] }]);
  });

  it('a client that goes away: no error, and the workload is told to stop', async () => {
    let cancelled = false;
    const started = await serving((_req, res) => {
      res.on('close', () => (cancelled = true));
      res.write('first');
    });
    await sendRaw(started.port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', 'first');
    await eventually(() => cancelled, 'the workload sees the connection close');
    expect(started.counted()).toMatchObject([
      { requests: 1, errors: 0, codes: [0, 0, 0, 0, 1, 0], active: 0 },
    ]);
    expect(started.table.inflight()).toEqual({});
  });

  it('a client that takes nothing of a long answer: no error, and nothing waits for it for ever', async () => {
    let cancelled = false;
    const { endpoint } = await upstream((_req, res) => {
      res.on('close', () => (cancelled = true));
      res.write(Buffer.alloc(64 * 1024 * 1024));
    });
    const started = await proxy([route([endpoint])], { bodyIdleMs: 200 });
    const socket = connect(started.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.pause();
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await eventually(() => cancelled, 'the workload sees the connection close');
    socket.destroy();
    expect(started.counted()).toMatchObject([
      { requests: 1, errors: 0, codes: [0, 0, 0, 0, 1, 0], active: 0 },
    ]);
  });

  it('a client that goes away in the middle of its body: no error', async () => {
    let cancelled = false;
    const started = await serving((req) => {
      req.on('close', () => (cancelled = true));
      req.resume();
    });
    const socket = connect(started.port, '127.0.0.1');
    socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc');
    await eventually(() => Object.keys(started.table.inflight()).length > 0, 'the request is under way');
    socket.destroy();
    await eventually(() => cancelled, 'the workload sees the connection close');
    expect(started.counted()).toMatchObject([{ requests: 1, errors: 0, codes: [0, 0, 0, 0, 1, 0] }]);
  });
});

describe('when nobody listens at an endpoint', () => {
  it('another of the same part answers, with the whole body', async () => {
    const live = await upstream((req, res) => {
      void readAll(req).then((body) => res.end(`live ${body}`));
    });
    const dead = await deadEndpoint();
    const started = await proxy([route([dead, live.endpoint])]);
    for (let i = 0; i < 20; i += 1) {
      expect((await send(started.port, { method: 'POST', body: `body ${i}` })).body).toBe(`live body ${i}`);
    }
    expect(started.counted()).toMatchObject([{ requests: 20, errors: 0, active: 0 }]);
  });

  it('another part answers, and is the one that counts', async () => {
    const live = await upstream(named('stable'));
    const dead = await deadEndpoint();
    const parts = [part('stable', 10, [live.endpoint]), part('canary', FULL_SHARE - 10, [dead])];
    const started = await proxy([route([], { parts })]);
    for (let i = 0; i < 10; i += 1) expect((await send(started.port)).body).toBe('stable');
    const counted = started.counted();
    expect(counted.find(({ track }) => track === 'stable')).toMatchObject({ requests: 10, errors: 0 });
    expect(counted.find(({ track }) => track === 'canary')).toMatchObject({ requests: 0, errors: 0 });
    expect(counted.find(({ track }) => track === 'canary')?.connectFailures).toBeGreaterThan(0);
  });

  it('a part without weight never answers', async () => {
    const live = await upstream(named('canary'));
    const dead = await deadEndpoint();
    const parts = [part('stable', FULL_SHARE, [dead]), part('canary', 0, [live.endpoint])];
    const started = await proxy([route([], { parts })]);
    expect((await send(started.port)).status).toBe(502);
    expect(started.counted()).toMatchObject([
      { track: 'stable', requests: 1, errors: 1, connectFailures: 1 },
    ]);
  });

  it('a request that was sent is never sent again', async () => {
    let arrivals = 0;
    const handler: RequestListener = (_req, res) => {
      arrivals += 1;
      res.socket?.destroy();
    };
    const ends = await Promise.all([upstream(handler), upstream(handler)]);
    const started = await proxy([route(ends.map(({ endpoint }) => endpoint))]);
    expect((await send(started.port)).status).toBe(502);
    expect(arrivals).toBe(1);
  });
});

describe('a kept connection that the workload closes as a request comes', () => {
  /** Answers the first request of a connection and closes it at the second. */
  function closesSecond(onRequest: () => void): RequestListener {
    const seen = new WeakSet<object>();
    return (req, res) => {
      onRequest();
      if (seen.has(req.socket)) req.socket.destroy();
      else res.end('ok');
      seen.add(req.socket);
    };
  }

  it.each([
    ['a GET is sent once more', 'GET', undefined, 200, 3],
    ['a HEAD is sent once more', 'HEAD', undefined, 200, 3],
    ['a DELETE is not', 'DELETE', undefined, 502, 2],
    ['a POST is not', 'POST', 'body', 502, 2],
    ['a GET with a body is not', 'GET', 'body', 502, 2],
  ])('%s', async (...[, method, body, status, arrivals]) => {
    let count = 0;
    const started = await serving(closesSecond(() => (count += 1)));
    await send(started.port);
    const headers = body === undefined ? {} : { 'content-length': body.length };
    const answer = await send(started.port, { method, headers, ...(body === undefined ? {} : { body }) });
    expect(answer.status).toBe(status);
    expect(count).toBe(arrivals);
    const errors = status === 200 ? 0 : 1;
    expect(started.counted()).toMatchObject([{ requests: 2, errors, active: 0 }]);
    expect(started.table.inflight()).toEqual({});
  });

  it('is no second chance for a workload that dies of the request', async () => {
    let count = 0;
    const deadly: RequestListener = (req, res) => {
      count += 1;
      if (req.url !== '/deadly') res.end('ok');
      else {
        dying.server.close();
        dying.server.closeAllConnections();
      }
    };
    const dying = await upstream(deadly);
    const other = await upstream(named('other'));
    const parts = [part('stable', 0, [other.endpoint]), part('canary', FULL_SHARE, [dying.endpoint])];
    const started = await proxy([route([], { parts })]);
    await send(started.port);
    expect((await send(started.port, { path: '/deadly' })).status).toBe(502);
    expect(count).toBe(2);
    expect(started.counted()).toContainEqual(expect.objectContaining({ track: 'canary', errors: 1 }));
  });
});
