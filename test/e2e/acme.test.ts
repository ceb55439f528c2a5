import { execFile } from 'node:child_process';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, type PeerCertificate } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Pebble } from '../pebble.ts';
import { testTool } from '../test-tools.ts';
import { freePort } from '../tools.ts';
import { Site, until } from './site.ts';

interface System {
  readonly gateway: { readonly pid: number; readonly addresses: readonly string[] };
  readonly problems: readonly string[];
}

/** Long enough for all that is looked at between two renewals, which are due after 7 to 8 seconds. */
const LIFETIME_SECONDS = 12;

describe.skipIf(testTool('pebble') === undefined)('certificates from a real ACME authority', () => {
  let site: Site;
  let pebble: Pebble;
  let plain: number;
  let root: string;

  beforeAll(async () => {
    plain = await freePort();
    pebble = await Pebble.start({
      httpPort: plain,
      lifetimeSeconds: LIFETIME_SECONDS,
      blocked: ['blocked.test'],
    });
    site = await Site.create();
    root = join(site.dir, 'root.pem');
    await writeFile(root, await pebble.root());
    await declare('shop.test');
    await site.up('--gateway-port', String(plain), '--gateway-tls-port', '0');
  });
  afterAll(async () => {
    await site.destroy();
    await pebble.stop();
  });

  async function declare(host: string): Promise<void> {
    const acme = `{ email: ops@shop.test, directory: "${pebble.directory}", ca: ${pebble.ca} }`;
    const traffic = `{ gateway: { host: ${host}, tls: { acme: ${acme} } } }`;
    await site.declare({ version: 'v1' }, { strategy: '{ recreate: {} }', analysis: '', traffic });
  }

  function system(): Promise<System> {
    return site.api<System>('system');
  }

  async function secure(): Promise<number | undefined> {
    const address = (await system()).gateway.addresses.find((one) => one.startsWith('https'));
    return address === undefined ? undefined : Number(new URL(address).port);
  }

  function curl(url: string, port: number, ...more: readonly string[]): Promise<string> {
    const resolve = ['--resolve', `shop.test:${port}:127.0.0.1`, '--resolve', `shop.test:${plain}:127.0.0.1`];
    const options = ['--silent', '--show-error', '--cacert', root, ...resolve, ...more, url];
    return promisify(execFile)('curl', options).then(({ stdout }) => stdout);
  }

  function shown(port: number): Promise<PeerCertificate | undefined> {
    return new Promise((resolve) => {
      const options = { host: '127.0.0.1', port, servername: 'shop.test', rejectUnauthorized: false };
      const socket = connect(options, () => {
        resolve(socket.getPeerCertificate());
        socket.destroy();
      });
      socket.on('error', () => {
        resolve(undefined);
      });
    });
  }

  it('are made, served, kept over the death of the gateway, and renewed', async () => {
    await site.ok('apply', '--wait', '--timeout', '30s');
    await until('HTTPS is served', async () => (await secure()) !== undefined);
    const port = (await secure()) ?? 0;
    await until('with a certificate that is believed', () =>
      curl(`https://shop.test:${port}/`, port).then(
        (body) => body.includes('v1'),
        () => false,
      ),
    );
    const first = await shown(port);
    expect((await system()).problems).toEqual([]);
    expect(await curl(`http://shop.test:${plain}/`, port, '--location')).toContain('v1');
    expect(await curl(`http://shop.test:${plain}/`, port, '--include')).toMatch(/^HTTP\/1\.1 308/);

    process.kill((await system()).gateway.pid, 'SIGKILL');
    await until('the gateway is back with it', async () => (await shown(port))?.serialNumber !== undefined);

    await until('it is renewed', async () => {
      const now = (await shown(port))?.serialNumber;
      return now !== undefined && now !== first?.serialNumber;
    });
    expect(await curl(`https://shop.test:${port}/`, port)).toContain('v1');

    const dir = join(site.dataDir, 'certificates');
    for (const name of await readdir(dir)) {
      expect((await stat(join(dir, name))).mode & 0o777).toBe(0o600);
      expect(await readFile(join(dir, name), 'utf8')).toContain('PRIVATE KEY');
    }
  });

  it('that are refused are told of, with the reason and the next try, and the service is served all the same', async () => {
    await declare('blocked.test');
    await site.ok('apply');
    const told = async (): Promise<string> => (await system()).problems.join();
    await until('it is told', async () => (await told()).includes('blocked.test'));
    expect(await told()).toMatch(
      /blocked\.test has no certificate yet and is served without TLS: .*rejectedIdentifier.*next try is at 20/,
    );
    expect((await site.run('doctor')).out).toContain('rejectedIdentifier');
    const here = ['--resolve', `blocked.test:${plain}:127.0.0.1`];
    expect(await curl(`http://blocked.test:${plain}/`, 0, ...here)).toContain('v1');
    await site.killControl();
    await site.up('--gateway-port', String(plain), '--gateway-tls-port', '0');
    await until('the next control process knows', async () => (await told()).includes('rejectedIdentifier'));
  });
});
