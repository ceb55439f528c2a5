import { createServer, type RequestListener } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import type { Probe } from '../rollout/model.ts';
import { askProbe, type ProbeAnswer } from './probe.ts';

const servers: Server[] = [];
const sockets = new Set<Socket>();

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.on('connection', (socket: Socket) => sockets.add(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

function ask(check: Probe['check'], port: number, timeoutMs = 2_000): Promise<ProbeAnswer> {
  const probe = { check, everyMs: 1, timeoutMs, withinMs: 1, failures: 1 };
  return askProbe(probe, { port, env: {}, cwd: '/' }, new AbortController().signal);
}

async function http(answer: RequestListener, timeoutMs?: number): Promise<ProbeAnswer> {
  return ask({ kind: 'http', path: '/up' }, await listen(createServer(answer)), timeoutMs);
}

it.each([200, 204, 301, 399])('takes HTTP %i for yes, and follows no redirect', async (status) => {
  const paths: unknown[] = [];
  const answer = await http((request, response) => {
    paths.push(request.url);
    response.writeHead(status, { location: '/elsewhere' }).end();
  });
  expect(answer).toEqual({ ok: true });
  expect(paths).toEqual(['/up']);
});

it.each([404, 500, 503])('takes HTTP %i for no', async (status) => {
  expect(await http((_, response) => response.writeHead(status).end())).toEqual({
    ok: false,
    reason: `GET /up answered ${status}`,
  });
});

it('reads no more of an endless answer than it must', async () => {
  const answer = await http((_, response) => {
    const pour = (): void => {
      while (!response.destroyed && response.write('x'.repeat(65_536)));
      response.once('drain', pour);
    };
    pour();
  });
  expect(answer).toEqual({ ok: true });
});

it('gives up on an answer that does not come, or does not end', async () => {
  const late = /^no answer within 150ms on port \d+$/;
  const silent = await http(() => undefined, 150);
  const unfinished = await http((_, response) => response.write('some'), 150);
  for (const answer of [silent, unfinished]) {
    expect(answer).toMatchObject({ ok: false });
    expect(answer).toHaveProperty('reason', expect.stringMatching(late));
  }
});

it('says what is wrong with a connection', async () => {
  const port = await listen(createTcpServer((socket) => socket.end('SSH-2.0\r\n')));
  expect(await ask({ kind: 'http', path: '/' }, port)).toEqual({
    ok: false,
    reason: `no valid HTTP on port ${port}`,
  });
  expect(await ask({ kind: 'tcp' }, port)).toEqual({ ok: true });
  const closed = createTcpServer();
  const free = await listen(closed);
  await new Promise((resolve) => servers.splice(servers.indexOf(closed), 1)[0]?.close(resolve));
  for (const check of [{ kind: 'tcp' }, { kind: 'http', path: '/' }] as const) {
    expect(await ask(check, free)).toEqual({ ok: false, reason: `connection refused on port ${free}` });
  }
});

it('counts a connection only when it stays open, where that is asked', async () => {
  const check = { kind: 'tcp', heldMs: 50 } as const;
  const closing = await listen(createTcpServer((socket) => socket.destroy()));
  expect(await ask(check, closing)).toEqual({
    ok: false,
    reason: expect.stringMatching(/^connection closed/) as string,
  });
  expect(await ask(check, await listen(createTcpServer()))).toEqual({ ok: true });
});

it('does not throw on a path that cannot be asked for', async () => {
  expect(await ask({ kind: 'http', path: '/a b\n' }, 1)).toMatchObject({ ok: false });
});
