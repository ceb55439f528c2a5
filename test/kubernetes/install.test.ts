import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VERSION } from '../../src/base/version.ts';
import { kubeClient } from '../../src/kube/api-client.ts';
import { fixedCredentials } from '../../src/kube/access.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { loadKubeconfig } from '../../src/kube/kubeconfig.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { resource } from '../../src/kube/resource.ts';
import { lead } from '../../src/kube/leadership.ts';
import { LEASE_NAME } from '../../src/operator/install/names.ts';
import { installationKey } from '../../src/operator/installation-key.ts';
import { place } from '../../src/operator/install/placing.ts';
import { EndedSessions } from '../../src/operator/api/ended-sessions.ts';
import { INSTALL_LABELS, type Manifest } from '../../src/operator/manifest.ts';
import { ROLLOUTS } from '../../src/operator/objects.ts';
import { DEPLOYMENTS } from '../../src/workloads/deployment/objects.ts';
import { deadlineIn, waitFor } from '../../src/system/waiting.ts';
import { Bench } from '../cli/harness.ts';
import { testTool } from '../test-tools.ts';
import { startControlPlane, type ControlPlane } from './control-plane.ts';
import { controlPlanePrograms } from './programs.ts';

const PATIENCE_MS = 60_000;
const NAMESPACE = 'coalmine-system';

interface Rules extends KubeObject {
  readonly spec?: { readonly namespace: string };
  readonly status?: {
    readonly resourceRules: readonly {
      readonly apiGroups: readonly string[];
      readonly resources: readonly string[];
      readonly verbs: readonly string[];
    }[];
  };
}
interface TokenRequest extends KubeObject {
  readonly spec?: object;
  readonly status?: { readonly token: string };
}

const RULES = resource<Rules>('authorization.k8s.io/v1', 'SelfSubjectRulesReview', {
  plural: 'selfsubjectrulesreviews',
  clusterWide: true,
});
const TOKENS = {
  ...resource<TokenRequest>('v1', 'ServiceAccount', { plural: 'serviceaccounts' }),
  subresource: 'token',
};
const NAMESPACES = resource('v1', 'Namespace', { plural: 'namespaces', clusterWide: true });
const DEFINITIONS = resource('apiextensions.k8s.io/v1', 'CustomResourceDefinition', {
  plural: 'customresourcedefinitions',
  clusterWide: true,
});
const CLUSTER_ROLES = resource('rbac.authorization.k8s.io/v1', 'ClusterRole', {
  plural: 'clusterroles',
  clusterWide: true,
});

const programs = controlPlanePrograms();
const kustomize = testTool('kustomize');
const helm = testTool('helm');

/** Everything that is installed by choice, as `install` is asked for it. */
const ALL_OPTIONS = [
  ...['--enable', 'gatewayAPI,istio,nginxIngress,jobs', '--hold', 'webhook'],
  ...['--image', 'registry.test/coalmine:1'],
];

// A cluster of its own: what is installed and removed here is of the whole cluster.
describe.skipIf(programs === undefined)('an installation in a cluster', () => {
  let plane: ControlPlane;
  let bench: Bench;
  let client: KubeClient;

  beforeAll(async () => {
    if (programs === undefined) return;
    plane = await startControlPlane({ programs, bare: true });
    client = plane.client;
    bench = await Bench.create();
  });
  afterAll(async () => {
    await bench.destroy();
    await plane.stop();
  });

  const coalmine = (...argv: readonly string[]) => bench.run([...argv, '--kubeconfig', plane.kubeconfig]);

  const kindsAreGone = (): Promise<void> =>
    until('the kinds are gone', async () => {
      const { items } = await client.list(DEFINITIONS, {}, deadlineIn(PATIENCE_MS));
      return items.length === 0;
    });

  it('is only shown when it is tried', async () => {
    const { code, out } = await coalmine('install', '--dry-run');
    expect(code).toBe(0);
    expect(out).toContain('Deployment coalmine-system/coalmine would be made');
    expect(await client.get(NAMESPACES, { name: NAMESPACE }, deadlineIn(PATIENCE_MS))).toBeUndefined();
  });

  it('is made, and found to be as it should be the next time', async () => {
    const options = ['--enable', 'istio,gatewayAPI', '--hold', 'webhook'];
    const first = await coalmine('install', ...options);
    expect(first).toMatchObject({ code: 0, err: '' });
    expect(first.out).toContain('CustomResourceDefinition rollouts.coalmine.dev made');
    const second = await coalmine('install', ...options);
    expect(second.out).not.toMatch(/ (made|changed)$/m);
    const third = await coalmine('install', ...options, '--replicas', '2');
    expect(third.out).toContain('Deployment coalmine-system/coalmine changed');
  });

  it('is refused where another one looks after the same', async () => {
    const here = ['--namespaced', '--namespace', 'default'];
    const refused = await coalmine('install', ...here);
    expect(refused.code).toBe(6);
    expect(refused.err).toContain('installed in coalmine-system already, and looks after all namespaces');
    const made = await client.list(DEPLOYMENTS, { namespace: 'default' }, deadlineIn(PATIENCE_MS));
    expect(made.items).toEqual([]);
    const merge = { spec: { replicas: 0 } };
    const key = { namespace: NAMESPACE, name: 'coalmine' };
    await client.patch(DEPLOYMENTS, { ...key, merge }, deadlineIn(PATIENCE_MS));
    expect((await coalmine('install', ...here, '--dry-run')).code).toBe(0);
  });

  it('allows the operator what its roles say, and nothing else', async () => {
    const token = await client.create(
      TOKENS,
      {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        metadata: { namespace: NAMESPACE, name: 'coalmine' },
        spec: { audiences: [] },
      },
      deadlineIn(PATIENCE_MS),
    );
    const access = await loadKubeconfig({ path: plane.kubeconfig });
    const credentials = fixedCredentials({ authorization: `Bearer ${token.status?.token ?? ''}` });
    const operator = kubeClient({ ...access, credentials });
    const allowedIn = async (namespace: string): Promise<readonly string[]> => {
      const { status } = await operator.create(
        RULES,
        { metadata: { name: 'rules' }, spec: { namespace } },
        deadlineIn(PATIENCE_MS),
      );
      return (status?.resourceRules ?? []).flatMap(({ apiGroups, resources, verbs }) =>
        resources.flatMap((of) => verbs.map((verb) => `${verb} ${of}.${apiGroups[0] ?? ''}`)),
      );
    };
    const elsewhere = await allowedIn('default');
    expect(elsewhere).toEqual(
      expect.arrayContaining(['patch deployments.apps', 'patch virtualservices.networking.istio.io']),
    );
    const forbidden = [
      'patch ingresses.networking.k8s.io',
      'update secrets.',
      'create pods.',
      'get leases.coordination.k8s.io',
    ];
    expect(elsewhere.filter((one) => forbidden.includes(one) || one.includes('*'))).toEqual([]);
    expect(await allowedIn(NAMESPACE)).toContain('update leases.coordination.k8s.io');
    await operator.close();
  });

  it('is not removed while Rollouts are looked after, unless they are to go too', async () => {
    const spec = { workload: { deployment: { name: 'shop' } }, strategy: { recreate: {} } };
    const shop = { metadata: { namespace: 'default', name: 'shop' }, spec };
    await coalmine('install', '--api');
    await client.create(ROLLOUTS, shop, deadlineIn(PATIENCE_MS));
    await leaveBehind(client);
    const refused = await coalmine('uninstall');
    expect(refused.code).toBe(6);
    expect(refused.err).toContain('coalmine still looks after 1 Rollouts: default/shop');
    const removed = await coalmine('uninstall', '--with-rollouts');
    expect(removed).toMatchObject({ code: 0, err: '' });
    expect(removed.out).toContain('Deployment coalmine-system/coalmine removed');
    expect(removed.out).toContain('Secret coalmine-system/coalmine-installation-key removed');
    expect(removed.out).toContain('Lease coalmine-system/coalmine-operator removed');
    expect(removed.out).toContain('ConfigMap coalmine-system/coalmine-ended-sessions removed');
    await kindsAreGone();
    const roles = await client.list(
      CLUSTER_ROLES,
      { labels: 'app.kubernetes.io/part-of=coalmine' },
      deadlineIn(PATIENCE_MS),
    );
    expect(roles.items).toEqual([]);
    expect((await coalmine('uninstall')).out).toContain('nothing of coalmine is installed there');
  });

  it('of one namespace does not ask for anything outside of it, and goes without what others need', async () => {
    await coalmine('install', '--namespaced', '--api', '--namespace', 'default');
    expect((await coalmine('install', '--dry-run')).err).toContain('installed in default already');
    const beside = ['--namespaced', '--namespace', 'kube-public', '--dry-run'];
    expect((await coalmine('install', ...beside)).code).toBe(0);
    const { out } = await coalmine('uninstall', '--namespaced', '--namespace', 'default');
    expect(out).toContain('Deployment default/coalmine removed');
    expect(out).toContain('ClusterRoleBinding coalmine-api-default removed');
    expect(out).not.toContain('Namespace');
    const { items } = await client.list(DEFINITIONS, {}, deadlineIn(PATIENCE_MS));
    expect(items.map(({ metadata }) => metadata.name)).toContain('rollouts.coalmine.dev');
    const clash = await coalmine('install', '--namespaced', '--hold', 'webhook');
    expect(clash.code).toBe(2);
  });

  it.skipIf(kustomize === undefined)('is just what kustomize makes of deploy/kustomize', async () => {
    const parts = ['gateway-api', 'istio', 'nginx-ingress', 'jobs', 'hold-webhook'];
    const overlay = join(bench.dir, 'overlay');
    await mkdir(overlay);
    const at = (part: string): string => relative(overlay, resolve('deploy/kustomize', part));
    const kustomization = {
      resources: [at('base')],
      components: parts.map((part) => at(`components/${part}`)),
      images: [{ name: 'coalmine', newName: 'registry.test/coalmine', newTag: '1' }],
    };
    await writeFile(join(overlay, 'kustomization.yaml'), JSON.stringify(kustomization));
    const objects = await printedBy(kustomize ?? '', ['build', overlay]);
    expect(await foundAfter(objects)).toHaveLength(objects.length);
  });

  it.skipIf(helm === undefined)('is just what helm makes of deploy/helm', async () => {
    const chart = resolve('deploy/helm/coalmine');
    const values = [
      ...['--set', 'enable={gatewayAPI,istio,nginxIngress,jobs}', '--set', 'hold=webhook'],
      ...['--set', 'image=registry.test/coalmine:1'],
    ];
    await promisify(execFile)(helm ?? '', ['lint', '--strict', chart, ...values]);
    // A helm that was built from its module takes every cluster for an old one, unless it asks it.
    const placed = ['--namespace', NAMESPACE, '--include-crds', '--kube-version', '1.34.3'];
    const objects = await printedBy(helm ?? '', ['template', 'coalmine', chart, ...placed, ...values]);
    const isDefinition = ({ kind }: Manifest): boolean => kind === 'CustomResourceDefinition';
    // Rollouts outlive the chart: helm must not take their kinds away.
    for (const { metadata } of objects.filter(isDefinition))
      expect(metadata.annotations).toEqual({ 'helm.sh/resource-policy': 'keep' });
    const plain = objects.map((one) => (isDefinition(one) ? withoutAnnotations(one) : one));
    // The namespace is made by helm itself, with --create-namespace.
    const metadata = { name: NAMESPACE, labels: INSTALL_LABELS };
    const own = { apiVersion: 'v1', kind: 'Namespace', metadata };
    expect(await foundAfter([own, ...plain])).toHaveLength(objects.length + 1);
  });

  /** Puts objects into the cluster, where nothing of coalmine is; answers what `install` then finds, all as it should be. */
  async function foundAfter(objects: readonly Manifest[]): Promise<readonly string[]> {
    await coalmine('uninstall', '--with-rollouts');
    await Promise.all([kindsAreGone(), endNamespace(client)]);
    for (const object of objects) await place(object, { client, dryRun: false }, deadlineIn(PATIENCE_MS));
    const { out } = await coalmine('install', '--dry-run', ...ALL_OPTIONS);
    const found = out.trim().split('\n');
    expect(found.filter((line) => !line.endsWith('is as it should be'))).toEqual([]);
    return found;
  }
});

it('is printed as documents that any tool applies', async () => {
  const bench = await Bench.create();
  const { code, out } = await bench.run(['install', '--print', '--image', 'registry.test/coalmine:1']);
  expect(code).toBe(0);
  expect(out.split('\n---\n').length).toBeGreaterThan(10);
  expect(out).toContain('image: registry.test/coalmine:1');
  expect((await bench.run(['install', '--print'])).out).toContain(`image: coalmine:${VERSION}`);
  expect((await bench.run(['install', '--print', '--enable', 'envoy'])).err).toContain('nginxIngress');
  const called = ['--api-host', 'deploy.example.com', '--cluster-name', 'east'];
  const { out: served } = await bench.run(['install', '--print', '--api', ...called]);
  expect(served).toMatch(/--api-host=deploy.example.com\n.*--cluster-name=east\n/);
  const refused = await bench.run(['install', '--print', ...called]);
  expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('add --api')]);
  await bench.destroy();
});

/** The objects that a program prints. */
async function printedBy(program: string, argv: readonly string[]): Promise<readonly Manifest[]> {
  const { stdout } = await promisify(execFile)(program, argv, { maxBuffer: 64 * 1024 * 1024 });
  return parseAllDocuments(stdout)
    .map((one) => one.toJS() as Manifest | null)
    .filter((one) => one !== null);
}

function withoutAnnotations({ metadata: { annotations: _, ...metadata }, ...rest }: Manifest): Manifest {
  return { ...rest, metadata };
}

/** What the operator itself makes beside it: its key, and the lease of the one that leads. */
async function leaveBehind(client: KubeClient): Promise<void> {
  const signal = deadlineIn(PATIENCE_MS);
  const key = { namespace: NAMESPACE, name: LEASE_NAME, labels: INSTALL_LABELS };
  await installationKey(client, NAMESPACE, signal);
  await lead({ client, key, identity: 'test' }, () => Promise.resolve(), signal);
  const deadline = (): AbortSignal => deadlineIn(PATIENCE_MS);
  const ended = new EndedSessions({ client, namespace: NAMESPACE, now: Date.now, deadline });
  await ended.add('digest', Date.now() + PATIENCE_MS);
}

/** What the controller of namespaces does, which is not there, once nothing is left in one. */
async function endNamespace(client: KubeClient): Promise<void> {
  const signal = deadlineIn(PATIENCE_MS);
  const there = await client.get(NAMESPACES, { name: NAMESPACE }, signal);
  if (there === undefined) return;
  const ended = { ...there, spec: { finalizers: [] } };
  await client.replace({ ...NAMESPACES, subresource: 'finalize' }, ended, signal);
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const late = deadlineIn(PATIENCE_MS);
  while (!(await isSo())) if (!(await waitFor(50, late))) throw new Error(`not in time: ${what}`);
}
