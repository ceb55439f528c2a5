import { describe, expect, it } from 'vitest';
import { ROLLOUTS, type RolloutObject } from '../../src/operator/objects.ts';
import { aDeployment, PATIENCE_MS, rolloutAt, until } from '../../src/operator/testing/cluster.ts';
import { deadlineIn } from '../../src/system/waiting.ts';
import { HTTP_ROUTES } from '../../src/traffic/gateway-api/routes.ts';
import { SERVICES } from '../../src/traffic/cluster/services.ts';
import { DEPLOYMENTS } from '../../src/workloads/deployment/objects.ts';
import { GATEWAY_API, NGINX_INGRESS, PLAIN_SERVICE, WEIGHING } from './routing/cases.ts';
import type { Site } from './routing/site.ts';
import { lacksDefinitions, Stages, type Stage } from './routing/stage.ts';
import { sharedKubeconfig } from './shared-plane.ts';

const soon = (): AbortSignal => deadlineIn(PATIENCE_MS);

describe.skipIf(sharedKubeconfig() === undefined)(
  'coalmine operator divides traffic',
  { timeout: 300_000 },
  () => {
    const stages = Stages.forTests('routing');

    const STEPS = {
      canary: { steps: [{ weight: '20%' }, { pause: {} }, { weight: '50%' }, { pause: {} }] },
    };

    /** Pushes an image, and lets half of the users have it, by way of a fifth. */
    async function releaseToHalf({ site, coalmine }: Stage, image: string): Promise<void> {
      await site.push(image);
      await site.servedIs(image, 20);
      await site.phaseIs('Paused');
      expect(await coalmine('resume', 'shop')).toBe(0);
      await site.servedIs(image, 50);
      await site.phaseIs('Paused');
    }

    describe.each(WEIGHING)('by $name', (router) => {
      it.skipIf(lacksDefinitions(router))(
        'by the weights of a canary, forward and back, and gives back what it was given',
        async () => {
          const on = await stages.open(router);
          const { site, coalmine } = on;
          const before = await site.objects();
          await site.declare(STEPS);
          await site.phaseIs('Healthy');
          await releaseToHalf(on, 'shop:v2');
          expect(await coalmine('resume', 'shop')).toBe(0);
          await site.outcomeIs('promoted');
          await site.phaseIs('Healthy');
          await site.servedIs('shop:v2', 100);
          expect(site.observer.percentsOf('shop:v2')).toEqual([0, 20, 50, 100]);
          await releaseToHalf(on, 'shop:v3');
          expect(await coalmine('abort', 'shop')).toBe(0);
          await site.outcomeIs('aborted');
          await site.servedIs('shop:v2', 100);
          expect(site.observer.percentsOf('shop:v3')).toEqual([0, 20, 50, 0]);
          await stages.client.delete(ROLLOUTS, site.at, soon());
          await until('it is gone', async () => (await rolloutAt(stages.client, site.at)) === undefined);
          expect(await site.objects()).toEqual(before);
          const { items } = await stages.client.list(SERVICES, { namespace: site.namespace }, soon());
          expect(items.map(({ metadata }) => metadata.name)).toEqual(['shop']);
          expect(site.observer.lost).toEqual([]);
        },
      );
    });

    describe.skipIf(lacksDefinitions(GATEWAY_API))('by the Gateway API, when something is wrong', () => {
      const PAUSING = { canary: { steps: [{ weight: '20%' }, { pause: {} }] } };

      it('repairs a route that somebody has sent to the candidate alone, and does not promote it', async () => {
        const { site } = await stages.open(GATEWAY_API);
        await site.declare(PAUSING);
        await site.phaseIs('Healthy');
        await site.push('shop:v2');
        await site.phaseIs('Paused');
        const route = await site.read(HTTP_ROUTES, 'shop');
        const rules = (route?.spec.rules ?? []).map((rule) =>
          rule.name === 'primary'
            ? { ...rule, backendRefs: [{ name: 'shop-canary', port: 80, weight: 100 }] }
            : rule,
        );
        const sent = await stages.client.patch(
          HTTP_ROUTES,
          { ...site.at, merge: { spec: { rules } } },
          soon(),
        );
        const { generation: wrong = 0 } = sent.metadata;
        await until('somebody has written it since', async () => {
          const { generation = 0 } = (await site.read(HTTP_ROUTES, 'shop'))?.metadata ?? {};
          return generation > wrong;
        });
        await site.servedIs('shop:v2', 20);
        expect(await site.status()).toMatchObject({ phase: 'Paused', release: 1 });
        expect((await site.status())?.lastOutcome).toBeUndefined();
      });

      it('goes no further than a route that nobody accepts, says so, and is aborted all the same', async () => {
        const { site, coalmine } = await stages.open(GATEWAY_API);
        await site.declare(PAUSING);
        await site.phaseIs('Healthy');
        site.isAccepting = false;
        await site.push('shop:v2');
        await site.servedIs('shop:v2', 20);
        await until(
          'it says why',
          async () => (await site.status())?.message?.includes('Gateway public') === true,
        );
        expect(await site.status()).toMatchObject({ phase: 'Progressing', step: '1/3' });
        expect(await coalmine('abort', 'shop')).toBe(0);
        await site.servedIs('shop:v1', 100);
        site.isAccepting = true;
        await site.outcomeIs('aborted');
        expect(site.observer.lost).toEqual([]);
      });

      it('takes a Rollout up once the route that it names is there', async () => {
        const { site } = await stages.open({ ...GATEWAY_API, objects: [] });
        await site.declare(PAUSING);
        const stalled = async () =>
          (await site.status())?.conditions?.find(
            ({ type, status }) => type === 'Stalled' && status === 'True',
          );
        await until('it is told', async () => (await stalled())?.reason === 'RouteMissing');
        expect((await stalled())?.message).toMatch(/no HTTPRoute shop.*make it/);
        for (const { of, object } of GATEWAY_API.objects)
          await stages.client.create(of, { ...object, metadata: site.at }, soon());
        await site.phaseIs('Healthy');
        await stages.client.create(DEPLOYMENTS, aDeployment(site.namespace, 'other', 'other:v1'), soon());
        await stages.client.create(
          ROLLOUTS,
          { metadata: { ...site.at, name: 'other' }, spec: rivalOf(site) },
          soon(),
        );
        await until('the other is told', async () => {
          const other = await rolloutAt(stages.client, { ...site.at, name: 'other' });
          return other?.status?.conditions?.some(({ reason }) => reason === 'RouteTaken') === true;
        });
      });
    });

    it('switches a plain Service from one version to the other, and at rest leaves it as it was', async () => {
      const { site } = await stages.open(PLAIN_SERVICE);
      await site.declare({ blueGreen: { bake: '0s', keepStable: '0s' } });
      await site.phaseIs('Healthy');
      await site.push('shop:v2');
      await site.outcomeIs('promoted');
      await site.servedIs('shop:v2', 100);
      expect(site.observer.percentsOf('shop:v2')).toEqual([0, 100]);
      await until('nobody is told apart any more', async () => {
        const shop = await site.read(SERVICES, 'shop');
        return JSON.stringify(shop?.spec.selector) === JSON.stringify({ app: 'shop' });
      });
      expect(site.observer.lost).toEqual([]);
    });

    it('lets the replicas of a canary have their share of a plain Service', async () => {
      const { site, coalmine } = await stages.open(PLAIN_SERVICE);
      await site.declare({ canary: { steps: [{ replicas: 1 }, { pause: {} }] } });
      await site.phaseIs('Healthy');
      await site.push('shop:v2');
      await site.phaseIs('Paused');
      await until('both serve', async () => {
        const { 'shop:v1': old = 0, 'shop:v2': fresh = 0 } = (await site.observer.look())?.users ?? {};
        return old > 0 && fresh > 0;
      });
      expect(await coalmine('resume', 'shop')).toBe(0);
      await site.outcomeIs('promoted');
      await site.servedIs('shop:v2', 100);
      expect(site.observer.lost).toEqual([]);
    });

    it('refuses by name the step that a router cannot do', async () => {
      const { site } = await stages.open(NGINX_INGRESS);
      await site.declare({ canary: { steps: [{ mirror: '20%' }, { pause: {} }] } });
      await until(
        'it is told',
        async () =>
          (await site.status())?.conditions?.some(({ reason }) => reason === 'RefusedPlan') === true,
      );
      expect((await site.status())?.message).toMatch(/step "copies of 20%.*an Ingress of nginx cannot send/);
    });
  },
);

/** Another Rollout for the same route, and a Deployment of its own. */
function rivalOf({ router }: Site): RolloutObject['spec'] {
  const strategy = { canary: { weights: ['50%'] } };
  return { workload: { deployment: { name: 'other' } }, traffic: router.traffic, strategy };
}
