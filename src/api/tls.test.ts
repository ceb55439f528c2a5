import { copyFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { request as secureRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { asks } from '../../test/api/asking.ts';
import { fakeSessions } from '../../test/api/sessions.ts';
import { CertificateMaker } from '../../test/certificates.ts';
import { freePort } from '../../test/tools.ts';
import { accessTo, fakeOperations, SECRET } from '../../test/cli/fake.ts';
import type { Caller } from './access/caller.ts';
import type { Reach } from './access/reach.ts';
import { startApiServer, type ApiServer } from './server.ts';
import {
  certificateInFiles,
  certificateProblems,
  firstCertificate,
  keepCertificate,
} from './tls-certificate.ts';

const TOKEN = { authorization: `Bearer ${SECRET}` };
const ANA: Caller = { author: { kind: 'user', name: 'ana' }, role: 'viewer', groups: [] };

let dataDir: string;
let maker: CertificateMaker;
let server: ApiServer | undefined;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'coalmine-api-'));
  maker = new CertificateMaker();
});

afterEach(async () => {
  await server?.close();
  server = undefined;
  maker.dispose();
  await rm(dataDir, { recursive: true, force: true });
});

async function serve(reach: Reach): Promise<number> {
  server = await startApiServer({
    dataDir,
    port: 0,
    reach,
    access: { ...accessTo(fakeOperations()), sessions: fakeSessions(ANA) },
    onBug: (thrown) => {
      throw thrown;
    },
  });
  return Number(new URL(server.url ?? '').port);
}

describe('the API over TLS', () => {
  it('is asked by its name, and sets cookies that go over TLS only', async () => {
    const pair = maker.make('127.0.0.1', 'localhost');
    const port = await serve({ certificate: certificateInFiles(pair.files) });
    expect(server?.url).toBe(`https://127.0.0.1:${port}`);
    const cookies = await new Promise<readonly string[]>((resolve, reject) => {
      const asked = { host: '127.0.0.1', port, ca: pair.cert, path: '/enter?code=good', agent: false };
      secureRequest(asked, (response) => {
        response.resume();
        resolve(response.headers['set-cookie'] ?? []);
      })
        .on('error', reject)
        .end();
    });
    expect(cookies).toEqual([
      `__Host-coalmine_session_${port}=secret-1; Path=/; HttpOnly; SameSite=Strict; Secure`,
    ]);
  });

  it('does not answer in the clear', async () => {
    const pair = maker.make('127.0.0.1');
    const port = await serve({ certificate: certificateInFiles(pair.files) });
    await expect(asks(port, { path: '/api/v1/system', headers: TOKEN })).rejects.toThrow();
  });

  it('does not begin with a certificate that cannot serve', async () => {
    const { files } = maker.make('a.example');
    const { files: other } = maker.make('b.example');
    const mixed = certificateInFiles({ certificate: files.certificate, key: other.key });
    await expect(serve({ certificate: mixed })).rejects.toMatchObject({ code: 'usage' });
    const none = certificateInFiles({ certificate: join(dataDir, 'none'), key: other.key });
    await expect(serve({ certificate: none })).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('cannot be read') as string,
    });
  });
});

it('a certificate that is replaced is shown from the next handshake on, and one that cannot serve is told of once', async () => {
  const [first, second] = [maker.make('127.0.0.1'), maker.make('127.0.0.1')];
  const files = { certificate: join(dataDir, 'cert.pem'), key: join(dataDir, 'key.pem') };
  const place = async ({ files: { certificate, key } }: typeof first): Promise<void> => {
    await copyFile(key, `${files.key}.new`);
    await copyFile(certificate, `${files.certificate}.new`);
    await rename(`${files.key}.new`, files.key);
    await rename(`${files.certificate}.new`, files.certificate);
  };
  await place(first);
  const shown: unknown[] = [];
  const problems: string[] = [];
  const ending = new AbortController();
  const certificate = await firstCertificate(certificateInFiles(files));
  expect(certificate.value.cert).toBe(first.cert);
  const kept = keepCertificate({ setSecureContext: ({ cert }) => void shown.push(cert) }, certificate, {
    signal: ending.signal,
    tell: (problem) => void problems.push(problem),
    lookEveryMs: 5,
  });
  const patience = { timeout: 10_000, interval: 5 };
  await place(second);
  await vi.waitFor(() => {
    expect(shown.at(-1)).toBe(second.cert);
  }, patience);
  const before = shown.length;
  const told = problems.length;
  // At once: a file that is being written is another that cannot serve.
  await writeFile(`${files.certificate}.new`, 'no certificate');
  await rename(`${files.certificate}.new`, files.certificate);
  await vi.waitFor(() => {
    expect(problems.slice(told)).toEqual([expect.stringMatching(/cannot serve.*the one before is shown/)]);
  }, patience);
  expect(certificateProblems(certificate, Date.now())).toEqual(problems.slice(told));
  await place(first);
  await vi.waitFor(() => {
    expect(shown.at(-1)).toBe(first.cert);
    expect(certificateProblems(certificate, Date.now())).toEqual([]);
  }, patience);
  const inDays = (days: number) => certificateProblems(certificate, Date.now() + days * 86_400_000);
  expect([inDays(1), inDays(1.9), inDays(3)]).toEqual([
    [],
    [expect.stringMatching(/^the certificate of the API expires soon/)],
    [expect.stringMatching(/^the certificate of the API has expired/)],
  ]);
  expect(shown.length).toBeGreaterThan(before);
  ending.abort();
  await kept;
});

it('clients see the certificate that a running server was given last', async () => {
  const [first, second] = [maker.make('127.0.0.1'), maker.make('127.0.0.1')];
  let now = first;
  let version = 1;
  const port = await serve({
    certificate: { version: () => Promise.resolve(String(version)), read: () => Promise.resolve(now) },
  });
  const seen = (): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
        resolve(socket.getPeerX509Certificate()?.toString() ?? '');
        socket.destroy();
      });
      socket.on('error', reject);
    });
  expect(await seen()).toBe(first.cert);
  expect(server?.certificate()).toBe(first.cert);
  [now, version] = [second, 2];
  await vi.waitFor(
    async () => {
      expect(await seen()).toBe(second.cert);
    },
    { timeout: 20_000, interval: 100 },
  );
  expect(server?.certificate()).toBe(second.cert);
}, 30_000);

describe('the API behind a proxy', () => {
  const host = 'deploy.example.com';
  const told = { ...TOKEN, host, 'x-forwarded-proto': 'https' };
  const path = '/api/v1/rollouts';

  async function behind(
    proxies: readonly string[],
  ): Promise<(headers: Record<string, string>) => Promise<number>> {
    lastPort = await freePort();
    server = await startApiServer({
      ...{ dataDir, port: lastPort, reach: { hosts: [host], proxies } },
      access: { ...accessTo(fakeOperations()), sessions: fakeSessions(ANA) },
      onBug: () => undefined,
    });
    expect(server.url).toBe(`https://${host}`);
    return async (headers) => (await asks(lastPort, { path, headers })).status;
  }

  let lastPort = 0;

  it('is asked by the name that users know, over TLS, or here', async () => {
    const status = await behind(['127.0.0.0/8']);
    expect(await status(told)).toBe(200);
    expect(await status({ ...told, origin: `https://${host}` })).toBe(200);
    expect(await status({ ...told, origin: `http://${host}` })).toBe(403);
    expect(await status({ ...told, 'x-forwarded-proto': 'http' })).toBe(403);
    expect(await status({ ...TOKEN, host })).toBe(403);
    expect(await status({ ...told, host: 'evil.example.com' })).toBe(403);
    expect(await status({ ...told, host: 'evil.example.com', 'x-forwarded-host': host })).toBe(403);
    expect(await status({ ...TOKEN, host: `127.0.0.1:${lastPort}` })).toBe(200);
  });

  it('believes what is said of TLS from the proxy alone', async () => {
    const status = await behind(['10.0.0.2']);
    expect(await status(told)).toBe(403);
    expect(await status({ ...TOKEN, host: `127.0.0.1:${lastPort}` })).toBe(200);
  });
});
