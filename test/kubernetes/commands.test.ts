import { describe, expect, it } from 'vitest';
import type { RevisionView } from '../../src/api/revision-views.ts';
import { ClusterOperations } from '../../src/operator/cluster-operations.ts';
import { push, rolloutAt, until } from '../../src/operator/testing/cluster.ts';
import { DEPLOYMENTS } from '../../src/workloads/deployment/objects.ts';
import { LiveOperator, soon } from './live-operator.ts';
import { sharedKubeconfig } from './shared-plane.ts';

const BRIEF = { canary: { steps: [{ replicas: 1 }, { pause: '1s' }] } };
const PAUSING = { canary: { steps: [{ replicas: 1 }, { pause: {} }] } };

/** The revision that runs an image. */
async function revisionOf(
  operations: ClusterOperations,
  revisions: readonly RevisionView[],
  image: string,
): Promise<RevisionView | undefined> {
  const details = await Promise.all(revisions.map(({ id }) => operations.revision('shop', id)));
  return details.find(({ template }) => JSON.stringify(template).includes(image));
}

describe.skipIf(sharedKubeconfig() === undefined)(
  'commands that kubectl refuses for a held Deployment',
  () => {
    const live = LiveOperator.forTests();

    it('restart: fresh pods of the same version, by the strategy', async () => {
      await live.declare(BRIEF);
      const before = new Set((await live.pods()).map(({ metadata }) => metadata.uid));
      const { code, out, err } = await live.coalmine('restart', 'shop');
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out).toContain('its pods are being replaced');
      expect(await live.outcomeOf(1)).toBe('promoted');
      await live.runsOnly('shop:v1');
      expect((await live.pods()).filter(({ metadata }) => before.has(metadata.uid))).toEqual([]);
      await live.phaseIs('Healthy');
    });

    it('restart: not while something else than the trusted version is asked for', async () => {
      await live.declare(PAUSING);
      await push(live.client, live.at, 'shop:v2');
      await live.phaseIs('Paused');
      expect(await live.coalmine('restart', 'shop')).toMatchObject({
        code: 6,
        err: expect.stringContaining('wait until its release has ended') as string,
      });
      await live.coalmine('abort', 'shop');
      await live.phaseIs('Degraded');
      expect(await live.coalmine('restart', 'shop')).toMatchObject({
        code: 6,
        err: expect.stringContaining('its template is not the trusted one') as string,
      });
    });

    it('undo: the version before serves again, and any that is kept on demand', async () => {
      await live.declare(BRIEF);
      for (const [number, image] of [
        [1, 'shop:v2'],
        [2, 'shop:v3'],
      ] as const) {
        await push(live.client, live.at, image);
        expect(await live.outcomeOf(number)).toBe('promoted');
        await live.runsOnly(image);
      }
      expect((await live.coalmine('undo', 'shop')).code).toBe(0);
      expect(await live.outcomeOf(3)).toBe('promoted');
      await live.runsOnly('shop:v2');
      expect((await live.coalmine('undo', 'shop', '--to', '2', '--insist')).code).toBe(0);
      expect(await live.outcomeOf(4)).toBe('promoted');
      await live.runsOnly('shop:v3');
      const deployment = await live.client.get(DEPLOYMENTS, live.at, soon());
      expect(JSON.stringify(deployment?.spec.template)).toContain('shop:v3');
      expect((await live.coalmine('undo', 'shop', '--to', 'r1-none')).code).toBe(7);
      const operations = new ClusterOperations({ client: live.client, namespace: live.namespace });
      const revisions = await operations.revisions('shop');
      const [third, second] = await Promise.all(
        ['shop:v3', 'shop:v2'].map((image) => revisionOf(operations, revisions, image)),
      );
      expect(third).toMatchObject({ release: 4, outcome: 'promoted', isStable: true, isKept: true });
      const { changes = [] } = await operations.revision('shop', third?.id ?? '', second?.id);
      expect(changes.map(({ before, after }) => [before, after])).toEqual([['shop:v2', 'shop:v3']]);
    });

    it('Ctrl-C ends at once what waits for an operator that is not there', async () => {
      await live.declare(BRIEF);
      await live.end();
      const ctrlC = new AbortController();
      const waiting = live.run(['delete', 'shop', '--yes'], { interrupted: ctrlC.signal });
      await until('the Rollout is being deleted', async () => {
        return (await rolloutAt(live.client, live.at))?.metadata.deletionTimestamp !== undefined;
      });
      ctrlC.abort();
      expect(await waiting).toMatchObject({ code: 130, err: '' });
    });

    it('delete: gives up in the end when no operator lets go, and says what to do', async () => {
      await live.declare(BRIEF);
      await live.end();
      const { client, namespace } = live;
      const operations = new ClusterOperations({ client, namespace, removeWithinMs: 500 });
      await expect(operations.remove('shop')).rejects.toMatchObject({
        code: 'timedOut',
        hint: expect.stringContaining('coalmine operator') as string,
      });
      expect((await rolloutAt(client, live.at))?.metadata.deletionTimestamp).toBeDefined();
    });
  },
);
