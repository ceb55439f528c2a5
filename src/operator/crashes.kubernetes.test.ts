import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dyingClient } from '../../test/kubernetes/dying-client.ts';
import { newNamespace } from '../../test/kubernetes/objects.ts';
import { sharedClient, sharedKubeconfig } from '../../test/kubernetes/shared-plane.ts';
import type { JsonObject } from '../base/json.ts';
import type { KubeClient } from '../kube/client.ts';
import { deadlineIn } from '../system/waiting.ts';
import { silentLog } from '../telemetry/log.ts';
import { DEPLOYMENTS, PODS } from '../workloads/deployment/objects.ts';
import { EVENTS, RELEASES, ROLLOUTS } from './objects.ts';
import { ClusterProviders } from './providers.ts';
import { OperatorRuntime } from './runtime.ts';
import { aDeployment, installKinds, PATIENCE_MS, push, rolloutAt, until } from './testing/cluster.ts';

/** In writes; some do nothing at all. */
const LONGEST_LIFE = 5;
/** Far more than a release takes. */
const MOST_LIVES = 100;

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

    /** One after the other, each until it has written so often, or until it is so. Answers how many there were. */
    async function livesUntil(isSo: () => Promise<boolean>): Promise<number> {
      for (let lives = 1; lives <= MOST_LIVES; lives += 1) {
        const dying = dyingClient(client, lives % LONGEST_LIFE);
        const options = { client: dying.client, namespace, log: silentLog };
        const runtime = new OperatorRuntime({
          ...options,
          providers: new ClusterProviders({ ...options, key: 'key' }),
        });
        await runtime.start(soon());
        const isDone = until('it is so', isSo).then(() => true);
        const isOver = await Promise.race([dying.died.then(() => false), isDone]);
        await runtime.stop();
        if (isOver) return lives;
      }
      throw new Error(`not within ${MOST_LIVES} lives`);
    }

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
      await livesUntil(async () => (await status())?.phase === 'Healthy');
      await push(client, at(), 'shop:v2');
      const started = new Set<string>();
      const lives = await livesUntil(async () => {
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
      await livesUntil(async () => (await status())?.phase === 'Healthy');
      await push(client, at(), 'shop:v2');
      await livesUntil(async () => (await status())?.phase === 'Paused');
      await client.delete(ROLLOUTS, at(), soon());
      await livesUntil(async () => (await rolloutAt(client, at())) === undefined);
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
