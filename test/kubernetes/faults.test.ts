import { rm } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/base/json.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { LEASES } from '../../src/kube/lease.ts';
import { loadKubeconfig } from '../../src/kube/kubeconfig.ts';
import { LEASE_NAME } from '../../src/operator/install/names.ts';
import { EVENTS, RELEASES, ROLLOUTS } from '../../src/operator/objects.ts';
import {
  aDeployment,
  installKinds,
  PATIENCE_MS,
  push,
  rolloutAt,
  until,
} from '../../src/operator/testing/cluster.ts';
import { deadlineIn } from '../../src/system/waiting.ts';
import { DEPLOYMENTS, PODS, type Pod } from '../../src/workloads/deployment/objects.ts';
import { FaultProxy, type Passed } from './fault-proxy.ts';
import { installAccount, kubeconfigFor } from './installed.ts';
import { newNamespace } from './objects.ts';
import { OperatorProcess } from './operator-process.ts';
import { sharedClient, sharedKubeconfig } from './shared-plane.ts';

const soon = (): AbortSignal => deadlineIn(PATIENCE_MS);
const isLease = ({ path }: Passed): boolean => path.includes('/leases/');
const isWatch = ({ path }: Passed): boolean => path.includes('watch=true');
const isWrite = (asked: Passed): boolean => asked.method !== 'GET' && !isLease(asked);

/** Each operator under the account that an installation gives it, and through a network of its own. */
describe.skipIf(sharedKubeconfig() === undefined)(
  'coalmine operator, when things go wrong',
  { timeout: 300_000 },
  () => {
    let client: KubeClient;
    let namespace: string;
    let token: string;
    const started: { operator: OperatorProcess; proxy: FaultProxy; kubeconfig: string }[] = [];

    beforeAll(async () => {
      client = await sharedClient();
      await installKinds(client);
    });
    afterAll(async () => {
      await client.close();
    });
    beforeEach(async () => {
      namespace = await newNamespace(client, 'faults');
      token = await installAccount(client, namespace, soon());
    });
    afterEach(async (context) => {
      const forbidden = started.flatMap(({ proxy }) => proxy.forbidden);
      for (const { operator, proxy, kubeconfig } of started.splice(0)) {
        await operator.kill();
        await proxy.stop();
        await rm(kubeconfig);
        if (context.task.result?.state === 'fail')
          console.error(operator.said.split('\n').slice(-20).join('\n'));
      }
      expect(forbidden).toEqual([]);
    });

    async function start() {
      const proxy = await FaultProxy.start(await loadKubeconfig({ path: sharedKubeconfig() ?? '' }));
      const kubeconfig = await kubeconfigFor(token, proxy.access.server);
      const one = { proxy, kubeconfig, operator: new OperatorProcess({ kubeconfig, namespace, more: [] }) };
      started.push(one);
      return one;
    }

    const at = () => ({ namespace, name: 'shop' });
    const status = async () => (await rolloutAt(client, at()))?.status;
    const pods = async (image: string): Promise<readonly Pod[]> => {
      const { items } = await client.list(PODS, { namespace, labels: 'app=shop' }, soon());
      return items.filter(
        ({ metadata, spec }) =>
          metadata.deletionTimestamp === undefined && JSON.stringify(spec).includes(`"${image}"`),
      );
    };

    async function declare(steps: readonly JsonObject[] = [{ replicas: 1 }, { pause: '1s' }]): Promise<void> {
      await client.create(DEPLOYMENTS, aDeployment(namespace, 'shop', 'shop:v1'), soon());
      const workload = { deployment: { name: 'shop', hold: 'always' } };
      const spec = { workload, strategy: { canary: { steps } } };
      await client.create(ROLLOUTS, { metadata: at(), spec }, soon());
      await until('it is Healthy', async () => (await status())?.phase === 'Healthy');
    }

    async function untilPromoted(release: number, image: string): Promise<void> {
      await until(`release ${release} was promoted`, async () => {
        const { lastOutcome, phase } = (await status()) ?? {};
        return lastOutcome?.release === release && lastOutcome.outcome === 'promoted' && phase === 'Healthy';
      });
      await until(`${image} alone runs`, async () => {
        const [all, own] = [await client.list(PODS, { namespace }, soon()), await pods(image)];
        return own.length === 2 && all.items.length === 2;
      });
    }

    it('releases and rests with what an installation allows it', async () => {
      const { proxy } = await start();
      await declare();
      await push(client, at(), 'shop:v2');
      await untilPromoted(1, 'shop:v2');
      const asked = (): number => proxy.requests.filter((one) => !isLease(one) && !isWatch(one)).length;
      let before = -1;
      await until('nothing is asked any more', async () => {
        before = asked();
        await new Promise((resolve) => setTimeout(resolve, 3_000));
        return asked() === before;
      });
      await client.delete(ROLLOUTS, at(), soon());
      await until('it is gone', async () => (await rolloutAt(client, at())) === undefined);
    });

    it('is followed by another when it is killed, and by nobody who writes beside it', async () => {
      const first = await start();
      await declare([{ replicas: 1 }, { pause: {} }]);
      const second = await start();
      await push(client, at(), 'shop:v2');
      await until('it waits', async () => (await status())?.phase === 'Paused');
      expect(second.proxy.requests.filter(isWrite)).toEqual([]);
      const holder = async () => (await client.get(LEASES, { namespace, name: LEASE_NAME }, soon()))?.spec;
      const before = (await holder())?.holderIdentity;
      await first.operator.kill();
      await until('the other leads', async () => (await holder())?.holderIdentity !== before);
      await push(client, at(), 'shop:v3');
      await until('the other goes on', async () => (await status())?.release === 2);
    });

    it('keeps its lease while whatever else it asks is not answered', async () => {
      const { proxy, operator } = await start();
      await declare();
      const renewedAt = async () => (await client.get(LEASES, { namespace, name: LEASE_NAME }, soon()))?.spec;
      // More than it asks at a time.
      for (let index = 0; index < 20; index += 1) {
        const workload = { deployment: { name: 'nobody' } };
        const spec = { workload, strategy: { canary: { replicas: [1] } } };
        proxy.plan({ kind: 'hang' }, isWrite);
        await client.create(ROLLOUTS, { metadata: { namespace, name: `shop-${index}` }, spec }, soon());
      }
      const { leaseTransitions, renewTime = '' } = (await renewedAt()) ?? {};
      await until('it was renewed for longer than it may do without', async () => {
        operator.check();
        return Date.parse((await renewedAt())?.renewTime ?? '') - Date.parse(renewTime) > 10_000;
      });
      expect((await renewedAt())?.leaseTransitions).toBe(leaseTransitions);
    });

    it('writes nothing any more once it cannot renew its lease, and another leads', async () => {
      const first = await start();
      await declare([{ replicas: 1 }, { pause: {} }]);
      const second = await start();
      first.proxy.setDown(true);
      await push(client, at(), 'shop:v2');
      await until('the other goes on', async () => (await status())?.phase === 'Paused');
      const before = first.proxy.requests.length;
      first.proxy.setDown(false);
      expect(await first.operator.exited).toBe(6);
      expect(first.proxy.requests.slice(before).filter(isWrite)).toEqual([]);
      expect(second.proxy.requests.filter(isWrite).length).toBeGreaterThan(0);
    });

    it('comes to the same end whatever the API server answers now and then', async () => {
      const { proxy } = await start();
      await declare();
      const often = (every: number, matches = isWrite) => {
        let count = 0;
        return (asked: Passed): boolean => matches(asked) && (count += 1) % every === 0;
      };
      proxy.plan({ kind: 'status', status: 409, reason: 'Conflict' }, often(3), 5);
      proxy.plan({ kind: 'status', status: 429, retryAfter: 1 }, often(5), 5);
      proxy.plan({ kind: 'status', status: 500 }, often(4), 5);
      proxy.plan({ kind: 'cutBefore' }, often(4), 3);
      proxy.plan({ kind: 'cutAfter' }, often(2), 5);
      await push(client, at(), 'shop:v2');
      await untilPromoted(1, 'shop:v2');
      const { items } = await client.list(RELEASES, { namespace }, soon());
      expect(items.map(({ metadata }) => metadata.name)).toEqual(['shop-1']);
    });

    it('goes on where watches are cut, have expired, or nobody is there for a while', async () => {
      const { proxy } = await start();
      await declare([{ replicas: 1 }, { pause: {} }]);
      proxy.plan({ kind: 'expired' }, isWatch, 12);
      proxy.cutWatches();
      await push(client, at(), 'shop:v2');
      await until('it waits', async () => (await status())?.phase === 'Paused');
      proxy.setDown(true);
      await push(client, at(), 'shop:v3');
      proxy.setDown(false);
      await until('the newest waits', async () => {
        const { release, phase } = (await status()) ?? {};
        return release === 2 && phase === 'Paused';
      });
      expect(await pods('shop:v2')).toEqual([]);
      const events = await client.list(EVENTS, { namespace }, soon());
      const started = events.items.filter(({ reason }) => reason === 'ReleaseStarted');
      expect(started).toHaveLength(2);
    });
  },
);
