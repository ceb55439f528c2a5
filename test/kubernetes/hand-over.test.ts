import { describe, expect, inject, it } from 'vitest';
import { ROLLOUTS } from '../../src/operator/objects.ts';
import { push, until } from '../../src/operator/testing/cluster.ts';
import { DEPLOYMENTS, type Deployment } from '../../src/workloads/deployment/objects.ts';
import { SERVICES } from '../../src/traffic/cluster/services.ts';
import { Adopted, IN_HALVES, soon, times } from './adopted.ts';
import { runCoalmine } from './operator-process.ts';
import { sharedKubeconfig } from './shared-plane.ts';

/** What happens to a Deployment, or to its Rollout, at the worst moments. */
describe.skipIf(sharedKubeconfig() === undefined)(
  'a Deployment in the middle of something',
  { timeout: 180_000 },
  () => {
    const adopted = Adopted.forTests('hand-over');
    const at = (name: string) => adopted.at(name);

    /** As `kubectl delete deployment NAME --cascade=orphan`, and `kubectl apply` after it. */
    async function orphaned(name: string): Promise<() => Promise<void>> {
      const { metadata, spec } = await adopted.deployment(name);
      await adopted.client.delete(DEPLOYMENTS, { ...at(name), propagation: 'Orphan' }, soon());
      await until(`${name} is missed`, async () => {
        const { conditions = [] } = (await adopted.rollout(name))?.status ?? {};
        return conditions.some(({ type, reason }) => type === 'Stalled' && reason === 'DeploymentMissing');
      });
      const { paused: _, ...plain } = spec;
      const again: Deployment = { metadata: at(metadata.name), spec: plain };
      return async () => {
        await adopted.client.create(DEPLOYMENTS, again, soon());
      };
    }

    it('that is deleted without its pods, and applied again, has the same pods as before', async () => {
      await adopted.declare('orphan');
      const apply = await orphaned('orphan');
      await adopted.runs('orphan', ...times(4, 'orphan:v1'));
      await apply();
      await adopted.phaseIs('orphan', 'Healthy');
      await until('it is held again', async () => (await adopted.deployment('orphan')).spec.paused === true);
      expect(adopted.pods.leastReady('orphan')).toBe(4);
      expect(adopted.pods.started('orphan:v1')).toBe(4);
    });

    it('that is deleted without its pods while a version waits, and applied again, goes on with it', async () => {
      await adopted.declare('orphans');
      await push(adopted.client, at('orphans'), 'orphans:v2');
      await adopted.phaseIs('orphans', 'Paused');
      await adopted.runs('orphans', ...times(4, 'orphans:v1'), 'orphans:v2');
      await (
        await orphaned('orphans')
      )();
      await adopted.phaseIs('orphans', 'Paused');
      await adopted.runs('orphans', ...times(4, 'orphans:v1'), 'orphans:v2');
      await adopted.order('orphans', 'resume');
      await adopted.runs('orphans', ...times(4, 'orphans:v2'));
      await adopted.phaseIs('orphans', 'Healthy');
      expect(adopted.pods.leastReady('orphans')).toBeGreaterThanOrEqual(3);
    });

    it('gets an earlier version back by steps, with the pods that it had kept, and never too few or too many', async () => {
      const ports = [{ port: 80 }];
      await adopted.client.create(
        SERVICES,
        { metadata: at('again'), spec: { selector: { app: 'again' }, ports } },
        soon(),
      );
      const strategy = { blueGreen: { bake: '0s', keepStable: '1h' } };
      await adopted.declare('again', { traffic: { service: { name: 'again' } }, strategy });
      await push(adopted.client, at('again'), 'again:v2');
      await adopted.runs('again', ...times(4, 'again:v1'), ...times(4, 'again:v2'));
      await adopted.phaseIs('again', 'Healthy');
      const kept = (await adopted.podsOf('again', 'again:v1')).map(({ metadata }) => metadata.uid);
      await adopted.client.patch(
        ROLLOUTS,
        { ...at('again'), merge: { spec: { strategy: { blueGreen: null, ...IN_HALVES } } } },
        soon(),
      );
      await push(adopted.client, at('again'), 'again:v1');
      await adopted.phaseIs('again', 'Paused');
      await adopted.runs('again', ...times(2, 'again:v1'), ...times(3, 'again:v2'));
      adopted.pods.mark('again');
      await adopted.order('again', 'resume');
      await adopted.runs('again', ...times(4, 'again:v1'));
      await adopted.phaseIs('again', 'Healthy');
      expect(adopted.pods.leastReady('again')).toBeGreaterThanOrEqual(4);
      expect(adopted.pods.most('again')).toBeLessThanOrEqual(6);
      const left = (await adopted.podsOf('again', 'again:v1')).map(({ metadata }) => metadata.uid);
      expect(left.filter((uid) => kept.includes(uid))).not.toEqual([]);
    });

    it('whose stable version stops serving during the hand-over hands over all the same', async () => {
      await adopted.declare('cured', { strategy: IN_HALVES });
      await push(adopted.client, at('cured'), 'cured:v2');
      await adopted.phaseIs('cured', 'Paused');
      await adopted.handsOver('cured');
      await adopted.failReadiness(await adopted.podsOf('cured', 'cured:v1'));
      await adopted.runs('cured', ...times(2, 'cured:v2'));
      await adopted.order('cured', 'resume');
      await adopted.runs('cured', ...times(4, 'cured:v2'));
      await adopted.phaseIs('cured', 'Healthy');
      expect(await adopted.podsOf('cured', 'cured:v1')).toEqual([]);
    });

    it('whose stable version does not serve at all gets the version that may cure it', async () => {
      await adopted.declare('cure', { strategy: { ramped: {} } });
      await adopted.failReadiness(await adopted.podsOf('cure', 'cure:v1'));
      await adopted.phaseIs('cure', 'Degraded');
      await push(adopted.client, at('cure'), 'cure:v2');
      await adopted.runs('cure', ...times(4, 'cure:v2'));
      await adopted.phaseIs('cure', 'Healthy');
    });

    it('whose stable version stops serving on the way back keeps what serves until it is ready', async () => {
      await adopted.declare('wayback', { strategy: IN_HALVES });
      await push(adopted.client, at('wayback'), 'wayback:v2');
      await adopted.phaseIs('wayback', 'Paused');
      await adopted.handsOver('wayback');
      const failing = await adopted.podsOf('wayback', 'wayback:v1');
      await adopted.failReadiness(failing);
      await adopted.runs('wayback', ...times(2, 'wayback:v2'));
      adopted.pods.mark('wayback');
      await adopted.order('wayback', 'abort');
      await adopted.phaseIs('wayback', 'RollingBack');
      await adopted.replace(failing);
      await adopted.runs('wayback', ...times(4, 'wayback:v1'));
      await adopted.phaseIs('wayback', 'Degraded');
      expect(adopted.pods.leastReady('wayback')).toBe(2);
    });

    it('whose Rollout is deleted goes back to what is trusted, keeps its capacity, and is plain', async () => {
      await adopted.declare('deleted', { strategy: IN_HALVES });
      await push(adopted.client, at('deleted'), 'deleted:v2');
      await adopted.phaseIs('deleted', 'Paused');
      await adopted.handsOver('deleted');
      await adopted.client.delete(ROLLOUTS, at('deleted'), soon());
      await until('it is gone', async () => (await adopted.rollout('deleted')) === undefined);
      await adopted.runs('deleted', ...times(4, 'deleted:v1'));
      const { spec } = await adopted.deployment('deleted');
      expect(spec.paused ?? false).toBe(false);
      expect(JSON.stringify(spec.template)).toContain('deleted:v1');
      expect(adopted.pods.leastReady('deleted')).toBeGreaterThanOrEqual(3);
    });

    it('whose template was rejected is left with the trusted one when coalmine is uninstalled', async () => {
      await adopted.declare('rejected');
      await push(adopted.client, at('rejected'), 'rejected:v2');
      await adopted.phaseIs('rejected', 'Paused');
      await adopted.order('rejected', 'abort');
      await adopted.phaseIs('rejected', 'Degraded');
      const started = adopted.pods.started('rejected:v2');
      const place = { kubeconfig: inject('kubeconfig'), namespace: adopted.namespace };
      expect(await runCoalmine(place, ['uninstall', '--namespaced', '--with-rollouts'])).toMatchObject({
        code: 0,
        err: '',
      });
      await adopted.runs('rejected', ...times(4, 'rejected:v1'));
      const { spec } = await adopted.deployment('rejected');
      expect(spec.paused ?? false).toBe(false);
      expect(JSON.stringify(spec.template)).toContain('rejected:v1');
      expect(adopted.pods.started('rejected:v2')).toBe(started);
      expect(adopted.pods.leastReady('rejected')).toBe(4);
    });
  },
);
