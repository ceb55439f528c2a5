import { execFile } from 'node:child_process';
import { request } from 'node:https';
import { connect as connectTcp } from 'node:net';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CertificateMaker } from '../../../test/certificates.ts';
import {
  eventually,
  named,
  proxyFixture,
  readAll,
  route,
  sendRaw,
  type Answer,
} from '../../../test/proxy.ts';
import { handshake, webSocketWorkload } from '../../../test/websocket.ts';
import type { GatewayRoute, PemCertificate } from '../protocol.ts';

const { upstream, tlsProxy, closeAll } = proxyFixture();
let maker: CertificateMaker;
let shop: PemCertificate;
let blog: PemCertificate;
let other: PemCertificate;

beforeAll(() => {
  maker = new CertificateMaker();
  [shop, blog, other] = [
    maker.make('shop.test'),
    maker.make('blog.test'),
    maker.make('other.test', '127.0.0.1'),
  ];
});
afterAll(() => {
  maker.dispose();
});
afterEach(closeAll);

/** A route for one host with its certificate. */
function secure(host: string, { files }: PemCertificate, ends: Parameters<typeof route>[0]): GatewayRoute {
  return route(ends, { rollout: host, host, tls: files });
}

function ask(port: number, { host = 'shop.test', ca = shop.cert, path = '/' } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({
      host: '127.0.0.1',
      port,
      path,
      servername: host,
      ca,
      headers: { host },
      agent: false,
    });
    outgoing.on('error', reject).on('response', (incoming) => {
      readAll(incoming).then((body) => {
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body });
      }, reject);
    });
    outgoing.end();
  });
}

/** A connection with its handshake done. */
function handshaken(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options }, () => {
      resolve(socket);
    });
    socket.on('error', reject);
    socket.on('close', () => {
      reject(new Error('closed'));
    });
  });
}

async function shownTo(port: number, servername?: string): Promise<string> {
  const socket = await handshaken(port, servername === undefined ? {} : { servername });
  const { subjectaltname = '' } = socket.getPeerCertificate();
  socket.destroy();
  return /DNS:([\w.]+)/.exec(subjectaltname)?.[1] ?? '';
}

describe('over TLS', () => {
  it('a request is served as any other, and the workload is told', async () => {
    const { endpoint } = await upstream((req, res) => res.end(JSON.stringify(req.headers)));
    const started = await tlsProxy(
      [{ ...secure('shop.test', shop, [endpoint]), sticky: { cookie: 'cm' } }],
      [shop],
    );
    const answer = await ask(started.port);
    expect(JSON.parse(answer.body)).toMatchObject({ 'x-forwarded-proto': 'https', host: 'shop.test' });
    expect(answer.headers['set-cookie']?.[0]).toMatch(/; Secure$/);
    expect(started.counted()).toMatchObject([{ requests: 1, errors: 0 }]);
  });

  it('curl is served, and checks the certificate', async () => {
    const { endpoint } = await upstream(named('ok'));
    const started = await tlsProxy([secure('shop.test', shop, [endpoint])], [shop]);
    const curl = (host: string): Promise<{ stdout: string }> =>
      promisify(execFile)('curl', [
        ...['--silent', '--show-error', '--fail', '--http1.1', '--cacert', shop.files.certificate],
        ...['--resolve', `${host}:${started.port}:127.0.0.1`, `https://${host}:${started.port}/`],
      ]);
    expect((await curl('shop.test')).stdout).toBe('ok');
    await expect(curl('blog.test')).rejects.toThrow();
  });

  it('a WebSocket is opened', async () => {
    const workload = await webSocketWorkload();
    const started = await tlsProxy([secure('shop.test', shop, [workload.endpoint])], [shop]);
    const socket = await handshaken(started.port, { servername: 'shop.test' });
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
    socket.write(handshake().replace('Host: a', 'Host: shop.test'));
    await eventually(() => text.includes(' 101 '), 'it is open');
    socket.write('echo');
    await eventually(() => text.endsWith('echo'), 'it came back');
    socket.destroy();
    await eventually(() => workload.sockets.size === 0, 'the workload sees the end');
    await workload.close();
  });

  it('each host has its own certificate', async () => {
    const { endpoint } = await upstream(named('ok'));
    const started = await tlsProxy(
      [secure('shop.test', shop, [endpoint]), secure('blog.test', blog, [endpoint])],
      [shop, blog],
    );
    expect(await shownTo(started.port, 'blog.test')).toBe('blog.test');
    expect(await shownTo(started.port, 'SHOP.test')).toBe('shop.test');
  });

  it('a host that nobody serves gets no certificate, one that asks for an address gets the first', async () => {
    const { endpoint } = await upstream(named('ok'));
    const started = await tlsProxy([secure('shop.test', shop, [endpoint])], [shop]);
    await expect(shownTo(started.port, 'blog.test')).rejects.toThrow();
    expect(await shownTo(started.port)).toBe('shop.test');
  });

  it('a route for any host shows its certificate to every other', async () => {
    const { endpoint } = await upstream(named('ok'));
    const any = route([endpoint], { rollout: 'any', tls: other.files });
    const started = await tlsProxy([secure('shop.test', shop, [endpoint]), any], [shop, other]);
    expect(await shownTo(started.port, 'blog.test')).toBe('other.test');
    expect(await shownTo(started.port)).toBe('other.test');
    expect(await shownTo(started.port, 'shop.test')).toBe('shop.test');
  });

  it('another certificate is shown from the next handshake on, and open connections go on', async () => {
    const { endpoint } = await upstream(named('ok'));
    const started = await tlsProxy([secure('shop.test', shop, [endpoint])], [shop]);
    const before = await handshaken(started.port, { servername: 'shop.test' });
    started.certify([{ ...blog, files: shop.files }]);
    expect(await shownTo(started.port, 'shop.test')).toBe('blog.test');
    expect(await shownTo(started.port)).toBe('blog.test');
    const answer = new Promise<string>((resolve) =>
      before.once('data', (chunk: Buffer) => {
        resolve(chunk.toString());
      }),
    );
    before.write('GET / HTTP/1.1\r\nHost: shop.test\r\n\r\n');
    expect(await answer).toContain('200 OK');
    before.destroy();
  });

  it('versions before 1.2 are refused', async () => {
    const { endpoint } = await upstream(named('ok'));
    const started = await tlsProxy([secure('shop.test', shop, [endpoint])], [shop]);
    const old: ConnectionOptions = { maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'ALL@SECLEVEL=0' };
    await expect(handshaken(started.port, { ...old, servername: 'shop.test' })).rejects.toThrow();
    const socket = await handshaken(started.port, { servername: 'shop.test', maxVersion: 'TLSv1.2' });
    expect(socket.getProtocol()).toBe('TLSv1.2');
    socket.destroy();
  });

  it.each([
    ['plain HTTP', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['garbage', '\x16\x03\x01\xff\xff\x01garbage'],
    ['half a greeting', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['nothing', ''],
  ])('a client that sends %s loses its connection, and others are served', async (_, bytes) => {
    const { endpoint } = await upstream(named('ok'));
    const started = await tlsProxy([secure('shop.test', shop, [endpoint])], [shop], { headersMs: 300 });
    const answer = await sendRaw(started.port, bytes).catch(() => '');
    expect(answer).not.toContain('200 OK');
    expect((await ask(started.port)).body).toBe('ok');
  });

  it('a client that breaks off during the handshake leaves nothing behind', async () => {
    const started = await tlsProxy([secure('shop.test', shop, [])], [shop]);
    for (let i = 0; i < 20; i += 1) {
      await new Promise<void>((resolve) => {
        const socket = connectTcp(started.port, '127.0.0.1', () => {
          socket.write('\x16\x03\x01', () => socket.resetAndDestroy());
        });
        socket.on('close', () => {
          resolve();
        });
      });
    }
    expect((await ask(started.port)).status).toBe(503);
  });
});
