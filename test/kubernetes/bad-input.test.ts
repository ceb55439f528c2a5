import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/base/json.ts';
import { EVENTS, ROLLOUTS } from '../../src/operator/objects.ts';
import { aDeployment, rolloutAt, until } from '../../src/operator/testing/cluster.ts';
import { DEPLOYMENTS, type Deployment } from '../../src/workloads/deployment/objects.ts';
import { LiveOperator, soon } from './live-operator.ts';
import { sharedKubeconfig } from './shared-plane.ts';

interface Bad {
  readonly what: string;
  readonly spec: JsonObject;
  /** Of the Deployment `shop`; absent: there is none. */
  readonly deployment?: Partial<Deployment['spec']>;
  /** True: another Rollout has adopted it before. */
  readonly taken?: true;
  readonly reason: string;
  readonly remedy: string;
}

const workload = { deployment: { name: 'shop', hold: 'always' } };
const strategy = { canary: { replicas: [1] } };

const BAD: readonly Bad[] = [
  {
    what: 'names a Deployment that is not there',
    spec: { workload, strategy },
    reason: 'DeploymentMissing',
    remedy: 'create it, or correct spec.workload.deployment.name',
  },
  {
    what: 'names a Deployment of somebody else',
    spec: { workload, strategy },
    deployment: {},
    taken: true,
    reason: 'DeploymentTaken',
    remedy: 'delete one of the two',
  },
  {
    what: 'names a Deployment that cannot be adopted',
    spec: { workload, strategy },
    deployment: { strategy: { type: 'Recreate' } },
    reason: 'NotAdopted',
    remedy: 'make it RollingUpdate',
  },
  {
    what: 'wants what a Deployment cannot do',
    spec: { workload, strategy: { recreate: {} } },
    deployment: {},
    reason: 'InvalidSpec',
    remedy: 'use ramped',
  },
  {
    what: 'names a gate that is not there',
    spec: { workload, strategy: { canary: { steps: [{ replicas: 1 }, { gate: 'sre' }] } } },
    deployment: {},
    reason: 'InvalidSpec',
    remedy: 'add gates',
  },
  {
    what: 'names checks that are not there',
    spec: { workload, strategy, analysis: { templates: [{ name: 'errors' }] } },
    deployment: {},
    reason: 'InvalidTemplate',
    remedy: 'create it, or correct the name',
  },
  {
    what: 'wants what is not built',
    spec: { workload, strategy, group: { name: 'all' } },
    deployment: {},
    reason: 'NotBuilt',
    remedy: 'take it out of the Rollout',
  },
];

describe.skipIf(sharedKubeconfig() === undefined)('a Rollout that cannot be looked after', () => {
  const live = LiveOperator.forTests();

  it.each(BAD)('because it $what: says why and what to do, once', async (bad) => {
    const { client, namespace } = live;
    const at = { namespace, name: 'zz-bad' };
    if (bad.deployment !== undefined) {
      const { spec, ...rest } = aDeployment(namespace, 'shop', 'shop:v1');
      await client.create(DEPLOYMENTS, { ...rest, spec: { ...spec, ...bad.deployment } }, soon());
      await live.runsOnly('shop:v1');
    }
    if (bad.taken === true)
      await client.create(ROLLOUTS, { metadata: live.at, spec: { workload, strategy } }, soon());
    if (bad.taken === true) await live.phaseIs('Healthy');
    await client.create(ROLLOUTS, { metadata: at, spec: bad.spec }, soon());
    const stalled = async () =>
      (await rolloutAt(client, at))?.status?.conditions?.find(({ type }) => type === 'Stalled');
    await until('it says so', async () => (await stalled())?.reason === bad.reason);
    expect(await stalled()).toMatchObject({
      status: 'True',
      observedGeneration: 1,
      message: expect.stringContaining(bad.remedy) as string,
    });
    expect((await stalled())?.message.split(bad.remedy), 'it is said once').toHaveLength(2);
    const events = async (): Promise<number> => {
      const { items } = await client.list(EVENTS, { namespace }, soon());
      return items.filter(({ involvedObject: { name } }) => name === at.name).length;
    };
    await until('it is told', async () => (await events()) === 1);
    const before = await rolloutAt(client, at);
    for (let look = 0; look < 10; look += 1) await live.look(at.name);
    const after = await rolloutAt(client, at);
    expect(after?.metadata.resourceVersion).toBe(before?.metadata.resourceVersion);
    expect(await events()).toBe(1);
    expect((await live.coalmine('get', at.name)).out).toContain(bad.remedy);
  });

  it('is looked after as soon as what is wrong is mended', async () => {
    const { client, at } = live;
    const templates = [{ name: 'errors' }];
    const spec = { workload, strategy, analysis: { templates } };
    await client.create(ROLLOUTS, { metadata: at, spec }, soon());
    const reasonIs = (reason: string): Promise<void> =>
      until(`it says ${reason}`, async () => {
        const { conditions = [] } = (await live.status()) ?? {};
        return conditions.some((one) => one.type === 'Stalled' && one.reason === reason);
      });
    await reasonIs('InvalidTemplate');
    await client.patch(ROLLOUTS, { ...at, merge: { spec: { analysis: null } } }, soon());
    await reasonIs('DeploymentMissing');
    await live.deploy();
    await live.phaseIs('Healthy');
  });
});
