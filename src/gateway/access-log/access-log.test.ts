import { mkdtempSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  deadEndpoint,
  eventually,
  part,
  proxyFixture,
  route,
  send,
  type StartedProxy,
} from '../../../test/proxy.ts';
import { handshake, webSocketFixture } from '../../../test/websocket.ts';
import { FULL_SHARE } from '../../base/share.ts';
import { AccessLog } from './access-log.ts';
import type { GatewayRoute } from '../protocol.ts';

const { upstream, proxy, closeAll } = proxyFixture();
const sockets = webSocketFixture();
let dir = '';
let path = '';

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'coalmine-access-'));
  path = join(dir, 'access.log');
});

afterEach(async () => {
  await Promise.all([closeAll(), sockets.closeAll()]);
  rmSync(dir, { recursive: true });
});

function target(): { accessLog: NonNullable<GatewayRoute['accessLog']> } {
  return { accessLog: { path, maxBytes: 1_000_000, keep: 2 } };
}

async function linesOf(started: StartedProxy): Promise<Record<string, unknown>[]> {
  await started.table.closeLogs();
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('a line of the access log', () => {
  it('says who asked for what, who served it and how, and no query', async () => {
    const { endpoint } = await upstream((_req, res) => res.writeHead(201).end('made'));
    const started = await proxy([route([endpoint], target())]);
    await send(started.port, {
      method: 'PUT',
      path: '/orders/7?token=secret',
      headers: {
        host: 'Shop.example',
        'user-agent': 'test',
        'x-request-id': 'id-1',
        'x-forwarded-for': '192.0.2.7',
      },
    });
    expect(await linesOf(started)).toEqual([
      {
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string,
        rollout: 'shop',
        track: 'stable',
        revision: 'r1-stable',
        endpoint: endpoint.id,
        requestId: 'id-1',
        client: '192.0.2.7, 127.0.0.1',
        method: 'PUT',
        host: 'Shop.example',
        path: '/orders/7',
        protocol: 'HTTP/1.1',
        status: 201,
        ms: expect.any(Number) as number,
        bytes: 4,
        agent: 'test',
      },
    ]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('cannot be forged by what a client sends', async () => {
    const { endpoint } = await upstream((_req, res) => res.end());
    const started = await proxy([route([endpoint], target())]);
    await send(started.port, {
      path: '/%0a{"status":200}"\\',
      headers: { 'user-agent': '"}\t{"status":500' },
    });
    expect(await linesOf(started)).toMatchObject([
      { path: '/%0a{"status":200}"\\', agent: '"}\t{"status":500' },
    ]);
  });

  it('is written for every way to end', async () => {
    const { endpoint } = await upstream((req, res) => {
      if (req.url === '/hang') return;
      res.writeHead(200, { 'content-length': '10' });
      res.write('half', () => res.socket?.resetAndDestroy());
    });
    const routes = [
      route([endpoint], target()),
      { ...route([await deadEndpoint()], target()), rollout: 'dead', path: '/dead' },
      { ...route([], target()), rollout: 'empty', path: '/empty', parts: [] },
    ];
    const started = await proxy(routes);
    await send(started.port).catch(() => undefined);
    const socket = connect(started.port, '127.0.0.1');
    socket.write('GET /hang HTTP/1.1\r\nHost: a\r\n\r\n');
    await eventually(() => Object.keys(started.table.inflight()).length > 0, 'it is under way');
    socket.destroy();
    await eventually(() => Object.keys(started.table.inflight()).length === 0, 'it is given up');
    await send(started.port, { path: '/dead' });
    await send(started.port, { path: '/empty' });
    const lines = await linesOf(started);
    expect(lines).toMatchObject([
      { path: '/', status: 200, broken: true, bytes: 4 },
      { path: '/hang', status: 499, client: '127.0.0.1' },
      { path: '/dead', status: 502, track: 'stable' },
      { path: '/empty', status: 503 },
    ]);
    expect(lines[2]).not.toHaveProperty('endpoint');
    expect(lines[3]).not.toHaveProperty('track');
  });

  it('is written for every try, and for a WebSocket when it opens', async () => {
    let calls = 0;
    const { endpoint } = await upstream((_req, res) => {
      calls += 1;
      res.writeHead(calls === 1 ? 503 : 200).end();
    });
    const socket = await sockets.workload();
    const started = await proxy([
      route([endpoint], { ...target(), retries: { attempts: 1, on: ['5xx'] } }),
      {
        ...route([], target()),
        rollout: 'chat',
        path: '/chat',
        parts: [part('stable', FULL_SHARE, [socket.endpoint])],
      },
    ]);
    await send(started.port);
    await sockets.opened(started.port, handshake());
    const lines = await linesOf(started);
    expect(lines).toMatchObject([
      { status: 503 },
      { status: 200, attempt: 2 },
      { status: 101, path: '/chat' },
    ]);
    expect(lines[0]?.['requestId']).toBe(lines[1]?.['requestId']);
  });
});

describe('the file of an access log', () => {
  const file = (): AccessLog => new AccessLog({ path, maxBytes: 1, keep: 1 });

  it('holds all lines in order, also of two that write to it at once', async () => {
    const [one, two] = [file(), file()];
    for (let i = 0; i < 20_000; i += 1) {
      one.write(`one ${i} ${'x'.repeat(50)}`);
      two.write(`two ${i} ${'x'.repeat(50)}`);
      if (i % 5_000 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all([one.close(), two.close()]);
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(40_000);
    for (const name of ['one', 'two']) {
      const own = lines.filter((line) => line.startsWith(`${name} `));
      expect(own.map((line) => Number(line.split(' ')[1]))).toEqual(own.map((_, i) => i));
    }
  });

  it('is made anew when it was moved away', async () => {
    const log = file();
    log.write('before');
    await eventually(() => sizeOf(path) > 0, 'it is written');
    renameSync(path, `${path}.1`);
    log.write('after');
    await log.close();
    expect(readFileSync(path, 'utf8')).toBe('after\n');
    expect(readFileSync(`${path}.1`, 'utf8')).toBe('before\n');
  });

  it('that cannot be written costs lines, and nothing else', async () => {
    const log = file();
    mkdirSync(path);
    log.write('lost');
    await log.close();
    rmSync(path, { recursive: true });
    log.write('kept');
    await log.close();
    expect(readFileSync(path, 'utf8')).toBe('kept\n');
  });

  it('that is too slow loses lines rather than memory', async () => {
    const log = file();
    for (let i = 0; i < 200_000; i += 1) log.write('x'.repeat(99));
    await log.close();
    const { size } = statSync(path);
    expect(size).toBeGreaterThan(4_000_000);
    expect(size).toBeLessThan(5_000_000);
  });
});

function sizeOf(name: string): number {
  return statSync(name, { throwIfNoEntry: false })?.size ?? 0;
}
