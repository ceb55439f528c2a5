import { describe, expect, it } from 'vitest';
import { push, until } from '../../src/operator/testing/cluster.ts';
import { CONFIGS, DEPLOYMENTS } from '../../src/workloads/deployment/objects.ts';
import { Adopted, IN_HALVES, soon, times } from './adopted.ts';
import { sharedKubeconfig } from './shared-plane.ts';

/** What others may do to a Deployment at any moment, with the built operator and the controllers of Kubernetes. */
describe.skipIf(sharedKubeconfig() === undefined)(
  'a Deployment that is adopted',
  { timeout: 180_000 },
  () => {
    const adopted = Adopted.forTests('hazards');

    it('is ramped within its own surge and what may be missing, each pod started once', async () => {
      await adopted.declare('ramped', { replicas: 8, strategy: { ramped: {} } });
      await push(adopted.client, adopted.at('ramped'), 'ramped:v2');
      await adopted.runs('ramped', ...times(8, 'ramped:v2'));
      await adopted.phaseIs('ramped', 'Healthy');
      expect(adopted.pods.started('ramped:v2')).toBe(8);
      expect(adopted.pods.leastReady('ramped')).toBeGreaterThanOrEqual(6);
    });

    it('of one replica is never without it', async () => {
      await adopted.declare('single', { replicas: 1, strategy: { ramped: {} } });
      await push(adopted.client, adopted.at('single'), 'single:v2');
      await adopted.runs('single', 'single:v2');
      expect(adopted.pods.started('single:v2')).toBe(1);
      expect(adopted.pods.leastReady('single')).toBe(1);
    });

    it('goes back from the middle of a hand-over, and keeps its capacity', async () => {
      await adopted.declare('back', { strategy: IN_HALVES });
      await push(adopted.client, adopted.at('back'), 'back:v2');
      await adopted.phaseIs('back', 'Paused');
      await adopted.handsOver('back');
      await adopted.order('back', 'abort');
      await adopted.runs('back', ...times(4, 'back:v1'));
      await adopted.phaseIs('back', 'Degraded');
      expect(adopted.pods.leastReady('back')).toBeGreaterThanOrEqual(3);
      expect((await adopted.deployment('back')).spec.paused).toBe(true);
    });

    it('keeps the shares of both versions when it is scaled, as an autoscaler does', async () => {
      await adopted.declare('scaled', {
        strategy: { canary: { steps: [{ replicas: '50%' }, { pause: {} }] } },
      });
      await push(adopted.client, adopted.at('scaled'), 'scaled:v2');
      await adopted.phaseIs('scaled', 'Paused');
      const hasPods = (count: number): Promise<void> =>
        until(`the candidate has ${count} pods`, () =>
          Promise.resolve(
            adopted.pods.ready('scaled').filter((image) => image === 'scaled:v2').length === count,
          ),
        );
      const scale = (replicas: number): Promise<unknown> =>
        adopted.client.patch(DEPLOYMENTS, { ...adopted.at('scaled'), merge: { spec: { replicas } } }, soon());
      await hasPods(2);
      await scale(8);
      await hasPods(4);
      await scale(4);
      await hasPods(2);
    });

    it('is paused again after a PUT that does not say so, and keeps its capacity', async () => {
      await adopted.declare('put');
      const { paused: _, ...spec } = (await adopted.deployment('put')).spec;
      const container = { name: 'main', image: 'put:v2' };
      const template = { ...spec.template, spec: { ...spec.template.spec, containers: [container] } };
      await adopted.client.replace(
        DEPLOYMENTS,
        { metadata: adopted.at('put'), spec: { ...spec, template } },
        soon(),
      );
      await adopted.phaseIs('put', 'Paused');
      await adopted.runs('put', ...times(4, 'put:v1'), 'put:v2');
      expect((await adopted.deployment('put')).spec.paused).toBe(true);
      expect(adopted.pods.leastReady('put')).toBeGreaterThanOrEqual(3);
    });

    it('takes a change of configuration alone for a version, and keeps stable as it was', async () => {
      const settings = { metadata: adopted.at('settings'), data: { colour: 'green' } };
      await adopted.client.create(CONFIGS.ConfigMap, settings, soon());
      await adopted.declare('configured', {
        container: { envFrom: [{ configMapRef: { name: 'settings' } }] },
      });
      await adopted.client.patch(
        CONFIGS.ConfigMap,
        { ...adopted.at('settings'), merge: { data: { colour: 'blue' } } },
        soon(),
      );
      await adopted.phaseIs('configured', 'Paused');
      await adopted.runs('configured', ...times(5, 'configured:v1'));
      const sets = await adopted.sets('configured');
      const colours = await Promise.all(
        sets.map(async ({ spec, metadata }) => {
          const text = JSON.stringify(spec.template);
          const name = /"configMapRef":\{"name":"([^"]+)"/.exec(text)?.[1] ?? '';
          const config = await adopted.client.get(CONFIGS.ConfigMap, adopted.at(name), soon());
          return [metadata.ownerReferences?.[0]?.kind, config?.data?.['colour']];
        }),
      );
      expect(colours.sort()).toEqual([
        ['Deployment', 'green'],
        ['Rollout', 'blue'],
      ]);
    });
  },
);
