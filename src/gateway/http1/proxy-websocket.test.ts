import fc from 'fast-check';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocket } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { deadEndpoint, eventually, part, route, send } from '../../../test/proxy.ts';
import { closed, echoMessages, handshake, webSocketFixture } from '../../../test/websocket.ts';
import { FULL_SHARE } from '../../base/share.ts';

const { proxy, workload: workloadOf, before, opened, closeAll } = webSocketFixture();
const floods: NodeJS.Timeout[] = [];

afterEach(async () => {
  for (const timer of floods.splice(0)) clearInterval(timer);
  await closeAll();
});

/** Sends for as long as the other side takes it. */
function flood(socket: Duplex): void {
  const send = (): void => {
    if (!socket.writableNeedDrain && socket.writable) socket.write(Buffer.alloc(65_536));
  };
  floods.push(setInterval(send, 1));
}

describe('a WebSocket', () => {
  it('carries messages of a real client both ways, and its goodbye', async () => {
    const workload = await workloadOf(echoMessages);
    const started = await before(workload);
    const socket = new WebSocket(`ws://127.0.0.1:${started.port}/chat?room=1`);
    const texts: unknown[] = [];
    socket.addEventListener('open', () => {
      socket.send('first');
    });
    socket.addEventListener('message', ({ data }) => {
      texts.push(data);
      if (texts.length < 3) socket.send(`message ${texts.length}`);
      else socket.close(1000);
    });
    const code = await new Promise((resolve) => {
      socket.addEventListener('close', (event) => {
        resolve(event.code);
      });
    });
    expect(texts).toEqual(['first', 'message 1', 'message 2']);
    expect(code).toBe(1000);
    expect(workload.requests[0]).toMatchObject({
      url: '/chat?room=1',
      headers: { 'sec-websocket-version': '13', 'x-forwarded-proto': 'http' },
    });
  });

  it('carries any bytes unchanged, however they are cut', async () => {
    const started = await before(await workloadOf());
    const pieces = fc.array(fc.uint8Array({ minLength: 1, maxLength: 5_000 }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(pieces, async (sent) => {
        const { socket, received } = await opened(started.port);
        for (const piece of sent) socket.write(piece);
        const all = Buffer.concat(sent);
        await eventually(() => received().length >= all.length, 'all came back');
        expect(received().equals(all)).toBe(true);
        socket.end();
        await closed(socket);
      }),
      { numRuns: 25 },
    );
  });

  it('takes what was sent behind the handshake without waiting', async () => {
    const started = await before(await workloadOf());
    const { received } = await opened(started.port, `${handshake()}early`);
    await eventually(() => received().toString() === 'early', 'it came back');
  });

  it('counts once, when it opens, and is under way until it ends', async () => {
    const started = await before(await workloadOf());
    const { socket } = await opened(started.port);
    expect(started.counted()).toMatchObject([
      { requests: 1, errors: 0, codes: [0, 0, 0, 0, 0, 1], assigned: 1, active: 1 },
    ]);
    expect(Object.values(started.table.inflight())).toEqual([1]);
    expect(started.table.tunnels()).toBe(1);
    socket.destroy();
    await eventually(() => started.table.tunnels() === 0, 'it is closed');
    expect(started.table.inflight()).toEqual({});
    expect(started.counted()).toMatchObject([{ requests: 0, codes: [0, 0, 0, 0, 0, 0], active: 0 }]);
  });

  it('goes to the track of its user, and a new user is told who it is', async () => {
    const [stable, canary] = [await workloadOf(), await workloadOf()];
    const half = FULL_SHARE / 2;
    const parts = [part('stable', half, [stable.endpoint]), part('canary', half, [canary.endpoint])];
    const started = await proxy([route([], { sticky: { cookie: 'cm' }, parts })]);
    const cookies: string[] = [];
    for (let i = 0; i < 12; i += 1) {
      const { head } = await opened(started.port);
      cookies.push(/set-cookie: (cm=[^;]+)/i.exec(head)?.[1] ?? '');
    }
    const firstOnCanary = canary.requests.length;
    for (const cookie of cookies) {
      const { head } = await opened(started.port, handshake(`Cookie: ${cookie}`));
      expect(head.toLowerCase()).not.toContain('set-cookie');
    }
    expect(canary.requests.length).toBe(2 * firstOnCanary);
    expect(stable.requests.length + canary.requests.length).toBe(24);
  });

  it('is opened by another process where nobody listens at the first', async () => {
    const workload = await workloadOf();
    const started = await proxy([route([await deadEndpoint(), await deadEndpoint(), workload.endpoint])]);
    for (let i = 0; i < 5; i += 1) await opened(started.port);
    expect(workload.requests).toHaveLength(5);
  });

  it('may come over a connection that has carried requests, and the workload connection is not reused after it', async () => {
    const started = await before(await workloadOf());
    const ask = 'GET /x HTTP/1.1\r\nHost: a\r\n\r\n';
    const socket = connect(started.port, '127.0.0.1');
    socket.on('error', () => undefined);
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    socket.write(ask);
    await eventually(() => text.endsWith('plain'), 'it is answered');
    socket.write(handshake());
    await eventually(() => text.includes(' 101 '), 'it is open');
    expect(await send(started.port)).toMatchObject({ body: 'plain' });
    socket.write('echo');
    await eventually(() => text.endsWith('echo'), 'it came back');
  });
});

describe('the end of a WebSocket', () => {
  it('a client that goes away is gone for the workload too', async () => {
    const workload = await workloadOf();
    const { socket } = await opened((await before(workload)).port);
    socket.resetAndDestroy();
    await eventually(() => workload.sockets.size === 0, 'the workload sees it');
  });

  it('a workload that goes away is gone for the client too, with its last words', async () => {
    const workload = await workloadOf((socket) => {
      socket.end(Buffer.alloc(3_000_000, 'x'));
    });
    const { socket, received } = await opened((await before(workload)).port);
    await new Promise((resolve) => socket.once('end', resolve));
    expect(received().length).toBe(3_000_000);
    socket.destroy();
  });

  it('a workload that dies leaves no client waiting', async () => {
    let own: Duplex | undefined;
    const workload = await workloadOf((socket) => (own = socket));
    const { socket } = await opened((await before(workload)).port);
    (own as Socket).resetAndDestroy();
    await closed(socket);
  });

  it('the last words of a client reach a workload that still talks', async () => {
    const workload = await workloadOf((socket) => {
      let heard = '';
      socket.on('data', (chunk: Buffer) => (heard += chunk.toString()));
      socket.on('end', () => socket.end(`heard ${heard}`));
    });
    const { socket, received } = await opened((await before(workload)).port);
    socket.end('goodbye');
    await closed(socket);
    expect(received().toString()).toBe('heard goodbye');
  });

  it('one where nothing comes any more is closed', async () => {
    const workload = await workloadOf();
    const started = await before(workload, {}, { webSocketIdleMs: 100 });
    const { socket } = await opened(started.port);
    await closed(socket);
    await eventually(() => workload.sockets.size === 0, 'the workload sees it');
  });

  it('a client that takes nothing loses it', async () => {
    const started = await before(await workloadOf(flood), {}, { bodyIdleMs: 200 });
    const { socket } = await opened(started.port);
    socket.pause();
    await eventually(() => started.table.tunnels() === 0, 'it is closed');
  });

  it('a workload that takes nothing loses it', async () => {
    const workload = await workloadOf((socket) => void socket.pause());
    const started = await before(workload, {}, { bodyIdleMs: 200 });
    const { socket } = await opened(started.port);
    flood(socket);
    await eventually(() => started.table.tunnels() === 0, 'it is closed');
  });

  it('an endpoint that is taken away lets go of its WebSockets, and of those that open just then', async () => {
    const workload = await workloadOf();
    const started = await before(workload);
    const { socket } = await opened(started.port);
    started.serve([route([])]);
    await closed(socket);
    await eventually(() => Object.keys(started.table.inflight()).length === 0, 'nothing is under way');
  });

  it('a worker that ends closes them one by one', async () => {
    const workload = await workloadOf();
    const started = await before(workload);
    const sockets = await Promise.all([1, 2, 3].map(async () => (await opened(started.port)).socket));
    let left = 3;
    const counts: number[] = [];
    for (const socket of sockets) {
      socket.once('close', () => counts.push((left -= 1)));
    }
    started.table.closeTunnels(300);
    await Promise.all(sockets.map(closed));
    expect(counts).toEqual([2, 1, 0]);
  });
});
