import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/base/json.ts';
import { EVENTS, ROLLOUTS } from '../../src/operator/objects.ts';
import { push, rolloutAt, until } from '../../src/operator/testing/cluster.ts';
import { LiveOperator, soon } from './live-operator.ts';
import { sharedKubeconfig } from './shared-plane.ts';

const PAUSING = { canary: { steps: [{ replicas: 1 }, { pause: {} }] } };
interface Edit {
  readonly what: string;
  readonly spec: JsonObject;
  readonly reason: string;
  readonly remedy: string;
}

/** No Deployment can do it. */
const INVALID = { strategy: { canary: null, recreate: {} } };

describe.skipIf(sharedKubeconfig() === undefined)(
  'an edit that cannot be, in the middle of a release',
  { timeout: 180_000 },
  () => {
    const live = LiveOperator.forTests();

    const edit = (spec: JsonObject): Promise<unknown> =>
      live.client.patch(ROLLOUTS, { ...live.at, merge: { spec } }, soon());
    const accepted = async () => (await live.status())?.conditions?.find(({ type }) => type === 'Accepted');
    const isTold = (reason: string): Promise<void> =>
      until(`it says ${reason}`, async () => (await accepted())?.reason === reason);
    const warnings = async (reason: string): Promise<number> => {
      const { items } = await live.client.list(EVENTS, { namespace: live.namespace }, soon());
      return items.filter((one) => one.type === 'Warning' && one.reason === reason).length;
    };

    async function paused(): Promise<void> {
      await live.declare(PAUSING);
      await push(live.client, live.at, 'shop:v2');
      await live.phaseIs('Paused');
    }

    it.each<Edit>([
      {
        what: 'wants what a Deployment cannot do',
        spec: INVALID,
        reason: 'InvalidSpec',
        remedy: 'use ramped',
      },
      {
        what: 'names a gate that is not there',
        spec: { strategy: { canary: { steps: [{ replicas: 1 }, { gate: 'sre' }] } } },
        reason: 'InvalidSpec',
        remedy: 'add gates',
      },
      {
        what: 'names a Deployment that is not there',
        spec: { workload: { deployment: { name: 'nobody' } } },
        reason: 'DeploymentMissing',
        remedy: 'correct spec.workload.deployment.name',
      },
    ])(
      'and $what is told of once, and the release is promoted as it was begun',
      async ({ spec, reason, remedy }) => {
        await paused();
        await edit(spec);
        await isTold(reason);
        expect(await accepted()).toMatchObject({
          status: 'False',
          observedGeneration: 2,
          message: expect.stringContaining(remedy) as string,
        });
        expect((await live.status())?.phase).toBe('Paused');
        await until('it is told', async () => (await warnings(reason)) === 1);
        await live.look('shop');
        expect(await warnings(reason)).toBe(1);
        expect(await live.coalmine('promote', 'shop')).toMatchObject({ code: 0 });
        expect(await live.outcomeOf(1)).toBe('promoted');
        await live.runsOnly('shop:v2');
        // At rest it is what is declared that counts.
        await until('it stands in the way then', async () => {
          const { conditions = [] } = (await live.status()) ?? {};
          return conditions.some((one) => one.type === 'Stalled' && one.reason === reason);
        });
      },
    );

    it('can be aborted, also by an operator that knows nothing but what is written down', async () => {
      await paused();
      await edit(INVALID);
      await isTold('InvalidSpec');
      await live.startAgain();
      expect(await live.coalmine('abort', 'shop')).toMatchObject({ code: 0 });
      expect(await live.outcomeOf(1)).toBe('aborted');
      await live.runsOnly('shop:v1');
    });

    it('and is mended is as if it had never been', async () => {
      await paused();
      await edit(INVALID);
      await isTold('InvalidSpec');
      await edit({ strategy: { recreate: null, ...PAUSING } });
      await until('nothing is said any more', async () => (await accepted()) === undefined);
      expect((await live.status())?.phase).toBe('Paused');
      expect(await live.coalmine('resume', 'shop')).toMatchObject({ code: 0 });
      expect(await live.outcomeOf(1)).toBe('promoted');
    });

    it('gives back what it had taken over, when the Rollout is deleted', async () => {
      await paused();
      await edit(INVALID);
      await isTold('InvalidSpec');
      await live.client.delete(ROLLOUTS, live.at, soon());
      await until('it is gone', async () => (await rolloutAt(live.client, live.at)) === undefined);
      await live.runsOnly('shop:v1');
    });
  },
);
