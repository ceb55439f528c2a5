import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CONFIG_MAPS, newNamespace, type ConfigMap } from '../../test/kubernetes/objects.ts';
import { sharedClient, sharedKubeconfig } from '../../test/kubernetes/shared-plane.ts';
import type { Change, KubeClient } from './client.ts';
import type { KubeObject } from './object.ts';
import { resource, scaleOf } from './resource.ts';

interface Deployment extends KubeObject {
  readonly spec: {
    readonly replicas?: number;
    readonly paused?: boolean;
    readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly template: object;
  };
}
const DEPLOYMENTS = resource<Deployment>('apps/v1', 'Deployment', { plural: 'deployments' });

const signal = new AbortController().signal;
let namespace: string;

describe.skipIf(sharedKubeconfig() === undefined)('the client of a real API server', () => {
  let client: KubeClient;
  const map = (name: string, data: Record<string, string> = {}): ConfigMap => ({
    metadata: { namespace, name },
    data,
  });

  beforeEach(async () => {
    client = await sharedClient();
    namespace = await newNamespace(client, 'client');
  });
  afterEach(async () => {
    await client.close();
  });

  it('makes, reads, replaces and deletes an object', async () => {
    const made = await client.create(CONFIG_MAPS, map('a', { k: '1' }), signal);
    expect(made).toMatchObject({ kind: 'ConfigMap', data: { k: '1' } });
    await client.replace(CONFIG_MAPS, { ...made, data: { k: '2' } }, signal);
    const found = await client.get(CONFIG_MAPS, { namespace, name: 'a' }, signal);
    expect(found?.data).toEqual({ k: '2' });
    await expect(client.replace(CONFIG_MAPS, { ...made, data: {} }, signal)).rejects.toMatchObject({
      reason: 'conflict',
      code: 'conflict',
    });
    const { uid = '' } = made.metadata;
    await expect(
      client.delete(CONFIG_MAPS, { namespace, name: 'a', uid: 'another' }, signal),
    ).rejects.toMatchObject({ reason: 'conflict' });
    expect(await client.delete(CONFIG_MAPS, { namespace, name: 'a', uid }, signal)).toBe(true);
    expect(await client.delete(CONFIG_MAPS, { namespace, name: 'a', uid }, signal)).toBe(false);
    expect(await client.get(CONFIG_MAPS, { namespace, name: 'a' }, signal)).toBeUndefined();
  });

  it('says which fields are wrong, and what exists already', async () => {
    const wrong = { metadata: { namespace, name: 'Not A Name' } };
    await expect(client.create(CONFIG_MAPS, wrong, signal)).rejects.toMatchObject({
      reason: 'invalid',
      code: 'invalidSpec',
      causes: [{ field: 'metadata.name' }],
    });
    await client.create(CONFIG_MAPS, map('twice'), signal);
    await expect(client.create(CONFIG_MAPS, map('twice'), signal)).rejects.toMatchObject({
      reason: 'alreadyExists',
    });
  });

  it('patches in every form', async () => {
    await client.create(CONFIG_MAPS, map('patched', { a: '1', b: '1' }), signal);
    const key = { namespace, name: 'patched' };
    await client.patch(CONFIG_MAPS, { ...key, merge: { data: { a: null, c: '1' } } }, signal);
    await client.patch(CONFIG_MAPS, { ...key, strategic: { data: { d: '1' } } }, signal);
    const test = { op: 'test', path: '/data/c', value: '1' } as const;
    const last = { ...key, json: [test, { op: 'replace', path: '/data/c', value: '2' }] } as const;
    const done = await client.patch(CONFIG_MAPS, last, signal);
    expect(done.data).toEqual({ b: '1', c: '2', d: '1' });
    await expect(client.patch(CONFIG_MAPS, last, signal)).rejects.toMatchObject({ reason: 'invalid' });
  });

  it('applies our fields, beside those of others, and names whose they are on a conflict', async () => {
    const metadata = { namespace, name: 'applied' };
    await client.apply(CONFIG_MAPS, { object: { metadata, data: { ours: '1', gone: '1' } } }, signal);
    const theirs = { object: { metadata, data: { theirs: '1' } }, fieldManager: 'others' };
    await client.apply(CONFIG_MAPS, theirs, signal);
    const ours = { object: { metadata, data: { ours: '2' } } };
    const dry = await client.apply(CONFIG_MAPS, { ...ours, dryRun: true }, signal);
    expect(dry.data).toEqual({ ours: '2', theirs: '1' });
    expect((await client.get(CONFIG_MAPS, metadata, signal))?.data?.['ours']).toBe('1');
    await client.apply(CONFIG_MAPS, ours, signal);
    const stolen = { object: { metadata, data: { theirs: '2' } } };
    await expect(client.apply(CONFIG_MAPS, stolen, signal)).rejects.toMatchObject({
      reason: 'conflict',
      message: expect.stringContaining('"others"') as string,
      causes: [{ reason: 'FieldManagerConflict', field: '.data.theirs' }],
    });
    const done = await client.apply(CONFIG_MAPS, { ...stolen, force: true }, signal);
    expect(done.data).toEqual({ theirs: '2' });
  });

  it('reads and writes the size of a workload', async () => {
    const labels = { app: 'sized' };
    const containers = [{ name: 'c', image: 'example.test/c:1' }];
    const template = { metadata: { labels }, spec: { containers } };
    const spec = { replicas: 1, paused: true, selector: { matchLabels: labels }, template };
    const key = { namespace, name: 'sized' };
    await client.create(DEPLOYMENTS, { metadata: key, spec }, signal);
    const scale = await client.get(scaleOf(DEPLOYMENTS), key, signal);
    expect(scale?.spec?.replicas).toBe(1);
    await client.patch(scaleOf(DEPLOYMENTS), { ...key, merge: { spec: { replicas: 3 } } }, signal);
    expect((await client.get(DEPLOYMENTS, key, signal))?.spec).toMatchObject({ replicas: 3, paused: true });
  });

  it('lists page by page what is selected, and watches from there', async () => {
    for (let n = 0; n < 5; n += 1) {
      const metadata = { namespace, name: `listed-${n}`, labels: { listed: n < 4 ? 'yes' : 'no' } };
      await client.create(CONFIG_MAPS, { metadata }, signal);
    }
    const selection = { namespace, labels: 'listed=yes' };
    const sizes: number[] = [];
    let resourceVersion = '';
    for await (const page of client.pages(CONFIG_MAPS, { ...selection, pageSize: 3 }, signal)) {
      sizes.push(page.items.length);
      resourceVersion = page.resourceVersion;
      expect(page.items[0]).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap' });
    }
    expect(sizes).toEqual([3, 1]);
    await client.create(
      CONFIG_MAPS,
      { metadata: { namespace, name: 'late', labels: { listed: 'yes' } } },
      signal,
    );
    await client.delete(CONFIG_MAPS, { namespace, name: 'listed-0' }, signal);
    const seen: Change<ConfigMap>[] = [];
    for await (const change of client.watch(CONFIG_MAPS, { ...selection, resourceVersion }, signal)) {
      if (change.kind !== 'bookmark') seen.push(change);
      if (seen.length === 2) break;
    }
    expect(seen).toMatchObject([
      { kind: 'added', object: { metadata: { name: 'late' } } },
      { kind: 'deleted', object: { metadata: { name: 'listed-0' } } },
    ]);
  });

  it('knows what is served', async () => {
    expect(await client.served('apps/v1', signal)).toContain('deployments');
    expect(await client.served('gateway.example.test/v1', signal)).toEqual([]);
    expect(await client.version(signal)).toMatch(/^v\d/);
  });

  it('ends at once when its signal is aborted', async () => {
    const ending = new AbortController();
    const { resourceVersion } = await client.list(CONFIG_MAPS, { namespace }, signal);
    const watching = client.watch(CONFIG_MAPS, { namespace, resourceVersion }, ending.signal);
    await client.create(CONFIG_MAPS, { metadata: { namespace, generateName: 'new-' } }, signal);
    await watching.next();
    setTimeout(() => {
      ending.abort(new Error('enough'));
    }, 10);
    await expect(
      (async () => {
        for await (const change of watching) expect(change).toBeDefined();
      })(),
    ).rejects.toThrow('enough');
    await expect(client.get(CONFIG_MAPS, { namespace, name: 'a' }, ending.signal)).rejects.toThrow('enough');
  });
});
