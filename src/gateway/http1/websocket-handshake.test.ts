import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually, route, send, sendRaw } from '../../../test/proxy.ts';
import { handshake, KEY, webSocketFixture } from '../../../test/websocket.ts';

const { upstream, proxy, workload: workloadOf, before, opened, closeAll } = webSocketFixture();

afterEach(closeAll);

describe('a handshake that opens nothing', () => {
  const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n';

  it.each([
    ['by POST', handshake().replace('GET', 'POST'), 400],
    ['of HTTP/1.0', handshake().replace('HTTP/1.1', 'HTTP/1.0'), 400],
    ['with a body', handshake('Content-Length: 5') + 'abcde', 400],
    ['with a body in chunks', handshake('Transfer-Encoding: chunked') + '0\r\n\r\n', 400],
    ['with two lengths', handshake('Content-Length: 0', 'Transfer-Encoding: chunked'), 400],
    ['without a key', handshake().replace(KEY, ''), 400],
    ['with a key that is none', handshake().replace(KEY, 'abc'), 400],
    ['with two keys', handshake(`Sec-WebSocket-Key: ${KEY}`), 400],
    ['with two hosts', handshake('Host: b'), 400],
    ['for a host without a route', handshake().replace('Host: a', 'Host: b'), 404],
  ])('%s is refused and its connection closed', async (_, bytes, status) => {
    const workload = await workloadOf();
    const started = await before(workload, { host: 'a' });
    const answer = await sendRaw(started.port, bytes + SMUGGLED);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status}`));
    expect(answer.toLowerCase()).toContain('connection: close');
    expect(answer.match(/^HTTP\/1\.1/gm)).toHaveLength(1);
    expect(workload.requests).toEqual([]);
  });

  it('behind a request that is not yet answered loses the connection, since answers would get mixed', async () => {
    const { endpoint } = await upstream(() => undefined);
    const started = await proxy([route([endpoint])]);
    expect(await sendRaw(started.port, `GET /slow HTTP/1.1\r\nHost: a\r\n\r\n${handshake()}`)).toBe('');
    await eventually(() => Object.keys(started.table.inflight()).length === 0, 'nothing is under way');
  });

  it('that the workload declines gets its answer, and nothing behind it is read as a request', async () => {
    const paths: (string | undefined)[] = [];
    const { endpoint } = await upstream((req, res) => {
      paths.push(req.url);
      res.writeHead(426, { 'sec-websocket-version': '13' }).end('no');
    });
    const started = await proxy([route([endpoint])]);
    const answer = await sendRaw(started.port, handshake() + SMUGGLED);
    expect(answer).toMatch(/^HTTP\/1\.1 426 [^]*\r\nno\r\n/);
    expect(answer.toLowerCase()).toContain('sec-websocket-version: 13');
    expect(paths).toEqual(['/chat']);
    expect(started.counted()).toMatchObject([{ requests: 1, codes: [0, 0, 1, 0, 0, 0], active: 0 }]);
  });

  it('that the workload declines with a long answer is carried whole to a slow client', async () => {
    const { endpoint } = await upstream((_req, res) => res.writeHead(403).end(Buffer.alloc(4_000_000, 'x')));
    const started = await proxy([route([endpoint])]);
    const answer = await sendRaw(started.port, handshake());
    expect(answer.length).toBeGreaterThan(4_000_000);
  });

  it.each([
    ['another accept', 'Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: abc'],
    ['no accept', 'Upgrade: websocket\r\nConnection: Upgrade'],
    [
      'another protocol',
      'Upgrade: h2c\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
    ],
  ])('that the workload answers with %s is an error of the workload, and no tunnel', async (_, fields) => {
    const { endpoint, server } = await upstream(() => undefined);
    server.on('upgrade', (_req, socket: Duplex) => {
      socket.on('error', () => undefined);
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${fields}\r\n\r\n`);
    });
    const started = await proxy([route([endpoint])]);
    expect(await sendRaw(started.port, handshake() + SMUGGLED)).toMatch(/^HTTP\/1\.1 502/);
    expect(started.counted()).toMatchObject([{ requests: 1, errors: 1, active: 0 }]);
    expect(started.table.tunnels()).toBe(0);
  });

  it('to a plain request is an error of the workload', async () => {
    const { endpoint } = await upstream((req) => {
      req.socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
      );
    });
    const started = await proxy([route([endpoint])]);
    expect((await send(started.port)).status).toBe(502);
  });

  it('while too many are open is told to come back', async () => {
    const started = await before(await workloadOf(), {}, { webSockets: 1 });
    const { socket } = await opened(started.port);
    const answer = await sendRaw(started.port, handshake());
    expect(answer).toMatch(/^HTTP\/1\.1 503[^]*Retry-After/);
    socket.destroy();
    await eventually(() => started.table.tunnels() === 0, 'there is room');
    await opened(started.port);
  });

  it('where the client leaves before the answer is called off', async () => {
    let asked = 0;
    const { endpoint, server } = await upstream(() => undefined);
    server.on('upgrade', (_req, socket: Duplex) => {
      asked += 1;
      socket.on('error', () => undefined);
    });
    const started = await proxy([route([endpoint])]);
    const socket = connect(started.port, '127.0.0.1');
    socket.write(handshake());
    await eventually(() => asked === 1, 'the workload is asked');
    socket.resetAndDestroy();
    await eventually(() => Object.keys(started.table.inflight()).length === 0, 'nothing is under way');
    expect(started.counted()).toMatchObject([{ requests: 1, errors: 0, codes: [0, 0, 0, 0, 1, 0] }]);
  });
});

describe('an upgrade to anything else', () => {
  it.each(['h2c', 'websocket, h2c', 'TLS/1.0', 'foo'])(
    '%s is served as plain HTTP, body and all',
    async (protocol) => {
      const { endpoint, server } = await upstream((req, res) => {
        let body = '';
        req.on('data', (chunk: Buffer) => (body += chunk.toString()));
        req.on('end', () => res.end(`${body} ${String(req.headers.upgrade)}`));
      });
      let upgrades = 0;
      server.on('upgrade', () => (upgrades += 1));
      const started = await proxy([route([endpoint])]);
      const answer = await sendRaw(
        started.port,
        `POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: ${protocol}\r\nHTTP2-Settings: AAMAAABkAAQ\r\nContent-Length: 4\r\n\r\nbody`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 200[^]*body undefined/);
      expect(upgrades).toBe(0);
    },
  );
});
