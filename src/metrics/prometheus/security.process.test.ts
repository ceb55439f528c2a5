import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { QueryAnswer } from './answer.ts';
import { secretFromEnvironment, type Secret } from '../../system/secret.ts';
import type { PrometheusSettings, TlsSettings } from './settings.ts';
import { prometheusSource } from './source.ts';
import { authority, certificate, type Certificate } from './testing/certificates.ts';
import { passingOn, startHttp } from './testing/http-server.ts';
import { hasPrometheus, startPrometheus, type PrometheusServer } from './testing/prometheus-server.ts';

const signal = new AbortController().signal;
const PASSWORD = 'correct horse battery';
/** Of the password above, by bcrypt. */
const HASH = '$2b$04$abcdefghijklmnopqrstuuqREtd3VJD2QVZbuFskFSLk6eRIrQoOS';

function secret(value: string): Secret {
  return secretFromEnvironment('SECRET', { SECRET: value });
}

async function askOnce(
  settings: Partial<PrometheusSettings> & { readonly address: string },
): Promise<QueryAnswer> {
  const source = prometheusSource({ name: 'prom', gatherMs: 0, timeoutMs: 5_000, ...settings });
  try {
    const [answer] = await source.instant(['vector(1)'], signal);
    if (answer === undefined) throw new Error('no answer');
    return answer;
  } finally {
    await source.close();
  }
}

describe.skipIf(!hasPrometheus())('a Prometheus that lets only some in', () => {
  let dir: string;
  let server: PrometheusServer;
  let ours: Certificate;
  let others: Certificate;
  let address: string;
  let tls: TlsSettings;
  const auth = { basic: { user: 'me', password: secret(PASSWORD) } };

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'coalmine-tls-'));
    const root = await authority(dir, 'root');
    others = await authority(dir, 'others');
    const its = await certificate(dir, { name: 'its', altName: 'DNS:prometheus.example' }, root);
    ours = await certificate(dir, { name: 'ours', altName: 'DNS:coalmine' }, root);
    server = await startPrometheus({
      web: {
        tls_server_config: {
          cert_file: its.certFile,
          key_file: its.keyFile,
          client_auth_type: 'RequireAndVerifyClientCert',
          client_ca_file: root.certFile,
        },
        basic_auth_users: { me: HASH },
      },
    });
    address = `https://${server.target}`;
    tls = { caFile: root.certFile, ...ours, serverName: 'prometheus.example' };
  }, 60_000);

  afterAll(async () => {
    await server.stop();
    await rm(dir, { recursive: true, force: true });
  });

  it('answers who has the password and the certificate', async () => {
    expect(await askOnce({ address, auth, tls })).toMatchObject({ kind: 'series', series: [{ value: 1 }] });
  });

  it.each([
    ['nobody', {}],
    ['a wrong password', { auth: { basic: { user: 'me', password: secret('wrong horse battery') } } }],
    ['a bearer token', { auth: { bearer: secret('a-token-of-ours') } }],
  ])('does not answer %s, who is told without the secret', async (_, wrong) => {
    expect(await askOnce({ address, tls, ...wrong })).toEqual({
      kind: 'failed',
      fault: 'source',
      reason: 'source prom: it answered 401: Unauthorized',
      hint: 'Check `auth` of the source.',
    });
  });

  it('is not trusted by who does not know its authority, nor under another name', async () => {
    const hint = 'Check `tls` of the source: its authority, our certificate, the name.';
    const distrusting: readonly TlsSettings[] = [
      { ...ours, serverName: 'prometheus.example' },
      { ...tls, caFile: others.certFile },
      { ...tls, serverName: 'other.example' },
    ];
    for (const wrong of distrusting) {
      expect(await askOnce({ address, auth, tls: wrong })).toMatchObject({
        kind: 'failed',
        fault: 'source',
        hint,
      });
    }
    const insecure = { ...ours, insecure: true };
    expect(await askOnce({ address, auth, tls: insecure })).toMatchObject({ kind: 'series' });
  });

  it('does not answer who has no certificate, or one of somebody else', async () => {
    const { caFile = '', serverName = '' } = tls;
    for (const wrong of [
      { caFile, serverName },
      { caFile, serverName, ...others },
    ]) {
      expect(await askOnce({ address, auth, tls: wrong })).toMatchObject({ kind: 'failed', fault: 'source' });
    }
    const missing = await askOnce({ address, auth, tls: { ...tls, caFile: join(dir, 'none.pem') } });
    expect(missing.kind === 'failed' && missing.reason).toContain('cannot read the TLS file');
  });

  it('is asked with new certificates once their files have changed', async () => {
    const caFile = join(dir, 'changing.pem');
    await copyFile(others.certFile, caFile);
    const settings = { name: 'prom', address, auth, tls: { ...tls, caFile }, gatherMs: 0, timeoutMs: 5_000 };
    const source = prometheusSource(settings);
    expect(await source.instant(['vector(1)'], signal)).toMatchObject([{ kind: 'failed' }]);
    await copyFile(tls.caFile ?? '', caFile);
    expect(await source.instant(['vector(1)'], signal)).toMatchObject([{ kind: 'series' }]);
    await source.close();
  });

  it('is reached through a proxy that wants a bearer token', async () => {
    const open = await startPrometheus();
    const passOn = passingOn(open.target);
    const proxy = await startHttp((request, response) => {
      if (request.headers.authorization === 'Bearer a-token-of-ours') {
        passOn(request, response);
        return;
      }
      response.writeHead(403).end('go away');
    });
    const at = `http://${proxy.target}`;
    expect(await askOnce({ address: at, auth: { bearer: secret('a-token-of-ours') } })).toMatchObject({
      kind: 'series',
    });
    expect(await askOnce({ address: at, auth: { bearer: secret('another-token') } })).toMatchObject({
      kind: 'failed',
      reason: 'source prom: it answered 403: go away',
    });
    await proxy.stop();
    await open.stop();
  });
});
