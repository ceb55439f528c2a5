import { afterEach, describe, expect, it } from 'vitest';
import { named, proxyFixture, route, send, sendRaw } from '../../../test/proxy.ts';
import { handshake } from '../../../test/websocket.ts';

const { upstream, proxy, closeAll } = proxyFixture();

afterEach(closeAll);

const tls = { certificate: '/cert.pem', key: '/key.pem' };

async function redirecting(securePort: number | undefined, believed = true): Promise<number> {
  const { endpoint } = await upstream(named('served'));
  const routes = [
    route([endpoint], { host: 'shop.test', tls, withoutTls: 'redirect' }),
    route([endpoint], { rollout: 'both', host: 'both.test', tls }),
  ];
  const started = await proxy(routes, {}, { securePort: () => securePort, believes: () => believed });
  return started.port;
}

describe('a request without TLS', () => {
  it.each([
    ['shop.test', 443, 'https://shop.test/a?b=c'],
    ['shop.test', 8443, 'https://shop.test/a?b=c'],
    ['shop.test:8080', 8443, 'https://shop.test:8443/a?b=c'],
    ['SHOP.test.:80', 443, 'https://shop.test/a?b=c'],
  ])('to %s is sent to the same place with TLS, where that is port %i', async (host, port, location) => {
    const answer = await send(await redirecting(port), { path: '/a?b=c', method: 'POST', headers: { host } });
    expect(answer).toMatchObject({ status: 308, headers: { location } });
  });

  it('is refused while nothing listens for TLS', async () => {
    const answer = await send(await redirecting(undefined), { headers: { host: 'shop.test:8080' } });
    expect(answer.status).toBe(403);
  });

  it('is served where the route serves both', async () => {
    expect((await send(await redirecting(8443), { headers: { host: 'both.test' } })).body).toBe('served');
  });

  it('is served when a proxy that is believed says that it came over TLS, and only then', async () => {
    const headers = { host: 'shop.test', 'x-forwarded-proto': 'HTTPS' };
    expect((await send(await redirecting(8443), { headers })).body).toBe('served');
    expect((await send(await redirecting(8443, false), { headers })).status).toBe(308);
  });

  it('for a WebSocket is sent there too', async () => {
    const bytes = handshake().replace('Host: a', 'Host: shop.test');
    expect(await sendRaw(await redirecting(443), bytes)).toMatch(
      /^HTTP\/1\.1 308[^]*https:\/\/shop\.test\/chat/,
    );
  });

  it('never leads to a place the client has put together', async () => {
    const port = await redirecting(443);
    for (const target of ['//evil.test/', '/\\evil.test', '/%0d%0aSet-Cookie:a=b']) {
      const answer = await sendRaw(
        port,
        `GET ${target} HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n\r\n`,
      );
      expect(answer).toMatch(/Location: https:\/\/shop\.test\//);
    }
  });
});
