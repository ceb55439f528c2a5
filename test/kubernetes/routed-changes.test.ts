import { beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/base/json.ts';
import { ROLLOUTS } from '../../src/operator/objects.ts';
import { PATIENCE_MS, until } from '../../src/operator/testing/cluster.ts';
import { deadlineIn } from '../../src/system/waiting.ts';
import { SERVICES } from '../../src/traffic/cluster/services.ts';
import { PODS } from '../../src/workloads/deployment/objects.ts';
import { installDefinitions } from './definitions.ts';
import { GATEWAY_API, ISTIO_SUBSETS, type RouterCase } from './routing/cases.ts';
import type { Site } from './routing/site.ts';
import { lacksDefinitions, Stages } from './routing/stage.ts';
import { sharedKubeconfig } from './shared-plane.ts';

const soon = (): AbortSignal => deadlineIn(PATIENCE_MS);
const PAUSING = { canary: { steps: [{ weight: '20%' }, { pause: {} }] } };
/** A route and, beside it, that of Istio. */
const BOTH: RouterCase = { ...GATEWAY_API, objects: [...GATEWAY_API.objects, ...ISTIO_SUBSETS.objects] };

describe.skipIf(
  sharedKubeconfig() === undefined || lacksDefinitions(GATEWAY_API) || lacksDefinitions(ISTIO_SUBSETS),
)('coalmine operator, when what it routes by changes', { timeout: 300_000 }, () => {
  const stages = Stages.forTests('changes');

  beforeAll(async () => {
    const { file = '', plurals = [] } = ISTIO_SUBSETS.definitions ?? {};
    await installDefinitions(stages.client, file, plurals);
  });

  async function edit({ at }: Site, spec: JsonObject): Promise<void> {
    await stages.client.patch(ROLLOUTS, { ...at, merge: { spec } }, soon());
  }

  /** In the middle of a release, with a fifth of the users. */
  async function pausedIn(site: Site): Promise<void> {
    await site.declare(PAUSING);
    await site.phaseIs('Healthy');
    await site.push('shop:v2');
    await site.phaseIs('Paused');
  }

  const isSteered = async ({ read, router }: Site, place: number): Promise<boolean> => {
    const { of, object } = router.objects[place] ?? { of: SERVICES, object: { metadata: { name: 'shop' } } };
    const found = await read(of, object.metadata.name);
    return found?.metadata.annotations?.['coalmine.dev/route'] !== undefined;
  };
  const services = async ({ namespace }: Site) =>
    (await stages.client.list(SERVICES, { namespace }, soon())).items.map(({ metadata }) => metadata.name);
  const podsOf = async ({ namespace }: Site, image: string) => {
    const { items } = await stages.client.list(PODS, { namespace }, soon());
    return items.filter(({ spec }) => JSON.stringify(spec).includes(`"${image}"`)).length;
  };
  const isGone = ({ at }: Site) =>
    until('it is gone', async () => (await stages.client.get(ROLLOUTS, at, soon())) === undefined);

  const ISTIO = { gatewayAPI: null, ...ISTIO_SUBSETS.traffic };

  it('gives the route back before another one is steered', async () => {
    const { site } = await stages.open(BOTH);
    const before = await site.objects();
    await site.declare(PAUSING);
    await site.phaseIs('Healthy');
    expect(await isSteered(site, 0)).toBe(true);
    await edit(site, { traffic: ISTIO });
    await until('the other is steered', () => isSteered(site, 1));
    expect((await site.objects())[1]).toEqual(before[1]);
    await until('what it sent to is gone', async () => (await services(site)).join() === 'shop');
    await site.phaseIs('Healthy');
    await edit(site, { traffic: null, strategy: { canary: { steps: [{ replicas: 1 }, { pause: {} }] } } });
    // All that is steered, one object after the other.
    await expect.poll(() => site.objects(), { timeout: PATIENCE_MS }).toEqual(before);
    expect(site.observer.lost).toEqual([]);
  });

  it('goes on by the route that a release began with, and steers the other after it', async () => {
    const on = await stages.open(BOTH);
    const { site } = on;
    const before = await site.objects();
    await pausedIn(site);
    await site.servedIs('shop:v2', 20);
    await edit(site, { traffic: ISTIO });
    await on.killOperator();
    expect(await on.coalmine('resume', 'shop')).toBe(0);
    await site.outcomeIs('promoted');
    await site.servedIs('shop:v2', 100);
    expect(site.observer.percentsOf('shop:v2')).toEqual([0, 20, 100]);
    await until('the other is steered', () => isSteered(site, 1));
    expect((await site.objects())[1]).toEqual(before[1]);
    expect(site.observer.lost).toEqual([]);
  });

  it('says what the new route lacks, and lets go of the old one no sooner', async () => {
    const { site } = await stages.open(GATEWAY_API);
    await site.declare(PAUSING);
    await site.phaseIs('Healthy');
    await edit(site, { traffic: { gatewayAPI: { httpRoute: { name: 'store', rules: null } } } });
    await until(
      'it is told',
      async () => (await site.status())?.message?.includes('HTTPRoute store') === true,
    );
    expect(await isSteered(site, 0)).toBe(true);
  });

  it('keeps the pods of a release that is deleted until nobody is sent to them, and the Services until theirs is not', async () => {
    const { site } = await stages.open(GATEWAY_API);
    const before = await site.objects();
    await pausedIn(site);
    await site.servedIs('shop:v2', 20);
    site.isAccepting = false;
    await stages.client.delete(ROLLOUTS, site.at, soon());
    await site.servedIs('shop:v1', 100);
    expect(await podsOf(site, 'shop:v2')).toBeGreaterThan(0);
    await site.accept();
    await until('its pods are gone', async () => (await podsOf(site, 'shop:v2')) === 0);
    await until('the route is given back', async () => !(await isSteered(site, 0)));
    expect(await services(site)).toEqual(['shop', 'shop-canary', 'shop-stable']);
    expect(await stages.client.get(ROLLOUTS, site.at, soon())).toBeDefined();
    site.isAccepting = true;
    await isGone(site);
    expect(await services(site)).toEqual(['shop']);
    expect(await site.objects()).toEqual(before);
    expect(site.observer.lost).toEqual([]);
  });

  it('gives the route back when a Rollout is deleted that cannot be read any more', async () => {
    const { site } = await stages.open(GATEWAY_API);
    const before = await site.objects();
    await pausedIn(site);
    await edit(site, { strategy: { canary: { steps: [{ replicas: 1 }, { weight: '0%' }] } } });
    await until('the edit is refused', async () =>
      ((await site.status())?.conditions ?? []).some(
        ({ type, status, reason }) => type === 'Accepted' && status === 'False' && reason === 'InvalidSpec',
      ),
    );
    await stages.client.delete(ROLLOUTS, site.at, soon());
    await isGone(site);
    expect(await site.objects()).toEqual(before);
    await site.servedIs('shop:v1', 100);
    expect(site.observer.lost).toEqual([]);
  });
});
