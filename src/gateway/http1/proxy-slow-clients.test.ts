import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually, named, proxyFixture, route, sendRaw } from '../../../test/proxy.ts';

const MIB = 1024 * 1024;
const { upstream, proxy, serving, closeAll } = proxyFixture();

afterEach(closeAll);

/** Connects and never reads. */
function deafClient(port: number): Socket {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  return socket.pause();
}

describe('a client that does not read', () => {
  it('an answer that the workload has finished loses its connection', async () => {
    let answered = 0;
    const { endpoint } = await upstream((_req, res) => {
      res.end(Buffer.alloc(8 * 1024), () => (answered += 1));
    });
    const started = await proxy([route([endpoint])], { bodyIdleMs: 300 });
    const socket = deafClient(started.port);
    // Few at a time, until the system's buffers are full and the gateway holds whole answers.
    for (let asked = 8; !socket.destroyed; asked += 8) {
      socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(8));
      const all = (): boolean => answered >= asked;
      const isStuck = await eventually(all, 'all are answered', 200).then(
        () => false,
        () => true,
      );
      if (isStuck) break;
    }
    await eventually(() => started.connections() === 0, 'its connection is closed');
    socket.destroy();
  });

  it('and has asked for more meanwhile loses its connection, with all it waits for', async () => {
    const { endpoint } = await upstream((req, res) => {
      if (req.url === '/first') res.write('never ends');
      else res.end(Buffer.alloc(MIB));
    });
    const started = await proxy([route([endpoint], { timeoutMs: 60_000 })], { bodyIdleMs: 300 });
    const socket = deafClient(started.port);
    socket.write('GET /first HTTP/1.1\r\nHost: a\r\n\r\nGET /second HTTP/1.1\r\nHost: a\r\n\r\n');
    await eventually(() => started.connections() === 1, 'it is connected');
    await eventually(() => started.connections() === 0, 'its connection is closed');
    await eventually(() => Object.keys(started.table.inflight()).length === 0, 'nothing is under way');
    socket.destroy();
  });
});

describe('requests sent ahead of their answers', () => {
  const ask = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

  it('are answered in order', async () => {
    const { port } = await serving(named('ok'));
    const last = ask.replace('Host: a', 'Host: a\r\nConnection: close');
    const answers = await sendRaw(port, ask.repeat(15) + last);
    expect(answers.match(/HTTP\/1\.1 200/g)).toHaveLength(16);
  });

  it('lose their connection when there are too many', async () => {
    let arrivals = 0;
    const started = await serving(() => (arrivals += 1));
    const socket = deafClient(started.port);
    socket.write(ask.repeat(1_000));
    await new Promise((resolve) => socket.once('close', resolve).resume());
    expect(arrivals).toBeLessThan(100);
    await eventually(() => Object.keys(started.table.inflight()).length === 0, 'nothing is under way');
  });
});
