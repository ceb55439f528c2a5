import { spawn } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { gatewayFixture } from '../../../test/gateway-fixture.ts';
import { configOf, isAlive, kill } from '../../../test/gateway.ts';
import { eventually, named, route, send } from '../../../test/proxy.ts';
import { freePort, hasTool } from '../../../test/tools.ts';
import { gatewayClient } from '../client.ts';
import { inheritedSockets, placeKey } from './inherited-sockets.ts';

const { upstream, home } = gatewayFixture();

describe.skipIf(!hasTool('systemd-socket-activate', 'systemd'))('sockets of a service manager', () => {
  it('are served, the connection that started the gateway too, and are never given up', async () => {
    const shop = await upstream(named('shop'));
    const port = await freePort();
    const first = await home().gateway();
    await first.client.apply(configOf(1, [route([shop.endpoint])], port));
    kill(first.state.pid);
    for (const { pid } of first.state.workers) kill(pid);
    await eventually(() => first.state.workers.every(({ pid }) => !isAlive(pid)), 'the port is free');

    const started = spawn(
      'systemd-socket-activate',
      ['-l', `127.0.0.1:${port}`, process.execPath, home().entry, '--dir', home().dir],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let said = '';
    started.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    try {
      await eventually(() => said.includes('Listening on'), 'the socket is bound');
      expect((await send(port)).body).toBe('shop');
      const client = gatewayClient(home().dir);
      const state = await client.state();
      home().note(state);
      // The very process: nothing stands between it and its sockets.
      expect(state.pid).toBe(started.pid);
      expect(state).toMatchObject({ problems: [], listening: [{ host: '127.0.0.1', port }] });

      await client.apply({ version: 2, listen: [], routes: [route([shop.endpoint])] });
      expect((await client.state()).listening).toEqual([]);
      await client.apply(configOf(3, [route([shop.endpoint])], port));
      expect((await send(port)).body).toBe('shop');
    } finally {
      started.kill('SIGKILL');
    }
  });
});

it('sockets that were passed to another process are none of ours', () => {
  const env = { LISTEN_FDS: '1', LISTEN_PID: String(process.pid + 1) };
  expect(inheritedSockets(env, process.pid).size).toBe(0);
  expect(inheritedSockets({}, process.pid).size).toBe(0);
});

it('a place to listen has one name, however it is written', () => {
  expect(placeKey('0:0:0:0:0:0:0:1', 80)).toBe(placeKey('::1', 80));
  expect(placeKey('127.0.0.1', 80)).not.toBe(placeKey('127.0.0.1', 81));
});
