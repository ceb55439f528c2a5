import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { fixedCredentials } from '../../src/kube/access.ts';
import { kubeClient } from '../../src/kube/api-client.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { loadKubeconfig } from '../../src/kube/kubeconfig.ts';
import {
  RELEASE_TICKS,
  RELEASES,
  ROLLOUTS,
  type ReleaseObject,
  type RolloutObject,
} from '../../src/operator/objects.ts';
import { Releases } from '../../src/operator/store/releases.ts';
import { aRollout, installKinds, until } from '../../src/operator/testing/cluster.ts';
import { ticksFrom } from '../../src/operator/testing/ticks.ts';
import { keptTicks } from '../../src/operator/ticks/kept-ticks.ts';
import { lengthOf, LONGEST } from '../../src/operator/ticks/series.ts';
import { TickKeeper } from '../../src/operator/ticks/tick-keeper.ts';
import { silentLog } from '../../src/telemetry/log.ts';
import { installAccount } from './installed.ts';
import { soon } from './live-operator.ts';
import { newNamespace } from './objects.ts';
import { sharedClient, sharedKubeconfig } from './shared-plane.ts';

describe.skipIf(sharedKubeconfig() === undefined)(
  'the ticks of a release in a real API server, which an installation may keep',
  { timeout: 120_000 },
  () => {
    let admin: KubeClient;
    let client: KubeClient;
    let namespace = '';
    let of: RolloutObject;

    beforeAll(async () => {
      admin = await sharedClient();
      await installKinds(admin);
    });
    beforeEach(async () => {
      namespace = await newNamespace(admin, 'ticks');
      const token = await installAccount(admin, namespace, soon());
      const access = await loadKubeconfig({ path: inject('kubeconfig') });
      client = kubeClient({ ...access, credentials: fixedCredentials({ authorization: `Bearer ${token}` }) });
      of = await admin.create(ROLLOUTS, aRollout(namespace, 'shop'), soon());
      const made: ReleaseObject = {
        metadata: { namespace, name: 'shop-1' },
        spec: { rollout: 'shop', number: 1, to: 'r1-b' },
      };
      await admin.create(RELEASES, made, soon());
    });
    afterAll(async () => {
      await client.close();
      await admin.close();
    });

    const aKeeper = (): TickKeeper =>
      new TickKeeper({
        ...{ client, log: silentLog, deadline: soon },
        releases: new Releases(client, silentLog),
        lagMs: 1,
      });
    const kept = () => keptTicks(client, { rollout: { namespace, name: 'shop' }, release: 1 }, soon());

    it('are added to, go on under another operator, stay few, and go with their Release', async () => {
      const before = aKeeper();
      for (const tick of ticksFrom(1, 40)) before.add(of, tick);
      await until('they are written', async () => (await kept()).length === 40);
      for (const tick of ticksFrom(41, 40)) before.add(of, tick);
      await until('more are added', async () => (await kept()).length === 80);

      const after = aKeeper();
      for (const tick of ticksFrom(71, 10)) after.add(of, tick);
      await after.end(of, 1);
      expect(await kept()).toEqual(ticksFrom(1, 80));
      // The one before does not know that it does not lead any more: what it adds is not lost, and none is there twice.
      for (const tick of ticksFrom(81, 1_500)) before.add(of, tick);
      await before.allWritten(soon());

      const there = await admin.get(RELEASE_TICKS, { namespace, name: 'shop-1' }, soon());
      expect(lengthOf(there?.spec.parts ?? [])).toBeLessThanOrEqual(LONGEST);
      const requests = (await kept()).reduce((sum, { tick }) => sum + tick.candidate.requests, 0);
      expect(requests).toBe(1_580 * 10);
      await admin.delete(RELEASES, { namespace, name: 'shop-1' }, soon());
      await until('they are gone', async () => (await kept()).length === 0);
    });
  },
);
