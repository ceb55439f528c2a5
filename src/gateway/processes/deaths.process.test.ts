import { spawn } from 'node:child_process';
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { gatewayFixture } from '../../../test/gateway-fixture.ts';
import { isAlive, kill, portOf } from '../../../test/gateway.ts';
import { eventually, named, readAll, route, send } from '../../../test/proxy.ts';

const { upstream, home } = gatewayFixture();

function connected(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      resolve(socket);
    });
    socket.once('error', reject);
  });
}

describe('when something dies', () => {
  it('a worker: its requests fail, waiting connections do not, the counters stay', async () => {
    const { client } = await home().gateway();
    let hung = 0;
    const { endpoint } = await upstream((req, res) => {
      if (req.url === '/hang') hung += 1;
      else res.end('ok');
    });
    const port = await home().serve(client, 1, [route([endpoint])]);
    for (let i = 0; i < 10; i += 1) await send(port);
    await client.counters();
    const worker = (await client.state()).workers[0]?.pid ?? 0;
    const doomed = send(port, { path: '/hang' }).then(
      () => 'answered',
      () => 'failed',
    );
    await eventually(() => hung === 1, 'the request has arrived');
    kill(worker, 'SIGSTOP');
    // The kernel accepts these for the stopped worker; nobody has read them yet.
    const waiting = await Promise.all(Array.from({ length: 5 }, () => connected(port)));
    const answers = waiting.map((socket) => {
      socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
      return readAll(socket);
    });
    kill(worker);
    expect(await doomed).toBe('failed');
    for (const answer of await Promise.all(answers)) expect(answer).toMatch(/^HTTP\/1\.1 200/);
    const state = await client.state();
    home().note(state);
    expect(state.restarts).toBe(1);
    expect((await client.counters()).tracks).toMatchObject([{ requests: 15, errors: 0, active: 0 }]);
  });

  it('not a worker but its spirit: one that takes no new config is replaced', async () => {
    const { client } = await home().gateway();
    const { endpoint } = await upstream(named('ok'));
    const port = await home().serve(client, 1, [route([])]);
    const hung = (await client.state()).workers[0]?.pid ?? 0;
    kill(hung, 'SIGSTOP');
    await home().serve(client, 2, [route([endpoint])]);
    expect((await send(port)).body).toBe('ok');
    expect(isAlive(hung)).toBe(false);
  });

  it('the master: the saved config is served again, on the same port, with a new epoch', async () => {
    const { client, state: before } = await home().gateway();
    const { endpoint } = await upstream(named('ok'));
    const port = await home().serve(client, 7, [route([endpoint])]);
    expect((await send(port)).body).toBe('ok');
    kill(before.pid);
    await eventually(() => !isAlive(before.pid), 'it is dead');
    const { state } = await home().gateway();
    expect(state).toMatchObject({ version: 7, problems: [] });
    await eventually(async () => {
      home().note(await client.state());
      return send(port).then(
        ({ body }) => body === 'ok',
        () => false,
      );
    }, 'it serves again');
    expect(state.epoch).not.toBe(before.epoch);
    expect(portOf(await client.state())).toBe(port);
  });

  it('the master: requests under way end well', async () => {
    const { client, state } = await home().gateway();
    let finish: (() => void) | undefined;
    const { endpoint } = await upstream((_req, res) => {
      finish = () => res.end('done');
    });
    const port = await home().serve(client, 1, [route([endpoint])]);
    const slow = send(port);
    await eventually(() => finish !== undefined, 'the request has arrived');
    kill(state.pid);
    await eventually(() => !isAlive(state.pid), 'it is dead');
    await home().gateway();
    finish?.();
    expect((await slow).body).toBe('done');
  });

  it('whoever started it: it goes on', async () => {
    const script = `
      const { spawn } = require('node:child_process');
      spawn(process.execPath, [${JSON.stringify(home().entry)}, '--dir', ${JSON.stringify(home().dir)}], { detached: true, stdio: 'ignore' }).unref();
      setInterval(() => undefined, 1000);`;
    const starter = spawn(process.execPath, ['-e', script], { stdio: 'ignore' });
    await eventually(
      async () => (await stat(join(home().dir, 'control.sock')).catch(() => undefined)) !== undefined,
      'it is up',
    );
    const { client, started } = await home().gateway();
    expect(started).toBe(false);
    starter.kill('SIGKILL');
    await new Promise((resolve) => starter.once('exit', resolve));
    const { endpoint } = await upstream(named('ok'));
    expect((await send(await home().serve(client, 1, [route([endpoint])]))).body).toBe('ok');
  });
});

describe('the control socket', () => {
  it('that was removed and cannot be made again for a while is made when it can be', async () => {
    const { client, state } = await home().gateway();
    const { endpoint } = await upstream(named('ok'));
    const port = await home().serve(client, 1, [route([endpoint])]);
    const moved = `${home().dir}-moved`;
    await rename(home().dir, moved);
    // A file in the place of its directory is refused like one without permission, for root too.
    await writeFile(home().dir, '');
    await eventually(
      async () => (await readFile(join(moved, 'gateway.log'), 'utf8')).includes('again'),
      'it tried',
    );
    expect((await send(port)).body).toBe('ok');
    await rm(home().dir);
    await rename(moved, home().dir);
    await rm(join(home().dir, 'control.sock'));
    await eventually(
      () =>
        client.state().then(
          ({ pid }) => pid === state.pid,
          () => false,
        ),
      'it is there again',
    );
  });
});

describe('stopping', () => {
  it('lets requests under way end and then is gone', async () => {
    const { client, state } = await home().gateway();
    let finish: (() => void) | undefined;
    const { endpoint } = await upstream((_req, res) => {
      finish = () => res.end('done');
    });
    const port = await home().serve(client, 1, [route([endpoint])]);
    const slow = send(port);
    await eventually(() => finish !== undefined, 'the request has arrived');
    await client.stop(10_000);
    await eventually(
      async () =>
        send(port, { path: '/late' }).then(
          () => false,
          () => true,
        ),
      'nothing is accepted',
    );
    expect(isAlive(state.pid)).toBe(true);
    finish?.();
    expect((await slow).body).toBe('done');
    await eventually(() => !isAlive(state.pid), 'it is gone');
    await expect(stat(join(home().dir, 'control.sock'))).rejects.toThrow(/ENOENT/);
  });

  it('waits no longer than it is told', async () => {
    const { client, state } = await home().gateway();
    let arrived = false;
    const { endpoint } = await upstream(() => (arrived = true));
    const port = await home().serve(client, 1, [route([endpoint])]);
    const slow = send(port).then(
      () => 'answered',
      () => 'failed',
    );
    await eventually(() => arrived, 'the request has arrived');
    await client.stop(50);
    expect(await slow).toBe('failed');
    await eventually(() => !isAlive(state.pid), 'it is gone');
  });
});
