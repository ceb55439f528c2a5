import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FaultProxy } from '../../test/kubernetes/fault-proxy.ts';
import { newNamespace } from '../../test/kubernetes/objects.ts';
import { sharedClient, sharedKubeconfig } from '../../test/kubernetes/shared-plane.ts';
import { waitFor } from '../system/waiting.ts';
import { kubeClient } from './api-client.ts';
import type { KubeClient } from './client.ts';
import { loadKubeconfig } from './kubeconfig.ts';
import { lead, type Election } from './leadership.ts';
import { LEASES, type LeaseSpec } from './lease.ts';

const signal = new AbortController().signal;
const SOON = { timeout: 30_000, interval: 20 };

interface Candidate {
  readonly name: string;
  readonly ending: AbortController;
  readonly end: Promise<'stopped' | 'lost' | 'done'>;
}

describe.skipIf(sharedKubeconfig() === undefined)('the lead', () => {
  let direct: KubeClient;
  let proxy: FaultProxy;
  let cuttable: KubeClient;
  let namespace: string;
  let leading: string[];
  let most: number;
  let candidates: Candidate[];

  beforeEach(async () => {
    direct = await sharedClient();
    namespace = await newNamespace(direct, 'lead');
    proxy = await FaultProxy.start(await loadKubeconfig({ path: sharedKubeconfig() ?? '' }));
    cuttable = kubeClient(proxy.access, { attemptMs: 500, deadlineMs: 1_000 });
    leading = [];
    candidates = [];
    most = 0;
  });
  afterEach(async () => {
    for (const { ending } of candidates) ending.abort();
    await Promise.all(candidates.map(({ end }) => end));
    await Promise.all([direct.close(), cuttable.close()]);
    await proxy.stop();
  });

  /** Stands for election; leads until its signal is aborted. */
  function stand(name: string, client = direct): Candidate {
    const ending = new AbortController();
    const times = { leaseMs: 4_000, renewWithinMs: 3_000, lookEveryMs: 300 };
    const election: Election = { client, key: { namespace, name: 'operator' }, identity: name, times };
    const work = async (until: AbortSignal): Promise<void> => {
      leading.push(name);
      most = Math.max(most, leading.length);
      await waitFor(600_000, until);
      leading.splice(leading.indexOf(name), 1);
    };
    const candidate = { name, ending, end: lead(election, work, ending.signal) };
    candidates.push(candidate);
    return candidate;
  }
  const leads = (name: string): Promise<void> =>
    vi.waitFor(() => {
      expect(leading).toEqual([name]);
    }, SOON);
  const spec = async (): Promise<LeaseSpec | undefined> =>
    (await direct.get(LEASES, { namespace, name: 'operator' }, signal))?.spec;

  it('is taken by one of many, and given back when that one stops', async () => {
    const all = ['a', 'b', 'c'].map((name) => stand(name));
    await vi.waitFor(() => {
      expect(leading).toHaveLength(1);
    }, SOON);
    const first = all.find(({ name }) => name === leading[0]);
    first?.ending.abort();
    expect(await first?.end).toBe('stopped');
    await vi.waitFor(() => {
      expect(leading).toHaveLength(1);
    }, SOON);
    expect(leading[0]).not.toBe(first?.name);
    expect(most).toBe(1);
    expect((await spec())?.leaseTransitions).toBe(1);
  });

  it('is lost by one that cannot renew, before another has it', async () => {
    const first = stand('first', cuttable);
    await leads('first');
    stand('second');
    proxy.setDown(true);
    expect(await first.end).toBe('lost');
    await leads('second');
    expect(most).toBe(1);
  });

  it('is kept through a short outage', async () => {
    stand('first', cuttable);
    await leads('first');
    proxy.plan({ kind: 'cutBefore' }, ({ method }) => method === 'PUT', 2);
    const planned = proxy.requests.length;
    await vi.waitFor(() => {
      expect(proxy.requests.length).toBeGreaterThan(planned + 4);
    }, SOON);
    expect(leading).toEqual(['first']);
  });

  it('is taken over from one that died, whatever its clock said', async () => {
    const spec = {
      holderIdentity: 'dead',
      leaseDurationSeconds: 2,
      renewTime: '2099-01-01T00:00:00.000000Z',
    };
    await direct.create(LEASES, { metadata: { namespace, name: 'operator' }, spec }, signal);
    stand('heir');
    await leads('heir');
  });

  it('is not taken from one that renews, though its clock stands still', async () => {
    const key = { namespace, name: 'operator' };
    const old = { holderIdentity: 'slow', leaseDurationSeconds: 4, renewTime: '2001-01-01T00:00:00.000000Z' };
    await direct.create(LEASES, { metadata: key, spec: old }, signal);
    stand('eager');
    for (let n = 0; n < 6; n += 1) {
      await direct.patch(LEASES, { ...key, merge: { spec: { leaseTransitions: n } } }, signal);
      await waitFor(1_000, signal);
    }
    expect(leading).toEqual([]);
    await leads('eager');
  });

  it('is lost when somebody else has been written into the lease', async () => {
    const first = stand('first');
    await leads('first');
    const theirs = { spec: { holderIdentity: 'other', leaseDurationSeconds: 2 } };
    await direct.patch(LEASES, { namespace, name: 'operator', merge: theirs }, signal);
    expect(await first.end).toBe('lost');
    expect((await spec())?.holderIdentity).toBe('other');
  });

  it('ends with the work, whose failure is thrown once the lease is given back', async () => {
    const election = { client: direct, key: { namespace, name: 'operator' }, identity: 'me' };
    expect(await lead(election, () => Promise.resolve(), signal)).toBe('done');
    await expect(lead(election, () => Promise.reject(new Error('broken')), signal)).rejects.toThrow('broken');
    expect((await spec())?.holderIdentity ?? '').toBe('');
  });
});
