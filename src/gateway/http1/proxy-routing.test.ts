import { type IncomingMessage } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { named, proxyFixture, route, send, sendRaw } from '../../../test/proxy.ts';
import { isLoopback } from './client-address.ts';

const { upstream, proxy, serving, closeAll } = proxyFixture();

afterEach(closeAll);

describe('finding the route', () => {
  it.each([
    ['shop.example', '/', 'shop'],
    ['SHOP.example:8080', '/', 'shop'],
    ['shop.example.', '/', 'shop'],
    ['shop.example', '/cart', 'cart'],
    ['shop.example', '/cart/', 'cart'],
    ['shop.example', '/cart/items?x=1', 'cart'],
    ['shop.example', '/cart?x=1', 'cart'],
    ['shop.example', '/cartoons', 'shop'],
    ['other.example', '/', '404'],
    ['other.example', '/open', 'open'],
    ['only.example', '/deep/er', 'only'],
    ['only.example', '/open', 'open'],
    ['only.example', '/', '404'],
  ])('%s%s leads to %s', async (host, path, expected) => {
    const ends = await Promise.all(['shop', 'cart', 'open', 'only'].map((name) => upstream(named(name))));
    const [shop, cart, openEnd, only] = ends.map(({ endpoint }) => [endpoint]);
    const { port } = await proxy([
      route(shop ?? [], { rollout: 'shop', host: 'shop.example' }),
      route(cart ?? [], { rollout: 'cart', host: 'shop.example', path: '/cart' }),
      route(openEnd ?? [], { rollout: 'open', path: '/open' }),
      route(only ?? [], { rollout: 'only', host: 'only.example', path: '/deep' }),
    ]);
    const answer = await send(port, { path, headers: { host } });
    expect(answer.status === 404 ? '404' : answer.body).toBe(expected);
  });

  it('says 503 and when to come back while nothing runs', async () => {
    const { port } = await proxy([route([])]);
    const answer = await send(port);
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toBe('1');
  });

  it('says 503 for a route without parts', async () => {
    const { port } = await proxy([route([], { parts: [] })]);
    expect((await send(port)).status).toBe(503);
  });
});

describe('what the workload is told', () => {
  async function headersSeen(
    headers: Record<string, string | string[]>,
  ): Promise<IncomingMessage['headers']> {
    const { port } = await serving((req, res) => res.end(JSON.stringify(req.headers)));
    return JSON.parse((await send(port, { headers })).body) as IncomingMessage['headers'];
  }

  it('the host, the client and the protocol', async () => {
    expect(await headersSeen({ host: 'Shop.example:81' })).toMatchObject({
      host: 'Shop.example:81',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'Shop.example:81',
    });
  });

  it('nothing a client from elsewhere says about itself', async () => {
    const { endpoint } = await upstream((req, res) => res.end(JSON.stringify(req.headers)));
    const { port } = await proxy([route([endpoint])], {}, { believes: () => false });
    const forged = {
      'x-forwarded-for': '9.9.9.9',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'front',
      'x-forwarded-port': '443',
      x_forwarded_for: '9.9.9.9',
      'x-real-ip': '9.9.9.9',
      forwarded: 'for=9.9.9.9',
    };
    const seen = JSON.parse((await send(port, { headers: { host: 'a', ...forged } })).body) as object;
    expect(seen).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'a',
    });
    for (const name of ['x-forwarded-port', 'x_forwarded_for', 'x-real-ip', 'forwarded']) {
      expect(seen).not.toHaveProperty(name);
    }
  });

  it.each([
    ['127.0.0.1', true],
    ['127.8.0.1', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['192.0.2.7', false],
    ['::ffff:192.0.2.7', false],
    ['2001:db8::1', false],
    ['', false],
  ])('the word of a proxy at %s: %s', (address, believed) => {
    expect(isLoopback(address)).toBe(believed);
  });

  it('what proxies on the same machine have said', async () => {
    const told = {
      'x-forwarded-for': '9.9.9.9',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'front',
      'x-real-ip': '9.9.9.9',
      forwarded: 'for=9.9.9.9',
    };
    expect(await headersSeen({ host: 'a', ...told })).toMatchObject({
      ...told,
      'x-forwarded-for': '9.9.9.9, 127.0.0.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'front',
    });
  });

  it('nothing that belongs to the client connection', async () => {
    const seen = await headersSeen({
      connection: 'close, X-Secret, Host, X-Forwarded-For',
      'x-secret': '1',
      'keep-alive': 'timeout=1',
      te: 'trailers',
      'proxy-authorization': 'Basic abc',
      'proxy-connection': 'close',
      'x-kept': '2',
    });
    expect(seen).toMatchObject({ 'x-kept': '2', 'x-forwarded-for': '127.0.0.1', connection: 'keep-alive' });
    for (const name of ['x-secret', 'keep-alive', 'te', 'proxy-authorization', 'proxy-connection']) {
      expect(seen).not.toHaveProperty(name);
    }
    expect(seen.host).toBeDefined();
  });

  it('the host of a URL in the request line instead of the Host field', async () => {
    const { port } = await serving((req, res) => res.end(req.headers.host));
    const answer = await sendRaw(
      port,
      'GET http://real/ HTTP/1.1\r\nHost: fake\r\nConnection: close\r\n\r\n',
    );
    expect(answer).toMatch(/real$/);
  });

  it('bytes beyond ASCII as they came', async () => {
    const { port } = await serving((req, res) => {
      res.setHeader('x-back', req.headers['x-name'] ?? '');
      res.end();
    });
    expect((await send(port, { headers: { 'x-name': 'J\xf6rg' } })).headers['x-back']).toBe('J\xf6rg');
  });
});
