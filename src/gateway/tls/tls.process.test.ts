import { copyFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CertificateMaker } from '../../../test/certificates.ts';
import { gatewayFixture } from '../../../test/gateway-fixture.ts';
import { isAlive, kill } from '../../../test/gateway.ts';
import { eventually, readAll, route, send } from '../../../test/proxy.ts';
import type { GatewayClient } from '../client.ts';
import type { CertificateFiles, GatewayConfig, PemCertificate } from '../protocol.ts';

const { upstream, home } = gatewayFixture();
let maker: CertificateMaker;
let one: PemCertificate;
let two: PemCertificate;

beforeAll(() => {
  maker = new CertificateMaker();
  [one, two] = [maker.make('one.test'), maker.make('two.test')];
});
afterAll(() => {
  maker.dispose();
});

/** The host of the certificate that is shown; undefined when there is none. */
function shown(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(
      { host: '127.0.0.1', port, servername: 'shop.test', rejectUnauthorized: false },
      () => {
        resolve(/DNS:([\w.]+)/.exec(socket.getPeerCertificate().subjectaltname ?? '')?.[1]);
        socket.destroy();
      },
    );
    socket.on('error', () => {
      resolve(undefined);
    });
    socket.on('close', () => {
      resolve(undefined);
    });
  });
}

/** Serves a route with the certificate in two files of this test's own. */
async function serving(client: GatewayClient, version: number, files: CertificateFiles): Promise<number> {
  const { endpoint } = await upstream((req, res) => {
    setTimeout(() => res.end('ok'), req.url === '/slow' ? 500 : 0);
  });
  const config: GatewayConfig = {
    version,
    listen: [
      { host: '127.0.0.1', port: 0 },
      { host: '127.0.0.1', port: 0, tls: true },
    ],
    routes: [route([endpoint], { host: 'shop.test', tls: files, withoutTls: 'redirect' })],
  };
  const state = await client.apply(config);
  home().note(state);
  return state.listening.find(({ tls }) => tls === true)?.boundPort ?? 0;
}

function ownFiles(): CertificateFiles {
  return { certificate: join(home().dir, 'cert.pem'), key: join(home().dir, 'key.pem') };
}

/** Replaces both files as a renewing program does. */
function install(files: CertificateFiles, { files: from }: PemCertificate): void {
  for (const which of ['certificate', 'key'] as const) {
    copyFileSync(from[which], `${files[which]}.new`);
    renameSync(`${files[which]}.new`, files[which]);
  }
}

describe('certificates of a gateway', () => {
  it('are shown anew when their files change, also by a worker that is started later', async () => {
    const { client } = await home().gateway();
    const files = ownFiles();
    install(files, one);
    const port = await serving(client, 1, files);
    expect(await shown(port)).toBe('one.test');
    expect((await client.state()).problems).toEqual([expect.stringContaining('is not for shop.test')]);
    install(files, two);
    await eventually(async () => (await shown(port)) === 'two.test', 'the new one is shown');
    const [worker] = (await client.state()).workers;
    kill(worker?.pid ?? 0);
    await eventually(async () => (await shown(port)) === 'two.test', 'another worker shows it');
    home().note(await client.state());
  });

  it('stay as they were when the files are broken, which is told, and with them after a crash of a worker', async () => {
    const { client } = await home().gateway();
    const files = ownFiles();
    install(files, one);
    const port = await serving(client, 1, files);
    writeFileSync(files.key, 'nonsense');
    const told = async (): Promise<boolean> =>
      (await client.state()).problems.some((problem) => problem.includes('the one before is served'));
    await eventually(told, 'the problem is told');
    expect(await shown(port)).toBe('one.test');
    kill((await client.state()).workers[0]?.pid ?? 0);
    await eventually(async () => (await shown(port)) === 'one.test', 'another worker shows it');
    install(files, two);
    await eventually(async () => (await shown(port)) === 'two.test', 'it is whole again');
    expect(await told()).toBe(false);
    home().note(await client.state());
  });

  it('that cannot be read are in the way of nothing but themselves, and are shown once they can', async () => {
    const { client } = await home().gateway();
    const files = ownFiles();
    const port = await serving(client, 1, files);
    expect(await shown(port)).toBeUndefined();
    expect((await client.state()).problems).toEqual([
      expect.stringContaining(`${files.certificate} cannot be read`),
    ]);
    install(files, one);
    await eventually(async () => (await shown(port)) === 'one.test', 'it is shown');
  });

  it('do not keep a gateway from ending while clients of HTTP/2 are connected, whose requests end first', async () => {
    const { client, state } = await home().gateway();
    const files = ownFiles();
    install(files, one);
    const port = await serving(client, 1, files);
    const session = connectHttp2(`https://127.0.0.1:${port}`, {
      rejectUnauthorized: false,
      servername: 'shop.test',
    });
    const goodbye = new Promise((resolve) => session.once('goaway', resolve));
    const stream = session.request({ ':path': '/slow', ':authority': 'shop.test' });
    await eventually(
      async () => Object.keys((await client.inflight()).endpoints).length > 0,
      'it is under way',
    );
    await client.stop(10_000);
    await goodbye;
    expect(await readAll(stream)).toBe('ok');
    await eventually(() => !isAlive(state.pid), 'the gateway has ended', 5_000);
  });

  it('are there again after the whole gateway was killed, and requests without TLS are sent to the port with it', async () => {
    const launched = await home().gateway();
    const files = ownFiles();
    install(files, one);
    const port = await serving(launched.client, 1, files);
    const { pid, workers } = await launched.client.state();
    for (const each of [pid, ...workers.map((worker) => worker.pid)]) kill(each);
    const { client } = await home().gateway();
    await eventually(async () => (await shown(port)) === 'one.test', 'it is shown at the same port');
    const plain = (await client.state()).listening.find(({ tls }) => tls === undefined)?.boundPort ?? 0;
    const answer = await send(plain, { path: '/x', headers: { host: `shop.test:${plain}` } });
    expect(answer).toMatchObject({ status: 308, headers: { location: `https://shop.test:${port}/x` } });
    rmSync(files.key);
  });
});
