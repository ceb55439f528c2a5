import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort, hasTool } from '../tools.ts';
import { Site, until } from './site.ts';

const GATEWAY = fileURLToPath(new URL('../../dist/gateway/main.js', import.meta.url));

let site: Site;
const gateways: ChildProcess[] = [];

beforeEach(async () => {
  site = await Site.create();
});

afterEach(async () => {
  await site.destroy();
  for (const gateway of gateways.splice(0)) gateway.kill('SIGKILL');
});

describe.skipIf(!hasTool('systemd-socket-activate', 'systemd'))('as a service', () => {
  it('control leaves the gateway to whoever passes it its sockets, and finds it again after its death', async () => {
    const port = await freePort();
    const first = activate(port);
    const ask = (): Promise<number> =>
      fetch(`http://127.0.0.1:${port}/`, {
        headers: { connection: 'close' },
        signal: AbortSignal.timeout(10_000),
      }).then(
        ({ status }) => status,
        () => 0,
      );
    // The first connection starts the gateway, which has nothing to serve yet.
    await until('the service manager listens', () => isListening(port));
    await site.declare({ version: 'v1' });
    await site.up('coalmine.yaml', '--no-start-gateway', '--gateway-port', String(port));
    await until('the shop serves', async () => (await ask()) === 200);

    const gone = new Promise((resolve) => first.once('exit', resolve));
    first.kill('SIGKILL');
    await gone;
    await until('control misses it', async () =>
      (await site.api<{ problems: string[] }>('system')).problems.includes('the gateway does not answer'),
    );
    // Its worker ends too, and with it the last hold on the port.
    await until('the port is free', async () => (await ask()) === 0);
    const second = activate(port);
    await until('the saved route is served', async () => (await ask()) === 200);
    const pid = async (): Promise<number | undefined> =>
      (await site.api<{ gateway?: { pid: number } }>('system')).gateway?.pid;
    await until('control has found it', async () => (await pid()) !== undefined);
    expect(await pid()).toBe(second.pid);
  });
});

/** A service manager that passes one socket on, as systemd does: it becomes the gateway at the first connection. */
function activate(port: number): ChildProcess {
  const dir = join(site.dataDir, 'gateway');
  const args = ['-l', `127.0.0.1:${port}`, process.execPath, GATEWAY, '--dir', dir];
  const gateway = spawn('systemd-socket-activate', args, { stdio: 'ignore' });
  gateways.push(gateway);
  return gateway;
}

/** True when the port takes a connection, which is closed again. */
async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
