import { execFile } from 'node:child_process';
import { connect, constants, type ClientHttp2Session, type OutgoingHttpHeaders } from 'node:http2';
import type { RequestListener } from 'node:http';
import { promisify } from 'node:util';
import { Agent, request } from 'undici';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CertificateMaker } from '../../../test/certificates.ts';
import {
  eventually,
  named,
  part,
  proxyFixture,
  readAll,
  route,
  type StartedProxy,
} from '../../../test/proxy.ts';
import { FULL_SHARE } from '../../base/share.ts';
import type { GatewayRoute, PemCertificate } from '../protocol.ts';
import type { ProxyLimits } from '../http1/proxy-context.ts';

const { upstream, tlsProxy, closeAll } = proxyFixture();
const sessions: ClientHttp2Session[] = [];
let maker: CertificateMaker;
let shop: PemCertificate;

beforeAll(() => {
  maker = new CertificateMaker();
  shop = maker.make('shop.test');
});
afterAll(() => {
  maker.dispose();
});
afterEach(async () => {
  for (const session of sessions.splice(0)) session.destroy();
  await closeAll();
});

async function serving(
  handler: RequestListener,
  more: Partial<GatewayRoute> = {},
  limits: Partial<ProxyLimits> = {},
): Promise<StartedProxy> {
  const { endpoint } = await upstream(handler);
  return tlsProxy([route([endpoint], { tls: shop.files, ...more })], [shop], limits);
}

function session(port: number): ClientHttp2Session {
  const opened = connect(`https://127.0.0.1:${port}`, { ca: shop.cert, servername: 'shop.test' });
  opened.on('error', () => undefined);
  sessions.push(opened);
  return opened;
}

interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

function ask(from: ClientHttp2Session, headers: OutgoingHttpHeaders = {}, body?: string): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const stream = from.request({ ':path': '/', ':authority': 'shop.test', ...headers });
    stream.on('error', reject);
    stream.on('response', (answered) => {
      readAll(stream).then((text) => {
        resolve({ status: Number(answered[':status']), headers: answered, body: text });
      }, reject);
    });
    stream.end(body);
  });
}

/** The error code a stream is closed with. */
function closedWith(from: ClientHttp2Session, headers: OutgoingHttpHeaders = {}): Promise<number> {
  return new Promise((resolve) => {
    const stream = from.request({ ':path': '/', ':authority': 'shop.test', ...headers });
    stream.on('error', () => undefined).resume();
    stream.on('close', () => {
      resolve(stream.rstCode);
    });
    stream.end();
  });
}

const echo: RequestListener = (req, res) => {
  void readAll(req).then((body) => {
    res.setHeader('x-method', req.method ?? '');
    res.end(JSON.stringify({ path: req.url, headers: req.headers, body }));
  });
};

describe('a request of HTTP/2', () => {
  it('is served as any other, and the workload is told', async () => {
    const started = await serving(echo, { sticky: { cookie: 'cm' } });
    const { status, headers, body } = await ask(session(started.port), {
      ':path': '/a?b=c',
      cookie: ['a=1', 'b=2'],
    });
    expect(status).toBe(200);
    expect(headers['set-cookie']).toEqual([expect.stringMatching(/^cm=.*; Secure$/)]);
    expect(JSON.parse(body)).toMatchObject({
      path: '/a?b=c',
      headers: {
        host: 'shop.test',
        cookie: 'a=1; b=2',
        'x-forwarded-proto': 'https',
        'x-forwarded-host': 'shop.test',
      },
    });
    expect(started.counted()).toMatchObject([
      { requests: 1, errors: 0, codes: [1, 0, 0, 0, 0, 0], active: 0 },
    ]);
  });

  it.each([
    ['curl', (port: number) => curl(port, '--http2')],
    ['curl of HTTP/1.1', (port: number) => curl(port, '--http1.1')],
    ['undici', undiciAsk],
  ])('of %s is served', async (_, client) => {
    const started = await serving(named('ok'));
    expect(await client(started.port)).toBe('ok');
  });

  it('brings its body, with a length and without', async () => {
    const started = await serving(echo);
    const from = session(started.port);
    const body = 'x'.repeat(300_000);
    const whole = await ask(from, { ':method': 'POST', 'content-length': body.length }, body);
    expect(JSON.parse(whole.body)).toMatchObject({ body, headers: { 'content-length': '300000' } });
    const open = await ask(from, { ':method': 'PUT' }, body);
    expect(open.headers['x-method']).toBe('PUT');
    expect(JSON.parse(open.body)).toMatchObject({ body });
  });

  it('gets the answer as the workload sent it, but for what belongs to its connection', async () => {
    const started = await serving((_req, res) => {
      res.writeHead(418, 'Short', {
        'set-cookie': ['a=1', 'b=2'],
        'X-A': ['1', '2'],
        connection: 'x-hop',
        'x-hop': '1',
      });
      res.end('tea');
    });
    const { status, headers, body } = await ask(session(started.port));
    expect({ status, body }).toEqual({ status: 418, body: 'tea' });
    expect(headers).toMatchObject({ 'set-cookie': ['a=1', 'b=2'], 'x-a': '1, 2' });
    expect(headers).not.toHaveProperty('x-hop');
    expect(headers).not.toHaveProperty('transfer-encoding');
  });

  it.each([
    ['HEAD', 'HEAD', 200, { 'content-length': '42' }],
    ['204', 'GET', 204, {}],
    ['304', 'GET', 304, { etag: '"a"' }],
  ])('gets no body for %s', async (...[, method, status, headers]) => {
    const started = await serving((_req, res) => res.writeHead(status, headers).end());
    const from = session(started.port);
    expect(await ask(from, { ':method': method })).toMatchObject({ status, body: '', headers });
    expect((await ask(from, { ':method': method })).status).toBe(status);
  });

  it('gets an answer of any length, many of them at once, in whatever order they come', async () => {
    const started = await serving((req, res) => {
      const size = Number(req.url?.slice(1));
      setTimeout(() => res.end(Buffer.alloc(size, 'x')), 50 - size / 100_000);
    });
    const from = session(started.port);
    const sizes = Array.from({ length: 60 }, (_, i) => i * 20_000);
    const answers = await Promise.all(sizes.map((size) => ask(from, { ':path': `/${size}` })));
    expect(answers.map(({ body }) => body.length)).toEqual(sizes);
    expect(started.counted()).toMatchObject([{ requests: 60, errors: 0, active: 0 }]);
  });

  it('keeps its user on a track, and is sent again as any other', async () => {
    const [good, bad] = [
      await upstream(named('good')),
      await upstream((_req, res) => res.writeHead(503).end()),
    ];
    const parts = [part('stable', 1, [good.endpoint]), part('canary', FULL_SHARE - 1, [bad.endpoint])];
    const retries = { attempts: 1, on: ['5xx' as const] };
    const started = await tlsProxy([route([], { tls: shop.files, parts, retries })], [shop]);
    expect((await ask(session(started.port))).body).toBe('good');
  });

  it('without a route is told so', async () => {
    const started = await serving(named('ok'), { host: 'shop.test' });
    const from = session(started.port);
    expect((await ask(from, { ':authority': 'other.test' })).status).toBe(404);
    expect((await ask(from)).status).toBe(200);
  });

  it('with a body that nobody wants gets its answer at once', async () => {
    const started = await serving(named('ok'), { host: 'shop.test' });
    const stream = session(started.port).request({
      ':method': 'POST',
      ':path': '/',
      ':authority': 'other.test',
    });
    const status = new Promise((resolve) => {
      stream.on('response', (headers) => {
        resolve(headers[':status']);
      });
    });
    stream.on('error', () => undefined).write('first');
    expect(await status).toBe(404);
    stream.destroy();
  });
});

describe('what goes wrong with HTTP/2 is told apart', () => {
  it.each([
    ['with a length', { 'content-length': '10' }],
    ['in chunks', {}],
  ])(
    'a workload that breaks off an answer %s ends its stream alone, and never as if it were whole',
    async (_, length) => {
      const started = await serving((req, res) => {
        if (req.url === '/good') {
          res.end('good');
          return;
        }
        res.writeHead(200, length);
        res.write('half', () => res.socket?.resetAndDestroy());
      });
      const from = session(started.port);
      expect(await closedWith(from)).toBe(constants.NGHTTP2_INTERNAL_ERROR);
      expect((await ask(from, { ':path': '/good' })).body).toBe('good');
      expect(started.counted()).toMatchObject([{ requests: 2, errors: 1, codes: [1, 0, 0, 1, 0, 0] }]);
    },
  );

  it('a client that resets its stream is no error, and the workload is told to stop', async () => {
    let cancelled = 0;
    const started = await serving((_req, res) => {
      res.on('close', () => (cancelled += 1));
    });
    const stream = session(started.port).request({ ':path': '/', ':authority': 'shop.test' });
    stream.on('error', () => undefined);
    await eventually(() => Object.keys(started.table.inflight()).length > 0, 'it is under way');
    stream.close(constants.NGHTTP2_CANCEL);
    await eventually(() => cancelled === 1, 'the workload is told');
    expect(started.counted()).toMatchObject([
      { requests: 1, errors: 0, codes: [0, 0, 0, 0, 1, 0], active: 0 },
    ]);
  });

  it('a client that goes away ends all its requests', async () => {
    const started = await serving(() => undefined);
    const from = session(started.port);
    for (let i = 0; i < 10; i += 1) void closedWith(from);
    await eventually(() => Object.values(started.table.inflight())[0] === 10, 'they are under way');
    from.destroy();
    await eventually(() => Object.keys(started.table.inflight()).length === 0, 'nothing is under way');
  });

  it('a body that stops coming is the client’s fault', async () => {
    const started = await serving((req) => void req.resume(), {}, { bodyIdleMs: 200 });
    const stream = session(started.port).request({
      ':method': 'POST',
      ':path': '/',
      ':authority': 'shop.test',
    });
    const status = new Promise((resolve) => {
      stream.on('response', (headers) => {
        resolve(headers[':status']);
      });
    });
    stream.on('error', () => undefined).write('first');
    expect(await status).toBe(408);
    expect(started.counted()).toMatchObject([{ requests: 1, errors: 0 }]);
  });

  it('a client that takes nothing of its answer loses it', async () => {
    const started = await serving((_req, res) => res.end(Buffer.alloc(10_000_000)), {}, { bodyIdleMs: 200 });
    const stream = session(started.port).request({ ':path': '/', ':authority': 'shop.test' });
    stream.on('error', () => undefined).pause();
    await eventually(() => started.counted().some(({ codes }) => codes[4] === 1), 'it is given up');
    await eventually(() => Object.keys(started.table.inflight()).length === 0, 'nothing is under way');
  });

  it('an answer that HTTP/2 cannot carry is refused to this client alone', async () => {
    const started = await serving((req, res) => {
      if (req.url === '/good') res.end('good');
      else res.socket?.end('HTTP/1.1 200 OK\r\n:bad: 1\r\nContent-Length: 0\r\n\r\n');
    });
    const from = session(started.port);
    await ask(from).catch(() => undefined);
    expect((await ask(from, { ':path': '/good' })).body).toBe('good');
  });
});

describe('connections of HTTP/2', () => {
  it('end when nothing is asked for a while, whatever else their clients send', async () => {
    const started = await serving(named('ok'), {}, { keepAliveMs: 200, headersMs: 200 });
    const from = session(started.port);
    await ask(from);
    const pings = setInterval(() => {
      if (!from.destroyed) from.ping(() => undefined);
    }, 20);
    await eventually(() => started.connections() === 0, 'it is closed');
    clearInterval(pings);
  });

  it('take so many requests at once and no more', async () => {
    const started = await serving(() => undefined);
    const from = session(started.port);
    await new Promise((resolve) => from.once('remoteSettings', resolve));
    expect(from.remoteSettings).toMatchObject({ maxConcurrentStreams: 100, enablePush: false });
    for (let i = 0; i < 150; i += 1) void closedWith(from);
    await eventually(() => Object.values(started.table.inflight())[0] === 100, 'so many are under way');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(Object.values(started.table.inflight())).toEqual([100]);
  });
});

async function curl(port: number, version: string): Promise<string> {
  const place = ['--cacert', shop.files.certificate, '--resolve', `shop.test:${port}:127.0.0.1`];
  const args = ['--silent', '--show-error', '--fail', version, ...place, `https://shop.test:${port}/`];
  return (await promisify(execFile)('curl', args)).stdout;
}

async function undiciAsk(port: number): Promise<string> {
  const agent = new Agent({ allowH2: true, connect: { ca: shop.cert, servername: 'shop.test' } });
  const { body } = await request(`https://127.0.0.1:${port}/`, {
    dispatcher: agent,
    headers: { host: 'shop.test' },
  });
  const text = await body.text();
  await agent.close();
  return text;
}
