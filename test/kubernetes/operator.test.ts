import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { KubeClient } from '../../src/kube/client.ts';
import { statusOf } from '../../src/kube/resource.ts';
import { RELEASES, ROLLOUTS, type RolloutObject } from '../../src/operator/objects.ts';
import {
  aDeployment,
  installKinds,
  makeNamespace,
  PATIENCE_MS,
  push,
  rolloutAt,
  until,
} from '../../src/operator/testing/cluster.ts';
import { deadlineIn } from '../../src/system/waiting.ts';
import { DEPLOYMENTS, PODS, type Pod } from '../../src/workloads/deployment/objects.ts';
import type { ReportView } from '../../src/report/report.ts';
import { OperatorProcess, runCoalmine } from './operator-process.ts';
import { sharedClient, sharedKubeconfig } from './shared-plane.ts';

const soon = (): AbortSignal => deadlineIn(PATIENCE_MS);

describe.skipIf(sharedKubeconfig() === undefined)(
  'coalmine operator, built, with real controllers',
  { timeout: 300_000 },
  () => {
    let client: KubeClient;
    let operator: OperatorProcess;
    let namespace = '';
    let count = 0;
    const begin = (): OperatorProcess => new OperatorProcess({ kubeconfig: inject('kubeconfig'), namespace });

    beforeAll(async () => {
      client = await sharedClient();
      await installKinds(client);
    });
    beforeEach(async () => {
      count += 1;
      namespace = `operator-${process.pid}-${count}`;
      await makeNamespace(client, namespace);
      operator = begin();
    });
    afterEach(async (context) => {
      await operator.end();
      if (context.task.result?.state === 'fail')
        console.error(operator.said.split('\n').slice(-40).join('\n'));
    });
    afterAll(async () => {
      await client.close();
    });

    const at = () => ({ namespace, name: 'shop' });
    const status = async () => (await rolloutAt(client, at()))?.status;
    const phaseIs = (phase: string): Promise<void> =>
      until(`it is ${phase}`, async () => (await status())?.phase === phase);

    async function declare(strategy: RolloutObject['spec'], more: RolloutObject['spec'] = {}): Promise<void> {
      await client.create(DEPLOYMENTS, aDeployment(namespace, 'shop', 'shop:v1'), soon());
      await until('its pods are ready', async () => (await imagesReady()).length === 2);
      const spec = { workload: { deployment: { name: 'shop', hold: 'always' } }, strategy, ...more };
      await client.create(ROLLOUTS, { metadata: at(), spec }, soon());
      await phaseIs('Healthy');
    }

    async function pods(): Promise<readonly Pod[]> {
      const { items } = await client.list(PODS, { namespace, labels: 'app=shop' }, soon());
      return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    }

    /** The images of the pods that are ready. */
    async function imagesReady(): Promise<readonly string[]> {
      return (await pods()).filter(isReady).map(imageOf).sort();
    }

    const onlyRuns = (image: string): Promise<void> =>
      until(`only ${image} runs`, async () => (await imagesReady()).join() === `${image},${image}`);

    const CANARY = { canary: { steps: [{ replicas: 1 }, { pause: '1s' }] } };
    const PAUSING = { canary: { steps: [{ replicas: 1 }, { pause: {} }] } };

    it('releases a new image by replicas, and leaves the Deployment with it', async () => {
      await declare(CANARY);
      const before = new Set((await pods()).map(({ metadata }) => metadata.uid));
      await push(client, at(), 'shop:v2');
      await until('it was promoted', async () => (await status())?.lastOutcome?.outcome === 'promoted');
      await onlyRuns('shop:v2');
      expect((await pods()).filter(({ metadata }) => before.has(metadata.uid))).toEqual([]);
      await phaseIs('Healthy');
      expect(await client.get(RELEASES, { namespace, name: 'shop-1' }, soon())).toMatchObject({
        status: { outcome: 'promoted' },
      });
    });

    it('goes back from a version that crashes, and never lets it have more than its share', async () => {
      await declare(PAUSING);
      await push(client, at(), 'shop:bad');
      await until('a pod of it is there', async () =>
        (await pods()).some((one) => imageOf(one) === 'shop:bad'),
      );
      for (const pod of await pods()) if (imageOf(pod) === 'shop:bad') await crash(client, pod);
      await until('it was rolled back', async () => (await status())?.lastOutcome?.outcome === 'rolledBack');
      await onlyRuns('shop:v1');
      expect((await status())?.lastOutcome?.reason).toContain('cannot stay up');
      await phaseIs('Degraded');
    });

    it('is steered from the command line, as on one machine', async () => {
      await declare(PAUSING);
      await push(client, at(), 'shop:v2');
      const coalmine = (...args: readonly string[]) =>
        runCoalmine({ kubeconfig: inject('kubeconfig'), namespace }, args);
      expect((await coalmine('wait', 'shop', '--for', 'paused', '--timeout', '2m')).code).toBe(0);
      expect((await coalmine('get')).out).toContain('Paused');
      expect(await coalmine('retry', 'shop')).toMatchObject({
        code: 6,
        err: expect.stringContaining('running') as string,
      });
      expect((await coalmine('resume', 'shop')).code).toBe(0);
      expect((await coalmine('wait', 'shop', '--timeout', '2m')).code).toBe(0);
      expect(JSON.parse((await coalmine('history', 'shop', '-o', 'json')).out)).toMatchObject([
        { number: 1, outcome: 'promoted' },
      ]);
      const told = JSON.parse((await coalmine('report', 'shop', '--json', '-')).out) as ReportView;
      expect(told).toMatchObject({ release: { number: 1, outcome: 'promoted' }, ticks: [] });
      expect(told.events?.map(({ type }) => type)).toContain('Resumed');
      expect(told.computed.steps[0]?.startedAt).toBeDefined();
      expect(await coalmine('get', 'nobody')).toMatchObject({ code: 7 });
    });

    it('goes on after it was killed in the middle, with the newest of what was pushed meanwhile', async () => {
      await declare(PAUSING);
      await push(client, at(), 'shop:v2');
      await phaseIs('Paused');
      await operator.kill();
      for (const image of ['shop:v3', 'shop:v4', 'shop:v5']) await push(client, at(), image);
      operator = begin();
      await until(
        'the newest runs as the candidate',
        async () =>
          (await imagesReady()).join() === 'shop:v1,shop:v1,shop:v5' ||
          (await imagesReady()).join() === 'shop:v1,shop:v5',
      );
      expect((await status())?.release).toBe(2);
    });

    it('leaves stable serving when its Rollout is deleted in the middle of a release', async () => {
      await declare(PAUSING);
      await push(client, at(), 'shop:v2');
      await phaseIs('Paused');
      await client.delete(ROLLOUTS, at(), soon());
      await until('it is gone', async () => (await rolloutAt(client, at())) === undefined);
      await onlyRuns('shop:v1');
      const deployment = await client.get(DEPLOYMENTS, at(), soon());
      expect(deployment?.spec.paused ?? false).toBe(false);
    });
  },
);

function isReady({ status }: Pod): boolean {
  return (status?.conditions ?? []).some(({ type, status: is }) => type === 'Ready' && is === 'True');
}

function imageOf(pod: Pod): string {
  const { spec } = pod as Pod & {
    readonly spec?: { readonly containers?: readonly { readonly image?: string }[] };
  };
  return spec?.containers?.[0]?.image ?? '';
}

/** What the kubelet would say of a container that ends again and again. */
async function crash(client: KubeClient, { metadata }: Pod): Promise<void> {
  const { name, namespace = '' } = metadata;
  const waiting = { reason: 'CrashLoopBackOff', message: 'back-off 40s restarting failed container' };
  const merge = {
    status: {
      conditions: [
        { type: 'Ready', status: 'False' },
        { type: 'ContainersReady', status: 'False' },
      ],
      containerStatuses: [
        { name: 'main', image: 'shop:bad', imageID: '', ready: false, restartCount: 5, state: { waiting } },
      ],
    },
  };
  await client.patch(statusOf(PODS), { namespace, name, merge }, soon());
}
