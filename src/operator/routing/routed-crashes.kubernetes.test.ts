import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { installDefinitions } from '../../../test/kubernetes/definitions.ts';
import { GATEWAY_API, ISTIO_SUBSETS, type RouterCase } from '../../../test/kubernetes/routing/cases.ts';
import { Site } from '../../../test/kubernetes/routing/site.ts';
import { lacksDefinitions } from '../../../test/kubernetes/routing/stage.ts';
import { sharedClient, sharedKubeconfig } from '../../../test/kubernetes/shared-plane.ts';
import type { KubeClient } from '../../kube/client.ts';
import { deadlineIn } from '../../system/waiting.ts';
import { SERVICES } from '../../traffic/cluster/services.ts';
import { COMMANDS, withCommand } from '../commands.ts';
import { ROLLOUTS } from '../objects.ts';
import { installKinds, PATIENCE_MS } from '../testing/cluster.ts';
import { livesUntil } from '../testing/lives.ts';

const soon = (): AbortSignal => deadlineIn(PATIENCE_MS);
/** Each weight is held until it was seen. */
const STEPS = {
  canary: { steps: [{ weight: '20%' }, { pause: {} }, { weight: '50%' }, { pause: {} }] },
};
const STAYING = { canary: { steps: [{ weight: '20%' }, { pause: {} }] } };

describe
  .skipIf(sharedKubeconfig() === undefined)
  .each([GATEWAY_API, ISTIO_SUBSETS].filter((router) => !lacksDefinitions(router)))(
  'an operator that divides traffic by $name and is killed after each of its writes',
  (router) => {
    let client: KubeClient;
    let site: Site;
    let count = 0;

    beforeAll(async () => {
      client = await sharedClient();
      await installKinds(client);
      const { file, plurals = [] } = router.definitions ?? {};
      if (file !== undefined) await installDefinitions(client, file, plurals);
    });
    afterEach(async () => {
      await site.close();
    });
    afterAll(async () => {
      await client.close();
    });

    async function open(of: RouterCase): Promise<readonly unknown[]> {
      count += 1;
      site = await Site.open(client, `killed-${of.objects.length}-${process.pid}-${count}`, of);
      return site.objects();
    }

    const lives = (isSo: () => Promise<boolean>) => livesUntil(client, site.namespace, isSo);
    const isIn = (phase: string) => async () => (await site.status())?.phase === phase;
    const served = async (image: string) => (await site.observer.look())?.users[image];
    const stopsAt = (percent: number) => async () =>
      (await isIn('Paused')()) && (await served('shop:v2')) === percent;
    const isGone = async () => (await client.get(ROLLOUTS, site.at, soon())) === undefined;

    /** Lets the release go on, as `coalmine resume` does. */
    async function resume(): Promise<void> {
      const object = (await client.get(ROLLOUTS, site.at, soon())) ?? { metadata: site.at };
      const annotations = { [COMMANDS]: withCommand(object, { id: randomUUID(), verb: 'resume' }) };
      await client.patch(ROLLOUTS, { ...site.at, merge: { metadata: { annotations } } }, soon());
    }

    it('comes to the same end as one that lives, and gives back in the end what it was given', async () => {
      const before = await open(router);
      await site.declare(STEPS);
      await lives(isIn('Healthy'));
      await site.push('shop:v2');
      let number = 0;
      for (const percent of [20, 50]) {
        number += await lives(stopsAt(percent));
        await resume();
      }
      number += await lives(async () => {
        const { lastOutcome, phase } = (await site.status()) ?? {};
        return (
          lastOutcome?.outcome === 'promoted' && phase === 'Healthy' && (await served('shop:v2')) === 100
        );
      });
      expect(number).toBeGreaterThan(5);
      expect(site.observer.percentsOf('shop:v2')).toEqual([0, 20, 50, 100]);
      await client.delete(ROLLOUTS, site.at, soon());
      await lives(isGone);
      expect(await site.objects()).toEqual(before);
      expect(site.observer.lost).toEqual([]);
    }, 240_000);

    it('gives the route back with all requests to what is trusted, when the Rollout is deleted in the middle', async () => {
      const before = await open(router);
      await site.declare(STAYING);
      await lives(isIn('Healthy'));
      await site.push('shop:v2');
      await lives(stopsAt(20));
      await client.delete(ROLLOUTS, site.at, soon());
      await lives(isGone);
      await site.servedIs('shop:v1', 100);
      expect(site.observer.percentsOf('shop:v2')).toEqual([0, 20, 0]);
      expect(await site.objects()).toEqual(before);
      const { items } = await client.list(SERVICES, { namespace: site.namespace }, soon());
      expect(items.map(({ metadata }) => metadata.name)).toEqual(['shop']);
      expect(site.observer.lost).toEqual([]);
    }, 240_000);
  },
);
