import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeClient } from '../../src/kube/client.ts';
import { loadKubeconfig } from '../../src/kube/kubeconfig.ts';
import { resource } from '../../src/kube/resource.ts';
import { HOLD_CONFIGURATION, WEBHOOK_NAME } from '../../src/operator/install/names.ts';
import { ROLLOUTS } from '../../src/operator/objects.ts';
import { aDeployment, installKinds, rolloutAt, until } from '../../src/operator/testing/cluster.ts';
import type { HoldConfiguration } from '../../src/operator/webhook/configuration.ts';
import {
  CONFIGS,
  DEPLOYMENTS,
  REPLICA_SETS,
  type Deployment,
  type PodTemplate,
} from '../../src/workloads/deployment/objects.ts';
import { freePort } from '../tools.ts';
import { soon, times } from './adopted.ts';
import { startControlPlane, type ControlPlane } from './control-plane.ts';
import { FaultProxy } from './fault-proxy.ts';
import { installEverywhere, kubeconfigFor, type Installed } from './installed.ts';
import { newNamespace } from './objects.ts';
import { OperatorProcess } from './operator-process.ts';
import { permissionFor, permissionsIn } from './permissions.ts';
import { PodWatch } from './pod-watch.ts';
import { controlPlanePrograms } from './programs.ts';

const CONFIGURATIONS = resource<HoldConfiguration>(
  'admissionregistration.k8s.io/v1',
  'MutatingWebhookConfiguration',
  { plural: 'mutatingwebhookconfigurations', clusterWide: true },
);

const READ = ['get', 'list', 'watch'];
const every = (verbs: readonly string[], of: string): readonly string[] =>
  verbs.map((verb) => `${verb} ${of}`);

/** What is allowed, and not used here, by what it is for. */
const FOR_MORE: Readonly<Record<string, readonly string[]>> = {
  'users who come by a Service that is routed': [
    ...every([...READ, 'create', 'patch', 'delete'], '/services'),
    'list discovery.k8s.io/endpointslices',
  ],
  'checks of templates': [
    ...every(READ, 'coalmine.dev/analysistemplates'),
    ...every(READ, 'coalmine.dev/clusteranalysistemplates'),
  ],
  'versions and releases beyond those that are kept': [
    ...every(['delete'], '/configmaps'),
    ...every(['delete'], '/secrets'),
    ...every(['delete'], 'apps/controllerrevisions'),
    ...every([...READ, 'delete'], 'coalmine.dev/releases'),
  ],
  'releases that are judged, whose ticks are kept': every(
    ['get', 'create', 'patch'],
    'coalmine.dev/releaseticks',
  ),
  'owners that may not go before what they own, where admission asks': [
    'update apps/deployments/finalizers',
    'update coalmine.dev/rollouts/finalizers',
  ],
  'a certificate that is renewed': ['update /secrets'],
};

/** One object where a watch has not told yet: used or not, as it happens. */
const BY_CHANCE = [
  '/pods',
  'apps/controllerrevisions',
  'apps/deployments',
  'apps/replicasets',
  'coalmine.dev/rollouts',
].map((of) => `get ${of}`);

const programs = controlPlanePrograms();

/** The built operator with what an installation for the whole cluster gives it, and nothing else; its webhook is asked by the real API server. */
// A plane of its own: what others leave in theirs it would look after too.
describe.skipIf(programs === undefined)(
  'an operator of the whole cluster, with a webhook',
  { timeout: 240_000 },
  () => {
    let plane: ControlPlane;
    let client: KubeClient;
    let home: string;
    let namespace: string;
    let installed: Installed;
    let proxy: FaultProxy;
    let kubeconfig: string;
    let operator: OperatorProcess;
    let pods: PodWatch;

    beforeAll(async () => {
      if (programs === undefined) return;
      plane = await startControlPlane({ programs });
      client = plane.client;
      await installKinds(client);
      home = await newNamespace(client, 'home');
      namespace = await newNamespace(client, 'away');
      const webhookPort = await freePort();
      installed = await installEverywhere(client, { namespace: home, webhookPort }, soon());
      proxy = await FaultProxy.start(await loadKubeconfig({ path: plane.kubeconfig }));
      kubeconfig = await kubeconfigFor(installed.token, proxy.access.server);
      const more = ['--webhook-port', String(webhookPort)];
      operator = new OperatorProcess({ kubeconfig, namespace: home, watched: [], more });
      pods = new PodWatch(client, namespace);
      await until('the webhook is vouched for', async () => (await vouchedFor()) !== undefined);
    });
    afterAll(async () => {
      await pods.stop();
      await operator.end();
      await proxy.stop();
      await rm(kubeconfig);
      await plane.stop();
    });

    const at = () => ({ namespace, name: 'shop' });
    const vouchedFor = async () => {
      const { webhooks: [first] = [] } =
        (await client.get(CONFIGURATIONS, { name: HOLD_CONFIGURATION }, soon())) ?? {};
      return first?.clientConfig.caBundle;
    };
    const phaseIs = (phase: string): Promise<void> =>
      until(`it is ${phase}`, async () => (await rolloutAt(client, at()))?.status?.phase === phase);
    const runs = (...images: readonly string[]): Promise<void> =>
      until(`it runs ${images.join()}`, () => Promise.resolve(pods.ready('shop').join() === images.join()));
    const isPaused = async () => (await client.get(DEPLOYMENTS, at(), soon()))?.spec.paused === true;
    const promoted = (release: number): Promise<void> =>
      until(`release ${release} was promoted`, async () => {
        const { phase, lastOutcome } = (await rolloutAt(client, at()))?.status ?? {};
        return phase === 'Healthy' && lastOutcome?.release === release && lastOutcome.outcome === 'promoted';
      });

    /** What kubectl writes: a new image, the moment of a restart, an earlier template. Answers whether it is held in that write. */
    async function write(template: PodTemplate): Promise<boolean> {
      const strategic = { spec: { template } };
      const written = await client.patch<Deployment>(
        DEPLOYMENTS,
        { ...at(), fieldManager: 'kubectl', strategic },
        soon(),
      );
      return written.spec.paused === true;
    }
    const withImage = (image: string): PodTemplate => ({ spec: { containers: [{ name: 'main', image }] } });

    it('takes a Deployment elsewhere through a release, held in the write that brings it, and plain at rest', async () => {
      for (const of of [CONFIGS.ConfigMap, CONFIGS.Secret])
        await client.create(of, { metadata: { namespace, name: 'settings' } }, soon());
      const { metadata, spec } = aDeployment(namespace, 'shop', 'shop:v1');
      const envFrom = [{ configMapRef: { name: 'settings' } }, { secretRef: { name: 'settings' } }];
      const containers = [{ name: 'main', image: 'shop:v1', envFrom }];
      const template = { ...spec.template, spec: { terminationGracePeriodSeconds: 0, containers } };
      await client.create(DEPLOYMENTS, { metadata, spec: { ...spec, replicas: 4, template } }, soon());
      await runs(...times(4, 'shop:v1'));
      const workload = { deployment: { name: 'shop' } };
      const strategy = { canary: { steps: [{ replicas: 1 }, { pause: '1s' }, { replicas: '50%' }] } };
      await client.create(ROLLOUTS, { metadata: at(), spec: { workload, strategy } }, soon());
      await phaseIs('Healthy');
      expect(await isPaused()).toBe(false);
      expect(await write(withImage('shop:v2'))).toBe(true);
      await promoted(1);
      await runs(...times(4, 'shop:v2'));
      await until('it is plain again', async () => !(await isPaused()));
      expect(pods.started('shop:v2')).toBe(4);
    });

    it('releases what kubectl rollout restart writes, with fresh pods', async () => {
      const restarted = { 'kubectl.kubernetes.io/restartedAt': '2026-11-30T00:00:00Z' };
      expect(await write({ metadata: { annotations: restarted } })).toBe(true);
      await promoted(2);
      await runs(...times(4, 'shop:v2'));
      expect(pods.started('shop:v2')).toBe(8);
      await until('it is plain again', async () => !(await isPaused()));
    });

    it('releases what kubectl rollout undo writes as any other template, and leaves it no history to undo by itself', async () => {
      const { items } = await client.list(REPLICA_SETS, { namespace, labels: 'app=shop' }, soon());
      const own = items.filter(({ metadata }) => metadata.ownerReferences?.[0]?.kind === 'Deployment');
      expect(own).toHaveLength(1);
      const json = [
        { op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'shop:v1' },
        { op: 'remove', path: '/spec/template/metadata/annotations' },
      ] as const;
      const written = await client.patch(DEPLOYMENTS, { ...at(), fieldManager: 'kubectl', json }, soon());
      expect(written.spec.paused).toBe(true);
      await promoted(3);
      await runs(...times(4, 'shop:v1'));
    });

    it('is believed again after its certificate was taken away', async () => {
      const before = await vouchedFor();
      await client.delete(CONFIGS.Secret, { namespace: home, name: WEBHOOK_NAME }, soon());
      await until('another is vouched for', async () => (await vouchedFor()) !== before);
      await until('new templates are held again', async () => {
        const isHeld = await write({ metadata: { annotations: { look: String(performance.now()) } } });
        if (!isHeld) await until('it rests', async () => !(await isPaused()));
        return isHeld;
      });
    });

    it('lets go of it, was refused nothing, and is allowed nothing of which nobody knows why', async () => {
      await client.delete(ROLLOUTS, at(), soon());
      await until('it is gone', async () => (await rolloutAt(client, at())) === undefined);
      expect(await isPaused()).toBe(false);
      expect(proxy.forbidden).toEqual([]);
      const used = new Set(proxy.requests.map(permissionFor));
      const allowed = permissionsIn(installed.objects);
      expect(BY_CHANCE.filter((one) => !allowed.has(one))).toEqual([]);
      const needed = new Set([...used, ...BY_CHANCE]);
      expect([...allowed].filter((one) => !needed.has(one)).sort()).toEqual(
        Object.values(FOR_MORE).flat().sort(),
      );
    });
  },
);
