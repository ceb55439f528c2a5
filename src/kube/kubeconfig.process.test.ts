import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failureOf } from '../../test/gateway.ts';
import { inClusterAccess } from './in-cluster.ts';
import { loadKubeconfig } from './kubeconfig.ts';

const signal = new AbortController().signal;
const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** Counts its runs in a file, and says who we are until then. */
const PLUGIN = `
const fs = require('node:fs');
const [file, mode, seconds] = process.argv.slice(2);
fs.appendFileSync(file, 'x');
const runs = fs.readFileSync(file, 'utf8').length;
if (mode === 'fail') { console.error('log in first'); process.exit(1); }
const info = JSON.parse(process.env.KUBERNETES_EXEC_INFO);
const expirationTimestamp = seconds ? new Date(Date.now() + Number(seconds) * 1000).toISOString() : undefined;
const token = [process.env.PREFIX, runs, info.spec.cluster?.server ?? 'nowhere'].join(' ');
const apiVersion = mode === 'old' ? 'client.authentication.k8s.io/v1alpha1' : info.apiVersion;
console.log(JSON.stringify({ apiVersion, kind: 'ExecCredential', status: { token, expirationTimestamp } }));
`;

describe('a configuration of Kubernetes', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'coalmine-kubeconfig-'));
    await writeFile(join(dir, 'plugin.cjs'), PLUGIN);
  });
  afterEach(async () => {
    await rm(dir, { recursive: true, force: true });
  });

  async function written(
    parts: { user?: object; cluster?: object; context?: object },
    name = 'config',
  ): Promise<string> {
    const path = join(dir, name);
    const config = {
      'current-context': 'one',
      contexts: [{ name: 'one', context: { cluster: 'c', user: 'u', ...parts.context } }],
      clusters: [{ name: 'c', cluster: { server: 'https://one.test:6443/', ...parts.cluster } }],
      users: [{ name: 'u', user: parts.user ?? {} }],
    };
    await writeFile(path, JSON.stringify(config));
    return path;
  }
  const identity = async (user: object): Promise<unknown> =>
    (await loadKubeconfig({ path: await written({ user }) })).credentials.current(signal);

  it('says where the server is, who vouches for it, and which namespace is meant', async () => {
    await writeFile(join(dir, 'ca.pem'), 'PEM');
    const inFile = await written({
      cluster: { 'certificate-authority': 'ca.pem' },
      context: { namespace: 'shop' },
    });
    expect(await loadKubeconfig({ path: inFile })).toMatchObject({
      server: 'https://one.test:6443',
      ca: 'PEM',
      namespace: 'shop',
    });
    const inline = await written({
      cluster: { 'certificate-authority-data': base64('INLINE'), 'tls-server-name': 'api.test' },
    });
    expect(await loadKubeconfig({ path: inline, namespace: 'mine' })).toMatchObject({
      ca: 'INLINE',
      serverName: 'api.test',
      namespace: 'mine',
    });
    const skipping = await written({ cluster: { 'insecure-skip-tls-verify': true } });
    expect(await loadKubeconfig({ path: skipping })).toMatchObject({ insecure: true, namespace: 'default' });
  });

  it('is what several files say together, the first first', async () => {
    const first = await written({ context: { namespace: 'first' } }, 'first');
    const second = join(dir, 'second');
    await writeFile(
      second,
      'contexts: [{name: two, context: {cluster: d}}]\nclusters: [{name: d, cluster: {server: "https://two.test"}}]\n',
    );
    const env = { KUBECONFIG: `${first}:${join(dir, 'missing')}:${second}` };
    expect(await loadKubeconfig({ env })).toMatchObject({
      server: 'https://one.test:6443',
      namespace: 'first',
    });
    expect(await loadKubeconfig({ env, context: 'two' })).toMatchObject({ server: 'https://two.test' });
    const failure = await failureOf(loadKubeconfig({ env, context: 'three' }));
    expect(failure.hint).toContain('one, two');
  });

  it('says who we are: by token, by certificate, by name', async () => {
    expect(await identity({ token: 't', tokenFile: 'ignored' })).toEqual({ authorization: 'Bearer t' });
    expect(await identity({ username: 'me', password: 'p' })).toEqual({
      authorization: `Basic ${base64('me:p')}`,
    });
    const certificate = { 'client-certificate-data': base64('CERT'), 'client-key-data': base64('KEY') };
    expect(await identity(certificate)).toEqual({ certificate: { cert: 'CERT', key: 'KEY' } });
    expect(await identity({})).toEqual({});
  });

  it('reads the token of a file again when it was refused', async () => {
    const file = join(dir, 'token');
    await writeFile(file, 'old\n');
    const { credentials } = await loadKubeconfig({ path: await written({ user: { tokenFile: 'token' } }) });
    const old = await credentials.current(signal);
    await writeFile(file, 'new\n');
    expect(await credentials.current(signal)).toEqual({ authorization: 'Bearer old' });
    credentials.refused(old);
    expect(await credentials.current(signal)).toEqual({ authorization: 'Bearer new' });
  });

  const plugin = (mode: string, more: { seconds?: string; info?: boolean } = {}): object => ({
    exec: {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: process.execPath,
      args: [join(dir, 'plugin.cjs'), join(dir, 'runs'), mode, more.seconds ?? ''],
      env: [{ name: 'PREFIX', value: 'told' }],
      provideClusterInfo: more.info === true,
      installHint: 'get it from the shelf',
    },
  });
  const runs = async (): Promise<number> => (await readFile(join(dir, 'runs'), 'utf8')).length;

  it('asks a program who we are, once for many requests, until the answer runs out or is refused', async () => {
    const path = await written({ user: plugin('ok', { seconds: '3600', info: true }) });
    const { credentials } = await loadKubeconfig({ path });
    const all = await Promise.all([1, 2, 3].map(() => credentials.current(signal)));
    expect(all[0]).toEqual({ authorization: 'Bearer told 1 https://one.test:6443' });
    expect(await runs()).toBe(1);
    credentials.refused(all[0] ?? {});
    credentials.refused(all[1] ?? {});
    await credentials.current(signal);
    expect(await runs()).toBe(2);
    const short = await loadKubeconfig({ path: await written({ user: plugin('ok', { seconds: '5' }) }) });
    await short.credentials.current(signal);
    expect(await short.credentials.current(signal)).toEqual({ authorization: 'Bearer told 4 nowhere' });
  });

  it('says why a program does not tell who we are, and how to get it, but not what it printed', async () => {
    const { credentials } = await loadKubeconfig({ path: await written({ user: plugin('fail') }) });
    const failed = await failureOf(credentials.current(signal));
    expect(failed).toMatchObject({ code: 'notPermitted', hint: 'get it from the shelf' });
    expect(failed.message).toMatch(/log in first$/);
    const other = await loadKubeconfig({ path: await written({ user: plugin('old') }) });
    const strange = await failureOf(other.credentials.current(signal));
    expect(strange.message).toMatch(/does not answer with an ExecCredential/);
    expect(strange.message).not.toContain('told');
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'no-such-program-at-all' };
    const missing = await loadKubeconfig({ path: await written({ user: { exec } }) });
    expect((await failureOf(missing.credentials.current(signal))).message).toMatch(
      /there is no such program$/,
    );
  });

  it.each([
    [{ cluster: { 'proxy-url': 'http://proxy' } }, 'notBuilt', /proxies are not built/],
    [{ cluster: { server: 'https://me:hunter2@host' } }, 'usage', /is not an address/],
    [{ cluster: { server: '' } }, 'usage', /is not an address/],
    [
      { cluster: { 'insecure-skip-tls-verify': true, 'certificate-authority-data': 'QQ==' } },
      'usage',
      /skips its check/,
    ],
    [{ user: { 'auth-provider': { name: 'gcp' } } }, 'notBuilt', /auth-provider/],
    [{ user: { 'client-certificate-data': 'QQ==' } }, 'usage', /without its key/],
    [
      { user: { exec: { command: 'x', apiVersion: 'client.authentication.k8s.io/v1alpha1' } } },
      'usage',
      /apiVersion/,
    ],
    [{ context: { user: 'nobody' } }, 'notFound', /no user "nobody"/],
    [{ cluster: { 'certificate-authority': 'no-such-file' } }, 'notFound', /no-such-file/],
  ])('is refused when it says %j', async (parts, code, message) => {
    const failure = await failureOf(loadKubeconfig({ path: await written(parts) }));
    expect(failure.code).toBe(code);
    expect(failure.message).toMatch(message);
    expect(failure.message).not.toContain('hunter2');
  });

  it('that is no YAML is refused without quoting it', async () => {
    const path = join(dir, 'broken');
    await writeFile(path, 'users: [{token: hunter2\n  }}');
    const failure = await failureOf(loadKubeconfig({ path }));
    expect(failure.message).toContain(path);
    expect(failure.message).not.toContain('hunter2');
    expect((await failureOf(loadKubeconfig({ path: join(dir, 'missing') }))).code).toBe('notFound');
  });

  it('is given to a pod by its service account', async () => {
    expect(await inClusterAccess({ env: {} })).toBeUndefined();
    const env = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' };
    expect((await failureOf(inClusterAccess({ env, mountedAt: dir }))).hint).toContain('automount');
    for (const [name, text] of Object.entries({ 'ca.crt': 'PEM', namespace: 'shop', token: 't1\n' }))
      await writeFile(join(dir, name), text);
    const access = await inClusterAccess({ env, mountedAt: dir });
    expect(access).toMatchObject({ server: 'https://[fd00::1]:443', ca: 'PEM', namespace: 'shop' });
    expect(await access?.credentials.current(signal)).toEqual({ authorization: 'Bearer t1' });
  });
});
