import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ADMIN_TOKEN } from '../../test/kubernetes/credentials.ts';
import { FaultProxy, type Passed } from '../../test/kubernetes/fault-proxy.ts';
import { CONFIG_MAPS, newNamespace } from '../../test/kubernetes/objects.ts';
import { sharedClient, sharedKubeconfig } from '../../test/kubernetes/shared-plane.ts';
import { fixedCredentials } from './access.ts';
import { kubeClient } from './api-client.ts';
import type { KubeClient } from './client.ts';
import { loadKubeconfig } from './kubeconfig.ts';
import type { KubeObject } from './object.ts';
import { resource } from './resource.ts';

interface Secret extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}
const SECRETS = resource<Secret>('v1', 'Secret', { plural: 'secrets' });
const signal = new AbortController().signal;
const isPost = ({ method }: Passed): boolean => method === 'POST';

describe.skipIf(sharedKubeconfig() === undefined)('a client behind a bad network', () => {
  let direct: KubeClient;
  let proxy: FaultProxy;
  let client: KubeClient;
  let namespace: string;

  beforeEach(async () => {
    direct = await sharedClient();
    namespace = await newNamespace(direct, 'faults');
    proxy = await FaultProxy.start(await loadKubeconfig({ path: sharedKubeconfig() ?? '' }));
    client = kubeClient(proxy.access);
  });
  afterEach(async () => {
    await Promise.all([direct.close(), client.close()]);
    await proxy.stop();
  });

  const create = (name: string): Promise<unknown> =>
    client.create(CONFIG_MAPS, { metadata: { namespace, name } }, signal);
  const names = async (): Promise<readonly string[]> =>
    (await direct.list(CONFIG_MAPS, { namespace, fields: 'metadata.name!=kube-root-ca.crt' }, signal)).items
      .map(({ metadata }) => metadata.name)
      .sort();

  it('waits as it is told when the server has too much to do, whatever is asked', async () => {
    proxy.plan({ kind: 'status', status: 429, retryAfter: 1 }, isPost);
    const begun = performance.now();
    await create('patient');
    expect(performance.now() - begun).toBeGreaterThanOrEqual(1_000);
    proxy.plan({ kind: 'status', status: 429 }, isPost, 2);
    proxy.plan({ kind: 'status', status: 503, retryAfter: 0 }, isPost);
    await create('more');
    expect(await names()).toEqual(['more', 'patient']);
  });

  it('asks again for an answer that was lost, where that can do no harm', async () => {
    proxy.plan({ kind: 'cutAfter' }, ({ method }) => method === 'PATCH');
    await client.apply(CONFIG_MAPS, { object: { metadata: { namespace, name: 'applied' } } }, signal);
    proxy.plan({ kind: 'cutBefore' }, ({ method }) => method === 'GET', 2);
    expect(await client.get(CONFIG_MAPS, { namespace, name: 'applied' }, signal)).toBeDefined();
    expect(proxy.requests.map(({ method }) => method)).toEqual(['PATCH', 'PATCH', 'GET', 'GET', 'GET']);
  });

  it('does not make a second one of what may have been made', async () => {
    proxy.plan({ kind: 'cutAfter' }, isPost);
    const made = client.create(CONFIG_MAPS, { metadata: { namespace, generateName: 'one-' } }, signal);
    await expect(made).rejects.toMatchObject({ reason: 'unreachable', code: 'unreachable' });
    expect(await names()).toHaveLength(1);
    expect(proxy.requests).toHaveLength(1);
  });

  it('gives up after a few attempts, and at once where nothing would change', async () => {
    proxy.plan({ kind: 'status', status: 429, retryAfter: 0 }, isPost, 100);
    await expect(create('never')).rejects.toMatchObject({ reason: 'tooMany', status: 429 });
    expect(proxy.requests).toHaveLength(6);
    proxy.plan({ kind: 'status', status: 409, reason: 'Conflict' }, ({ method }) => method === 'DELETE', 9);
    proxy.plan({ kind: 'status', status: 500 }, ({ method }) => method === 'PUT', 9);
    const key = { namespace, name: 'a' };
    await expect(client.delete(CONFIG_MAPS, key, signal)).rejects.toMatchObject({ reason: 'conflict' });
    await expect(client.replace(CONFIG_MAPS, { metadata: key }, signal)).rejects.toMatchObject({
      reason: 'internal',
    });
    expect(proxy.requests).toHaveLength(8);
  });

  it('does not wait for ever for a server that says nothing', async () => {
    const hasty = kubeClient(proxy.access, { attemptMs: 300, deadlineMs: 1_000 });
    proxy.plan({ kind: 'hang' }, () => true, 100);
    await expect(hasty.get(CONFIG_MAPS, { namespace, name: 'a' }, signal)).rejects.toMatchObject({
      reason: 'unreachable',
      message: expect.stringContaining('within') as string,
    });
    expect(proxy.requests.length).toBeGreaterThan(1);
    await hasty.close();
  });

  it('gets its identity anew when the server does not know it, once', async () => {
    let asked = 0;
    const refused: unknown[] = [];
    const token = (): string => (asked > 1 ? ADMIN_TOKEN : 'run-out');
    const credentials = {
      current: () => Promise.resolve({ authorization: `Bearer ${((asked += 1), token())}` }),
      refused: (identity: unknown) => refused.push(identity),
    };
    const renewing = kubeClient({ ...proxy.access, credentials });
    expect(await renewing.version(signal)).toMatch(/^v/);
    expect(refused).toEqual([{ authorization: 'Bearer run-out' }]);
    await renewing.close();
    const stranger = kubeClient({
      ...proxy.access,
      credentials: fixedCredentials({ authorization: 'Bearer x' }),
    });
    await expect(stranger.version(signal)).rejects.toMatchObject({
      reason: 'unauthorized',
      code: 'notPermitted',
    });
    await stranger.close();
  });

  it('quotes neither tokens nor the values of Secrets', async () => {
    const value = 'not base64: hunter2';
    const wrong = { metadata: { namespace, name: 's' }, data: { 'bad key': 'aHVudGVyMg==', ok: value } };
    const failures = [
      await client.create(SECRETS, wrong, signal).catch((error: unknown) => error),
      await client
        .create(SECRETS, { ...wrong, data: { 'bad key': 'aHVudGVyMg==' } }, signal)
        .catch((error: unknown) => error),
    ];
    proxy.setDown(true);
    failures.push(await client.create(SECRETS, wrong, signal).catch((error: unknown) => error));
    for (const failure of failures) {
      expect(failure).toBeInstanceOf(Error);
      const text = JSON.stringify(failure, Object.getOwnPropertyNames(failure)) + String(failure);
      expect(text).not.toMatch(/hunter2|aHVudGVyMg|token-of/);
    }
    expect(failures[1]).toMatchObject({ causes: [{ field: 'data[bad key]' }] });
  });
});
