import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FaultProxy, type Passed } from '../../test/kubernetes/fault-proxy.ts';
import { CONFIG_MAPS, newNamespace, type ConfigMap } from '../../test/kubernetes/objects.ts';
import { sharedClient, sharedKubeconfig } from '../../test/kubernetes/shared-plane.ts';
import { kubeClient } from './api-client.ts';
import type { KubeClient } from './client.ts';
import { Informer, type KeptChange } from './informer.ts';
import { notingClient } from './noting.ts';
import { loadKubeconfig } from './kubeconfig.ts';

const signal = new AbortController().signal;
const SOON = { timeout: 30_000, interval: 20 };
const isWatch = ({ path }: Passed): boolean => path.includes('watch=true');

describe.skipIf(sharedKubeconfig() === undefined)('an informer', () => {
  let direct: KubeClient;
  let proxy: FaultProxy;
  let client: KubeClient;
  let namespace: string;
  let ending: AbortController;
  let running: Promise<void>;
  let informer: Informer<ConfigMap, string>;
  let changes: KeptChange<string>[];
  let troubles: unknown[];

  beforeEach(async () => {
    direct = await sharedClient();
    namespace = await newNamespace(direct, 'informer');
    proxy = await FaultProxy.start(await loadKubeconfig({ path: sharedKubeconfig() ?? '' }));
    client = kubeClient(proxy.access, { watchMs: 2_000 });
    changes = [];
    troubles = [];
    ending = new AbortController();
    await make('a', '1');
    await make('b', '2');
    informer = new Informer({
      client,
      of: CONFIG_MAPS,
      selection: { namespace, labels: 'followed', pageSize: 1 },
      keep: ({ data }) => data?.['value'] ?? '',
      indexes: { value: (value) => [value] },
      onChange: (change) => changes.push(change),
      onTrouble: (error) => troubles.push(error),
    });
    running = informer.run(ending.signal);
    expect(await informer.synced(signal)).toBe(true);
  });

  afterEach(async () => {
    ending.abort();
    await running;
    await client.close();
    await direct.close();
    await proxy.stop();
  });

  async function make(name: string, value: string): Promise<void> {
    const metadata = { namespace, name, labels: { followed: 'yes' } };
    await direct.apply(CONFIG_MAPS, { object: { metadata, data: { value } } }, signal);
  }
  const remove = (name: string): Promise<boolean> => direct.delete(CONFIG_MAPS, { namespace, name }, signal);
  const kept = (): readonly string[] => [...informer.all()].sort();

  it('keeps what is there, and follows what changes', async () => {
    expect(kept()).toEqual(['1', '2']);
    await make('a', '3');
    await make('c', '4');
    await remove('b');
    await vi.waitFor(() => {
      expect(kept()).toEqual(['3', '4']);
    }, SOON);
    expect(informer.get({ namespace, name: 'a' })).toBe('3');
    expect(informer.under('value', '4')).toEqual(['4']);
    expect(informer.under('value', '1')).toEqual([]);
    expect(changes.slice(2)).toEqual([
      { key: { namespace, name: 'a' }, before: '1', now: '3' },
      { key: { namespace, name: 'c' }, now: '4' },
      { key: { namespace, name: 'b' }, before: '2' },
    ]);
    expect(troubles).toEqual([]);
  });

  it('goes on where it was when its connection is cut, without a new list', async () => {
    await vi.waitFor(() => {
      expect(proxy.watches).toBe(1);
    }, SOON);
    const lists = (): number => proxy.requests.filter((asked) => !isWatch(asked)).length;
    const before = lists();
    proxy.setDown(true);
    await make('a', '3');
    await remove('b');
    proxy.setDown(false);
    await vi.waitFor(() => {
      expect(kept()).toEqual(['3']);
    }, SOON);
    expect(lists()).toBe(before);
    expect(changes.slice(2)).toHaveLength(2);
  });

  it('lists anew when changes are not known any more, and tells only of what is different', async () => {
    await vi.waitFor(() => {
      expect(proxy.watches).toBe(1);
    }, SOON);
    proxy.plan({ kind: 'expired' }, isWatch, 3);
    proxy.setDown(true);
    await remove('b');
    await make('c', '3');
    proxy.setDown(false);
    await vi.waitFor(() => {
      expect(kept()).toEqual(['1', '3']);
    }, SOON);
    expect(changes.slice(2).sort((one, other) => one.key.name.localeCompare(other.key.name))).toEqual([
      { key: { namespace, name: 'b' }, before: '2' },
      { key: { namespace, name: 'c' }, now: '3' },
    ]);
  });

  it('begins its list again when the next page has expired', async () => {
    await vi.waitFor(() => {
      expect(proxy.watches).toBe(1);
    }, SOON);
    await make('c', '3');
    await vi.waitFor(() => {
      expect(kept()).toEqual(['1', '2', '3']);
    }, SOON);
    proxy.plan({ kind: 'expired' }, isWatch);
    proxy.plan(
      { kind: 'status', status: 410, reason: 'Expired' },
      ({ path }) => path.includes('continue='),
      2,
    );
    await remove('a');
    proxy.cutWatches();
    await vi.waitFor(() => {
      expect(kept()).toEqual(['2', '3']);
    }, SOON);
  });

  it('takes a connection for dead that says nothing, and goes on with another', async () => {
    await vi.waitFor(() => {
      expect(proxy.watches).toBe(1);
    }, SOON);
    proxy.freezeWatches();
    await make('a', '3');
    await vi.waitFor(() => {
      expect(kept()).toEqual(['2', '3']);
    }, SOON);
  });

  it('sees what was written through it before the watch brings it, and goes on from there', async () => {
    await vi.waitFor(() => {
      expect(proxy.watches).toBe(1);
    }, SOON);
    proxy.freezeWatches();
    const noting = notingClient(direct, (_, written) => {
      informer.note(written);
    });
    const metadata = { namespace, name: 'a', labels: { followed: 'yes' } };
    const before = await noting.apply(CONFIG_MAPS, { object: { metadata, data: { value: '3' } } }, signal);
    expect(kept()).toEqual(['2', '3']);
    await make('a', '4');
    await vi.waitFor(() => {
      expect(kept()).toEqual(['2', '4']);
    }, SOON);
    informer.note(before);
    await remove('a');
    await vi.waitFor(() => {
      expect(kept()).toEqual(['2']);
    }, SOON);
    // An answer that comes late makes nothing come back.
    informer.note(before);
    expect(kept()).toEqual(['2']);
    expect(changes.slice(2).map(({ now }) => now)).toEqual(['3', '4', undefined]);
  });

  it('takes it for no trouble that nothing ever changes', async () => {
    const watches = (): number => proxy.requests.filter(isWatch).length;
    const before = watches();
    await vi.waitFor(() => {
      expect(watches()).toBeGreaterThan(before + 1);
    }, SOON);
    await make('c', '3');
    await vi.waitFor(() => {
      expect(kept()).toEqual(['1', '2', '3']);
    }, SOON);
    expect(troubles).toEqual([]);
  });

  it('tells that it cannot ask, and asks again', async () => {
    proxy.plan({ kind: 'status', status: 403, reason: 'Forbidden' }, isWatch, 2);
    proxy.plan({ kind: 'status', status: 500 }, isWatch, 1);
    proxy.cutWatches();
    await make('a', '3');
    await vi.waitFor(() => {
      expect(kept()).toEqual(['2', '3']);
    }, SOON);
  });
});
