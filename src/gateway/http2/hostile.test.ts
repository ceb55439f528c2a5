import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CertificateMaker } from '../../../test/certificates.ts';
import { RawHttp2, usual } from '../../../test/http2-frames.ts';
import { eventually, named, proxyFixture, route, type StartedProxy } from '../../../test/proxy.ts';
import type { PemCertificate } from '../protocol.ts';
import type { ProxyLimits } from '../http1/proxy-context.ts';

const { upstream, tlsProxy, closeAll } = proxyFixture();
const clients: RawHttp2[] = [];
let maker: CertificateMaker;
let shop: PemCertificate;
let seen: string[] = [];
let fields: string[] = [];

beforeAll(() => {
  maker = new CertificateMaker();
  shop = maker.make('shop.test');
});
afterAll(() => {
  maker.dispose();
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.socket.destroy();
  await closeAll();
});

async function serving(limits: Partial<ProxyLimits> = {}): Promise<StartedProxy> {
  seen = [];
  const { endpoint } = await upstream((req, res) => {
    fields = Object.keys(req.headers);
    seen.push(`${req.method ?? ''} ${req.url ?? ''} ${req.headers.host ?? ''}`);
    if (req.url !== '/hang') named('ok')(req, res);
  });
  return tlsProxy([route([endpoint], { tls: shop.files })], [shop], limits);
}

function client(port: number): RawHttp2 {
  const raw = new RawHttp2(port);
  clients.push(raw);
  return raw;
}

describe('requests of HTTP/2 that two servers could read differently', () => {
  const without = (name: string): (readonly [string, string])[] => usual().filter(([own]) => own !== name);

  it.each([
    ['a connection field', usual('/', ['connection', 'close'])],
    ['an encoding', usual('/', ['transfer-encoding', 'chunked'])],
    ['an upgrade', usual('/', ['upgrade', 'websocket'])],
    ['a length without a body', usual('/', ['content-length', '5'])],
    ['two lengths', usual('/', ['content-length', '0'], ['content-length', '0'])],
    ['another host', usual('/', ['host', 'evil.test'])],
    ['two hosts', usual('/', ['host', 'shop.test'], ['host', 'evil.test'])],
    ['a host with a user', [...without(':authority'), [':authority', 'a@shop.test'] as const]],
    ['a host with a path', [...without(':authority'), [':authority', 'shop.test/x'] as const]],
    ['no path', without(':path')],
    ['an empty path', usual('')],
    ['a path without a slash', usual('x')],
    ['two paths', usual('/', [':path', '/other'])],
    ['no method', without(':method')],
    ['a line break in the path', usual('/ HTTP/1.1\r\nHost: evil.test\r\n\r\nGET /smuggled')],
    ['a space in the path', usual('/a b')],
    ['capitals in a name', usual('/', ['X-A', 'b'])],
    ['a space in the method', [...without(':method'), [':method', 'GET /smuggled'] as const]],
    ['a pseudo field after the others', usual('/', ['x-a', 'b'], [':path', '/other'])],
    ['an unknown pseudo field', usual('/', [':evil', 'b'])],
  ])('are refused: %s', async (_, asked) => {
    const raw = client((await serving()).port);
    raw.ask(1, asked);
    await eventually(() => raw.isRefused(1) || raw.status(1) !== undefined, 'it is answered');
    expect([undefined, 400]).toContain(raw.status(1));
    expect(seen).toEqual([]);
  });

  it.each([
    ['a line break in a value', 'x-a', 'b\r\nx-c: d'],
    ['a NUL in a value', 'x-a', 'b\0c'],
    ['a line break in a name', 'x-a: b\r\nx-c', 'd'],
    ['a colon in a name', 'x-a:', 'b'],
  ])('lose a field that is none, with %s', async (...[, name, value]) => {
    const raw = client((await serving()).port);
    raw.ask(1, usual('/', [name, value], ['x-good', '1']));
    await eventually(() => raw.isRefused(1) || raw.status(1) !== undefined, 'it is answered');
    expect(fields.filter((field) => field.startsWith('x-') && !field.startsWith('x-forwarded'))).toEqual([
      'x-good',
      'x-request-id',
    ]);
  });

  it('are refused when they ask for a tunnel', async () => {
    const raw = client((await serving()).port);
    raw.ask(1, [
      [':method', 'CONNECT'],
      [':authority', 'shop.test:443'],
    ]);
    await eventually(() => raw.isRefused(1) || raw.status(1) !== undefined, 'it is answered');
    expect([undefined, 501]).toContain(raw.status(1));
    expect(seen).toEqual([]);
  });

  it('are no ordinary ones', async () => {
    const raw = client((await serving()).port);
    raw.ask(1, usual('/x?y', ['te', 'trailers'], ['host', 'shop.test']));
    await eventually(() => raw.status(1) !== undefined, 'it is answered');
    expect(raw.status(1)).toBe(200);
    expect(seen).toEqual(['GET /x?y shop.test']);
  });
});

describe('limits of HTTP/2', () => {
  it.each([
    ['many', Array.from({ length: 200 }, (_, i) => [`x-${i}`, 'a'] as const)],
    ['large', Array.from({ length: 40 }, (_, i) => [`x-${i}`, 'a'.repeat(900)] as const)],
  ])('refuse fields that are too %s', async (_, more) => {
    const raw = client((await serving()).port);
    raw.begin(1, usual('/', ...more.slice(0, 10)));
    for (let i = 10; i < more.length; i += 10) raw.goOn(1, more.slice(i, i + 10));
    raw.end(1);
    await eventually(() => raw.isRefused(1) || raw.status(1) !== undefined, 'it is answered');
    expect([undefined, 431]).toContain(raw.status(1));
    expect(seen).toEqual([]);
  });

  it('end a head that never ends', async () => {
    const raw = client((await serving()).port);
    raw.begin(1, usual());
    await eventually(() => {
      raw.goOn(1, [['x-a', 'a'.repeat(8_000)]]);
      return raw.closed;
    }, 'the connection is closed');
    expect(seen).toEqual([]);
  });

  it('end a connection where nothing whole comes, drop by drop', async () => {
    const started = await serving({ keepAliveMs: 300, headersMs: 300 });
    const raw = client(started.port);
    raw.begin(1, usual());
    const drops = setInterval(() => {
      raw.goOn(1, [['x-a', 'a']]);
    }, 20);
    await eventually(() => raw.closed, 'the connection is closed');
    clearInterval(drops);
  });

  it('end connections of clients that open and reset streams in masses, and others are served', async () => {
    const started = await serving({ keepAliveMs: 300, headersMs: 300 });
    const raw = client(started.port);
    raw.askAndReset(20_000, usual('/hang'));
    await eventually(() => raw.closed, 'the connection is closed');
    await eventually(() => Object.keys(started.table.inflight()).length === 0, 'nothing is under way');
    // The library lets a thousand at once pass.
    expect(started.counted()[0]?.requests).toBeLessThan(2_000);
    const other = client(started.port);
    other.ask(1, usual());
    await eventually(() => other.status(1) === 200, 'another client is served');
  });
});
