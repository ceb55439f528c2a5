import { X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ownKubeconfig } from '../../../test/kubernetes/own-plane.ts';
import { clientOf, sharedKubeconfig } from '../../../test/kubernetes/shared-plane.ts';
import { freePort } from '../../../test/tools.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject } from '../../kube/object.ts';
import { resource } from '../../kube/resource.ts';
import { deadlineIn, waitFor } from '../../system/waiting.ts';
import { silentLog } from '../../telemetry/log.ts';
import { holdConfiguration } from '../install/hold.ts';
import { applyDefinitions } from '../install/definitions.ts';
import { HOLD_CONFIGURATION, HOLD_PATH } from '../install/names.ts';
import { ROLLOUTS } from '../objects.ts';
import { isAdopted } from './adopted.ts';
import type { HoldConfiguration } from './configuration.ts';
import { holdReview } from './review.ts';
import { runHoldWebhook } from './hold-webhook.ts';

interface Deployment extends KubeObject {
  readonly spec: { readonly paused?: boolean; readonly replicas?: number; readonly template: object };
}

const PATIENCE_MS = 60_000;
const DAY_MS = 86_400_000;
const namespace = 'hold-webhook';
const NAMESPACES = resource('v1', 'Namespace', { plural: 'namespaces', clusterWide: true });
const DEPLOYMENTS = resource<Deployment>('apps/v1', 'Deployment', { plural: 'deployments' });
const CONFIGURATIONS = resource<HoldConfiguration>(
  'admissionregistration.k8s.io/v1',
  'MutatingWebhookConfiguration',
  { plural: 'mutatingwebhookconfigurations', clusterWide: true },
);

describe.skipIf(sharedKubeconfig() === undefined)('the webhook that holds new templates back', () => {
  const kubeconfig = ownKubeconfig({ bare: true });
  let client: KubeClient;
  let port: number;
  let nowMs = Date.now();
  const shown: string[] = [];
  const running: { readonly end: AbortController; readonly ended: Promise<void> }[] = [];

  beforeAll(async () => {
    client = await clientOf(kubeconfig());
    port = await freePort();
    await client.create(NAMESPACES, { metadata: { name: namespace } }, deadlineIn(PATIENCE_MS));
    const { webhooks: [installed] = [] } = holdConfiguration(namespace) as unknown as HoldConfiguration;
    // The operator runs outside of the cluster here: the API server reaches it by its address.
    const webhooks = [
      { name: '', ...installed, clientConfig: { url: `https://127.0.0.1:${port}${HOLD_PATH}` } },
    ];
    const object = { metadata: { name: HOLD_CONFIGURATION }, webhooks };
    await client.apply(CONFIGURATIONS, { object }, deadlineIn(PATIENCE_MS));
  });
  afterEach(async () => {
    for (const { end, ended } of running.splice(0)) {
      end.abort();
      await ended;
    }
  });
  afterAll(async () => {
    await client.delete(CONFIGURATIONS, { name: HOLD_CONFIGURATION }, deadlineIn(PATIENCE_MS));
    await client.close();
  });

  function run(isHeld: (namespace: string, name: string) => boolean, at = port): void {
    const end = new AbortController();
    const options = {
      client,
      namespace,
      address: { host: '127.0.0.1', port: at },
      reviewers: { [HOLD_PATH]: holdReview(isHeld) },
      log: silentLog,
      now: () => nowMs,
      onCertificate: (cert: string) => void shown.push(cert),
      lookEveryMs: 50,
    };
    running.push({ end, ended: runHoldWebhook(options, end.signal) });
  }

  async function deploy(name: string, image: string, fieldManager = 'somebody'): Promise<Deployment> {
    const labels = { app: name };
    const template = { metadata: { labels }, spec: { containers: [{ name: 'main', image }] } };
    const object = {
      metadata: { namespace, name },
      spec: { replicas: 0, selector: { matchLabels: labels }, template },
    };
    return client.apply(DEPLOYMENTS, { object, fieldManager, force: true }, deadlineIn(PATIENCE_MS));
  }

  /** The API server hears of a configuration a moment after it is written. */
  async function untilHeld(name: string): Promise<void> {
    let version = 1;
    await until('new templates are held', async () => {
      version += 1;
      return (await deploy(name, `shop:${version}`)).spec.paused === true;
    });
  }

  it('pauses a Deployment in the very write that brings a new template, and leaves others alone', async () => {
    await deploy('shop', 'shop:1');
    await deploy('other', 'other:1');
    run((of, name) => of === namespace && name === 'shop');
    await untilHeld('shop');
    expect((await deploy('other', 'other:2')).spec.paused).toBeUndefined();
    await client.patch(
      DEPLOYMENTS,
      { namespace, name: 'shop', json: [{ op: 'remove', path: '/spec/paused' }] },
      deadlineIn(PATIENCE_MS),
    );
    const scaled = await client.patch(
      DEPLOYMENTS,
      { namespace, name: 'shop', merge: { spec: { replicas: 1 } }, fieldManager: 'somebody' },
      deadlineIn(PATIENCE_MS),
    );
    expect(scaled.spec.paused).toBeUndefined();
  });

  it('knows from the Rollouts of the namespace which Deployments are adopted', async () => {
    await applyDefinitions(client, deadlineIn(PATIENCE_MS));
    const spec = { workload: { deployment: { name: 'adopted' } }, strategy: { recreate: {} } };
    await client.create(ROLLOUTS, { metadata: { namespace, name: 'one' }, spec }, deadlineIn(PATIENCE_MS));
    const isHeld = isAdopted(client);
    expect(await isHeld(namespace, 'adopted')).toBe(true);
    expect(await isHeld(namespace, 'one')).toBe(false);
    expect(await isHeld('default', 'adopted')).toBe(false);
  });

  it('lets coalmine itself write what it means to', async () => {
    await deploy('own', 'own:1');
    run(() => true);
    await untilHeld('own');
    await client.patch(
      DEPLOYMENTS,
      { namespace, name: 'own', json: [{ op: 'remove', path: '/spec/paused' }] },
      deadlineIn(PATIENCE_MS),
    );
    expect((await deploy('own', 'own:back', 'coalmine')).spec.paused).toBeUndefined();
  });

  it('lets Kubernetes go on when it does not know, and when it is not there', async () => {
    await deploy('open', 'open:1');
    run(() => {
      throw new Error('it has not read anything yet');
    });
    expect((await deploy('open', 'open:2')).spec.paused).toBeUndefined();
    running[0]?.end.abort();
    await running[0]?.ended;
    expect((await deploy('open', 'open:3')).spec.paused).toBeUndefined();
  });

  it('shares one certificate among replicas, and renews it while new templates go on being held', async () => {
    await deploy('renewed', 'renewed:1');
    const second = await freePort();
    run(() => true);
    run(() => true, second);
    await untilHeld('renewed');
    const before = await servedAt(second);
    shown.splice(0);
    expect(await servedAt(port)).toBe(before);
    nowMs += 70 * DAY_MS;
    await until('both serve with another', async () => {
      const [one, other] = [await servedAt(port), await servedAt(second)];
      return one !== before && one === other;
    });
    expect(new Set(shown.map(fingerprintOf))).toEqual(new Set([await servedAt(port)]));
    await untilHeld('renewed');
    nowMs = Date.now();
  });
});

function fingerprintOf(cert: string): string {
  return new X509Certificate(cert).fingerprint256;
}

async function servedAt(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.once('error', reject);
  });
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const late = deadlineIn(PATIENCE_MS);
  while (!(await isSo().catch(() => false)))
    if (!(await waitFor(50, late))) throw new Error(`not in time: ${what}`);
}
