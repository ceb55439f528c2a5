import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newNamespace } from '../../test/kubernetes/objects.ts';
import { sharedClient, sharedKubeconfig } from '../../test/kubernetes/shared-plane.ts';
import type { JsonObject } from '../base/json.ts';
import type { KubeClient } from '../kube/client.ts';
import { deadlineIn } from '../system/waiting.ts';
import { DEPLOYMENTS, PODS } from '../workloads/deployment/objects.ts';
import { EVENTS, RELEASES, ROLLOUTS } from './objects.ts';
import { aDeployment, installKinds, PATIENCE_MS, push, rolloutAt, until } from './testing/cluster.ts';
import { livesUntil } from './testing/lives.ts';

describe.skipIf(sharedKubeconfig() === undefined)(
  'an operator that is killed after each of its writes',
  () => {
    let client: KubeClient;
    let namespace: string;
    const soon = (): AbortSignal => deadlineIn(PATIENCE_MS);
    const at = () => ({ namespace, name: 'shop' });

    beforeAll(async () => {
      client = await sharedClient();
      await installKinds(client);
    });
    afterAll(async () => {
      await client.close();
    });

    const livesHere = (isSo: () => Promise<boolean>) => livesUntil(client, namespace, isSo);

    async function declare(strategy: JsonObject): Promise<void> {
      namespace = await newNamespace(client, 'crashes');
      await client.create(DEPLOYMENTS, aDeployment(namespace, 'shop', 'shop:v1'), soon());
      const spec = { workload: { deployment: { name: 'shop', hold: 'always' } }, strategy };
      await client.create(ROLLOUTS, { metadata: at(), spec }, soon());
    }

    const status = async () => (await rolloutAt(client, at()))?.status;
    const podsOf = async (image: string) => {
      const { items } = await client.list(PODS, { namespace, labels: 'app=shop' }, soon());
      const living = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
      return living.filter(({ spec }) => JSON.stringify(spec).includes(`"${image}"`));
    };
    const told = async (reason: string) => {
      const { items } = await client.list(EVENTS, { namespace }, soon());
      return items.filter((one) => one.reason === reason).length;
    };

    it('comes to the same end as one that lives, with one pod too many at most', async () => {
      await declare({ canary: { steps: [{ replicas: 1 }, { pause: '100ms' }] } });
      await livesHere(async () => (await status())?.phase === 'Healthy');
      await push(client, at(), 'shop:v2');
      const started = new Set<string>();
      const lives = await livesHere(async () => {
        for (const { metadata } of await podsOf('shop:v2')) started.add(metadata.uid ?? '');
        const { lastOutcome, phase } = (await status()) ?? {};
        const isPromoted = lastOutcome?.outcome === 'promoted' && phase === 'Healthy';
        return isPromoted && (await podsOf('shop:v1')).length === 0 && (await podsOf('shop:v2')).length === 2;
      });
      expect(lives).toBeGreaterThan(5);
      // One step of overshoot is allowed, for the moment that the Deployment controller needs to answer.
      expect(started.size).toBeLessThanOrEqual(3);
      const { items } = await client.list(RELEASES, { namespace }, soon());
      expect(items.map(({ metadata, status: is }) => [metadata.name, is?.outcome])).toEqual([
        ['shop-1', 'promoted'],
      ]);
    }, 240_000);

    it('lets go of the Deployment all the same, with what is trusted, when the Rollout is deleted in the middle', async () => {
      await declare({ canary: { steps: [{ replicas: 1 }, { pause: {} }] } });
      await livesHere(async () => (await status())?.phase === 'Healthy');
      await push(client, at(), 'shop:v2');
      await livesHere(async () => (await status())?.phase === 'Paused');
      await client.delete(ROLLOUTS, at(), soon());
      await livesHere(async () => (await rolloutAt(client, at())) === undefined);
      await until('only what is trusted runs', async () => {
        return (await podsOf('shop:v2')).length === 0 && (await podsOf('shop:v1')).length === 2;
      });
      const deployment = await client.get(DEPLOYMENTS, at(), soon());
      expect(deployment?.spec.paused ?? false).toBe(false);
      expect(JSON.stringify(deployment?.spec.template)).toContain('shop:v1');
      expect(await told('ReleaseStarted')).toBeLessThanOrEqual(1);
    }, 240_000);
  },
);
