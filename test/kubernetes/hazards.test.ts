import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/base/json.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { COMMANDS, withCommand } from '../../src/operator/commands.ts';
import { ROLLOUTS } from '../../src/operator/objects.ts';
import {
  aDeployment,
  installKinds,
  PATIENCE_MS,
  push,
  rolloutAt,
  until,
} from '../../src/operator/testing/cluster.ts';
import { deadlineIn } from '../../src/system/waiting.ts';
import {
  CONFIGS,
  DEPLOYMENTS,
  REPLICA_SETS,
  type Deployment,
} from '../../src/workloads/deployment/objects.ts';
import { newNamespace } from './objects.ts';
import { OperatorProcess } from './operator-process.ts';
import { PodWatch } from './pod-watch.ts';
import { sharedClient, sharedKubeconfig } from './shared-plane.ts';

const soon = (): AbortSignal => deadlineIn(PATIENCE_MS);

/** What is declared beside the name. */
interface Declared {
  readonly replicas?: number;
  readonly strategy?: JsonObject;
  readonly hold?: 'always' | 'webhook';
  readonly container?: JsonObject;
}

const IN_HALVES = { ramped: { pauseEvery: '50%' } };
const WAITING = { canary: { steps: [{ replicas: 1 }, { pause: {} }] } };

/** What others may do to a Deployment at any moment, with the built operator and the controllers of Kubernetes. */
describe.skipIf(sharedKubeconfig() === undefined)(
  'a Deployment that is adopted',
  { timeout: 180_000 },
  () => {
    let client: KubeClient;
    let namespace: string;
    let operator: OperatorProcess;
    let pods: PodWatch;

    beforeAll(async () => {
      client = await sharedClient();
      await installKinds(client);
      namespace = await newNamespace(client, 'hazards');
      operator = new OperatorProcess({ kubeconfig: sharedKubeconfig() ?? '', namespace });
      pods = new PodWatch(client, namespace);
    });
    afterAll(async () => {
      await pods.stop();
      await operator.end();
      if (process.env['OPLOG']) (await import('node:fs')).writeFileSync(process.env['OPLOG'], operator.said);
      await client.close();
    });

    const at = (name: string) => ({ namespace, name });
    const status = async (name: string) => (await rolloutAt(client, at(name)))?.status;
    const phaseIs = (name: string, phase: string): Promise<void> =>
      until(`${name} is ${phase}`, async () => (await status(name))?.phase === phase);
    const deployment = async (name: string): Promise<Deployment> => {
      const found = await client.get(DEPLOYMENTS, at(name), soon());
      if (found === undefined) throw new Error(`no Deployment ${name}`);
      return found;
    };
    const runs = (name: string, ...images: readonly string[]): Promise<void> =>
      until(`${name} runs ${images.join()}`, () =>
        Promise.resolve(pods.ready(name).join() === images.join()),
      );
    const times = (count: number, image: string): readonly string[] =>
      Array.from({ length: count }, () => image);

    async function declare(name: string, declared: Declared = {}): Promise<void> {
      const { replicas = 4, strategy = WAITING, hold = 'always', container = {} } = declared;
      const { metadata, spec } = aDeployment(namespace, name, `${name}:v1`);
      const template = {
        ...spec.template,
        spec: {
          terminationGracePeriodSeconds: 0,
          containers: [{ name: 'main', image: `${name}:v1`, ...container }],
        },
      };
      await client.create(DEPLOYMENTS, { metadata, spec: { ...spec, replicas, template } }, soon());
      const workload = { deployment: { name, hold } };
      await client.create(ROLLOUTS, { metadata: at(name), spec: { workload, strategy } }, soon());
      await phaseIs(name, 'Healthy');
      await runs(name, ...times(replicas, `${name}:v1`));
      pods.mark(name);
    }

    /** Both versions are the Deployment's own, and both serve. */
    async function handsOver(name: string): Promise<void> {
      await until(`${name} hands over`, async () => {
        const { items } = await client.list(REPLICA_SETS, { namespace, labels: `app=${name}` }, soon());
        const own = items.filter(({ metadata }) => metadata.ownerReferences?.[0]?.kind === 'Deployment');
        return own.length === 2 && own.every(({ status: is }) => (is?.readyReplicas ?? 0) > 0);
      });
    }

    async function order(name: string, verb: 'abort' | 'resume'): Promise<void> {
      const object = await rolloutAt(client, at(name));
      if (object === undefined) throw new Error(`no Rollout ${name}`);
      const annotations = { [COMMANDS]: withCommand(object, { id: `${verb}-${Date.now()}`, verb }) };
      await client.patch(ROLLOUTS, { ...at(name), merge: { metadata: { annotations } } }, soon());
    }

    it('is ramped within its own surge and what may be missing, each pod started once', async () => {
      await declare('ramped', { replicas: 8, strategy: { ramped: {} } });
      await push(client, at('ramped'), 'ramped:v2');
      await runs('ramped', ...times(8, 'ramped:v2'));
      await phaseIs('ramped', 'Healthy');
      expect(pods.started('ramped:v2')).toBe(8);
      expect(pods.leastReady('ramped')).toBeGreaterThanOrEqual(6);
    });

    it('of one replica is never without it', async () => {
      await declare('single', { replicas: 1, strategy: { ramped: {} } });
      await push(client, at('single'), 'single:v2');
      await runs('single', 'single:v2');
      expect(pods.started('single:v2')).toBe(1);
      expect(pods.leastReady('single')).toBe(1);
    });

    it('goes back from the middle of a hand-over, and keeps its capacity', async () => {
      await declare('back', { strategy: IN_HALVES });
      await push(client, at('back'), 'back:v2');
      await phaseIs('back', 'Paused');
      await handsOver('back');
      await order('back', 'abort');
      await runs('back', ...times(4, 'back:v1'));
      await phaseIs('back', 'Degraded');
      expect(pods.leastReady('back')).toBeGreaterThanOrEqual(3);
      expect((await deployment('back')).spec.paused).toBe(true);
    });

    it('keeps the shares of both versions when it is scaled, as an autoscaler does', async () => {
      await declare('scaled', { strategy: { canary: { steps: [{ replicas: '50%' }, { pause: {} }] } } });
      await push(client, at('scaled'), 'scaled:v2');
      await phaseIs('scaled', 'Paused');
      const before = pods.ready('scaled').filter((image) => image === 'scaled:v2').length;
      expect(before).toBe(2);
      await client.patch(DEPLOYMENTS, { ...at('scaled'), merge: { spec: { replicas: 8 } } }, soon());
      await until('the candidate has grown too', () =>
        Promise.resolve(pods.ready('scaled').filter((image) => image === 'scaled:v2').length === 4),
      );
      await client.patch(DEPLOYMENTS, { ...at('scaled'), merge: { spec: { replicas: 4 } } }, soon());
      await until('the candidate has shrunk again', () =>
        Promise.resolve(pods.ready('scaled').filter((image) => image === 'scaled:v2').length === 2),
      );
    });

    it('is paused again after a PUT that does not say so, and keeps its capacity', async () => {
      await declare('put');
      const { paused: _, ...spec } = (await deployment('put')).spec;
      const container = { name: 'main', image: 'put:v2' };
      const template = { ...spec.template, spec: { ...spec.template.spec, containers: [container] } };
      await client.replace(DEPLOYMENTS, { metadata: at('put'), spec: { ...spec, template } }, soon());
      await phaseIs('put', 'Paused');
      await runs('put', ...times(4, 'put:v1'), 'put:v2');
      expect((await deployment('put')).spec.paused).toBe(true);
      expect(pods.leastReady('put')).toBeGreaterThanOrEqual(3);
    });

    it('takes a change of configuration alone for a version, and keeps stable as it was', async () => {
      const settings = { metadata: at('settings'), data: { colour: 'green' } };
      await client.create(CONFIGS.ConfigMap, settings, soon());
      await declare('configured', { container: { envFrom: [{ configMapRef: { name: 'settings' } }] } });
      await client.patch(
        CONFIGS.ConfigMap,
        { ...at('settings'), merge: { data: { colour: 'blue' } } },
        soon(),
      );
      await phaseIs('configured', 'Paused');
      await runs('configured', ...times(5, 'configured:v1'));
      const { items } = await client.list(REPLICA_SETS, { namespace, labels: 'app=configured' }, soon());
      const colours = await Promise.all(
        items.map(async ({ spec, metadata }) => {
          const text = JSON.stringify(spec.template);
          const name = /"configMapRef":\{"name":"([^"]+)"/.exec(text)?.[1] ?? '';
          const config = await client.get(CONFIGS.ConfigMap, at(name), soon());
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
