import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dyingClient } from '../../../test/kubernetes/dying-client.ts';
import { sharedClient, sharedKubeconfig } from '../../../test/kubernetes/shared-plane.ts';
import type { DesiredGroup } from '../../engine/decision.ts';
import type { KubeClient } from '../../kube/client.ts';
import { LABELS } from '../../kube/names.ts';
import { resource } from '../../kube/resource.ts';
import type { RevisionId } from '../../rollout/model.ts';
import { Identities } from './identity.ts';
import { CONFIGS, CONTROLLER_REVISIONS, DEPLOYMENTS, PODS, REPLICA_SETS } from './objects.ts';
import { deploymentWorkload, type AdoptedDeployment } from './workload.ts';

const NAMESPACES = resource('v1', 'Namespace', { plural: 'namespaces', clusterWide: true });
const signal = new AbortController().signal;
const namespace = 'adoption';

/** A test that is tried again finds nothing of the first try. */
function fresh(name: string): string {
  return `${name}-${randomUUID().slice(0, 8)}`;
}

describe.skipIf(sharedKubeconfig() === undefined)('a Deployment on a real control plane', () => {
  let client: KubeClient;
  beforeAll(async () => {
    client = await sharedClient();
    await client.create(NAMESPACES, { metadata: { name: namespace } }, signal);
  });
  afterAll(async () => {
    await client.close();
  });

  const template = (name: string, image: string) => ({
    metadata: { labels: { app: name } },
    spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'web', image }] },
  });

  async function until(isSo: () => Promise<boolean>): Promise<void> {
    const end = Date.now() + 150_000;
    while (!(await isSo())) {
      if (Date.now() > end) throw new Error('it does not become so');
      await setTimeout(50);
    }
  }

  async function adopted(what: string, replicas: number) {
    const name = fresh(what);
    // What everything of a Rollout is owned by; here anything that there is.
    const made = await client.create(CONFIGS.ConfigMap, { metadata: { name, namespace } }, signal);
    const owner = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      name,
      uid: made.metadata.uid ?? '',
      controller: true,
    };
    const spec = { replicas, selector: { matchLabels: { app: name } }, template: template(name, 'web:1') };
    await client.create(DEPLOYMENTS, { metadata: { name, namespace }, spec }, signal);
    const open = (through = client, hold: 'always' | 'webhook' = 'always'): AdoptedDeployment =>
      deploymentWorkload({
        client: through,
        namespace,
        owner,
        workload: { name, hold, replicas },
        identities: new Identities('key'),
        keep: 10,
        now: Date.now,
      });
    await until(async () => (await deployment(name)).status?.availableReplicas === replicas);
    const adoption = await open().adopt(signal);
    if (!('stable' in adoption)) throw new Error(adoption.problems[0].reason);
    return { name, replicas, open, stable: adoption.stable };
  }
  type Adopted = Awaited<ReturnType<typeof adopted>>;

  async function deployment(name: string) {
    const found = await client.get(DEPLOYMENTS, { namespace, name }, signal);
    if (found === undefined) throw new Error(`no Deployment ${name}`);
    return found;
  }

  async function pushed({ name, open }: Adopted, image: string): Promise<RevisionId> {
    await client.patch(
      DEPLOYMENTS,
      { namespace, name, merge: { spec: { template: template(name, image) } } },
      signal,
    );
    const revision = await open().wantedRevision(signal);
    if (revision === undefined) throw new Error('nothing is wanted');
    return revision;
  }

  async function made(of: Adopted, groups: readonly DesiredGroup[], ready: Readonly<Record<string, number>>) {
    await until(async () => {
      await of.open().apply(groups, signal);
      const seen = (await of.open().observe(signal)).filter(({ running }) => running > 0);
      const now = Object.fromEntries(seen.map((group) => [group.revision, group.ready]));
      return JSON.stringify(Object.entries(now).sort()) === JSON.stringify(Object.entries(ready).sort());
    });
  }

  async function podsOf(name: string, image: string): Promise<readonly (string | undefined)[]> {
    const { items } = await client.list(PODS, { namespace, labels: `app=${name}` }, signal);
    return items
      .filter(
        ({ spec, metadata }) =>
          JSON.stringify(spec).includes(image) && metadata.deletionTimestamp === undefined,
      )
      .map(({ metadata }) => metadata.uid)
      .sort();
  }

  it('keeps the pods of what is handed over, also when killed at any write, and lets it go plain', async () => {
    const web = await adopted('kept', 3);
    const { stable, replicas } = web;
    await made(web, [{ track: 'stable', revision: stable, replicas }], { [stable]: 3 });
    expect((await deployment(web.name)).spec.paused).toBe(true);
    const candidate = await pushed(web, 'web:2');
    expect(candidate).not.toBe(stable);
    const both: DesiredGroup[] = [
      { track: 'stable', revision: stable, replicas },
      { track: 'canary', revision: candidate, replicas },
    ];
    await made(web, both, { [stable]: 3, [candidate]: 3 });
    const before = await podsOf(web.name, 'web:2');
    const after: DesiredGroup[] = [{ track: 'canary', revision: candidate, replicas }];
    for (const writes of [0, 1, 2, 1, 0, 1]) {
      await web
        .open(dyingClient(client, writes).client)
        .apply(after, signal)
        .catch(() => undefined);
      expect((await podsOf(web.name, 'web:2')).length).toBe(3);
    }
    await made(web, [{ track: 'stable', revision: candidate, replicas }], { [candidate]: 3 });
    expect(await podsOf(web.name, 'web:2')).toEqual(before);
    await until(() => web.open().leave(candidate, signal));
    await until(async () => (await deployment(web.name)).spec.paused !== true);
    expect(await podsOf(web.name, 'web:2')).toEqual(before);
  }, 400_000);

  it('makes an older version that takes over the younger, with its pods, also when killed at any write', async () => {
    const web = await adopted('older', 4);
    const { stable: older, replicas } = web;
    const newer = await pushed(web, 'web:2');
    const first: DesiredGroup = { track: 'stable', revision: newer, replicas };
    await made(web, [first, { track: 'previous', revision: older, replicas: 1 }], { [newer]: 4, [older]: 1 });
    await pushed(web, 'web:1');
    const [kept] = await podsOf(web.name, 'web:1');
    const both = (stable: number, canary: number): readonly DesiredGroup[] => [
      { track: 'stable', revision: newer, replicas: stable },
      { track: 'canary', revision: older, replicas: canary },
    ];
    const started = new Set<string | undefined>();
    for (const writes of [0, 1, 0, 1, 1, 0, 1, 1]) {
      await web
        .open(dyingClient(client, writes).client)
        .apply(both(2, 3), signal)
        .catch(() => undefined);
      const seen = await web.open().observe(signal);
      expect(seen.find(({ revision }) => revision === older)?.ready).toBeGreaterThanOrEqual(1);
      for (const uid of await podsOf(web.name, 'web:1')) started.add(uid);
      await setTimeout(50);
    }
    await made(web, both(2, 3), { [newer]: 2, [older]: 3 });
    for (const uid of await podsOf(web.name, 'web:1')) started.add(uid);
    expect(started).toContain(kept);
    expect(await podsOf(web.name, 'web:1')).toContain(kept);
    expect(started.size).toBe(3);
    const { items } = await client.list(
      CONTROLLER_REVISIONS,
      { namespace, labels: `${LABELS.rollout}=${web.name}` },
      signal,
    );
    expect(items.filter(({ metadata }) => metadata.labels?.[LABELS.revision] === undefined)).toEqual([]);
  }, 400_000);

  it('brings stable back, and not what was rejected, when it is scaled to zero and up again', async () => {
    const web = await adopted('zero', 2);
    const { stable, replicas } = web;
    const rest: DesiredGroup[] = [{ track: 'stable', revision: stable, replicas }];
    await made(web, rest, { [stable]: 2 });
    const rejected = await pushed(web, 'web:2');
    const both: DesiredGroup[] = [...rest, { track: 'canary', revision: rejected, replicas: 1 }];
    await made(web, both, { [stable]: 2, [rejected]: 1 });
    await made(web, rest, { [stable]: 2 });
    for (const size of [0, 2]) {
      await client.patch(
        DEPLOYMENTS,
        { namespace, name: web.name, merge: { spec: { replicas: size } } },
        signal,
      );
      await made(web, rest, size === 0 ? {} : { [stable]: size });
    }
    expect(await podsOf(web.name, 'web:2')).toEqual([]);
  }, 400_000);

  it('pauses again what a PUT or a resume has set going, and makes anew what was deleted', async () => {
    const web = await adopted('going', 4);
    const { stable, replicas } = web;
    const rest: DesiredGroup[] = [{ track: 'stable', revision: stable, replicas }];
    await made(web, rest, { [stable]: 4 });
    await pushed(web, 'web:2');
    await client.patch(
      DEPLOYMENTS,
      { namespace, name: web.name, merge: { spec: { paused: false } } },
      signal,
    );
    await until(async () => (await podsOf(web.name, 'web:2')).length > 0);
    await made(web, rest, { [stable]: 4 });
    expect((await deployment(web.name)).spec.paused).toBe(true);
    const { items } = await client.list(REPLICA_SETS, { namespace, labels: `app=${web.name}` }, signal);
    for (const { metadata } of items)
      await client.delete(REPLICA_SETS, { namespace, name: metadata.name }, signal);
    await until(async () => (await podsOf(web.name, 'web:1')).length === 0);
    await made(web, rest, { [stable]: 4 });
  }, 400_000);

  it('writes down what it trusts, also where an earlier Rollout has named it and taken its records along', async () => {
    const web = await adopted('left', 2);
    const { stable, replicas } = web;
    await until(() => web.open().leave(stable, signal));
    const written = { namespace, labels: `${LABELS.rollout}=${web.name}` };
    for (const { metadata } of (await client.list(CONTROLLER_REVISIONS, written, signal)).items)
      await client.delete(CONTROLLER_REVISIONS, { namespace, name: metadata.name }, signal);
    expect(await web.open().adopt(signal)).toEqual({ stable });
    await made(web, [{ track: 'stable', revision: stable, replicas }], { [stable]: 2 });
    await pushed(web, 'web:2');
    await until(() => web.open().leave(stable, signal));
    expect((await deployment(web.name)).spec.template.spec).toMatchObject({
      containers: [{ image: 'web:1' }],
    });
    expect(await podsOf(web.name, 'web:2')).toEqual([]);
  }, 400_000);

  it('refuses what cannot be adopted, all at once and each with its remedy', async () => {
    const name = fresh('refused');
    const spec = {
      replicas: 1,
      revisionHistoryLimit: 0,
      strategy: { type: 'Recreate' },
      selector: { matchLabels: { app: name } },
      template: template(name, 'web:1'),
    };
    await client.create(DEPLOYMENTS, { metadata: { name, namespace }, spec }, signal);
    const other = { fieldManager: 'somebody', merge: { spec: { paused: true } } };
    await client.patch(DEPLOYMENTS, { namespace, name, ...other }, signal);
    const owner = { apiVersion: 'v1', kind: 'ConfigMap', name, uid: 'none' };
    const workload = { name, hold: 'always', replicas: 1 } as const;
    const options = {
      client,
      namespace,
      owner,
      workload,
      identities: new Identities('key'),
      keep: 10,
      now: Date.now,
    };
    const adoption = await deploymentWorkload(options).adopt(signal);
    const paths = 'problems' in adoption ? adoption.problems.map(({ path }) => path) : [];
    expect(paths).toEqual(['spec.strategy.type', 'spec.revisionHistoryLimit', 'spec.paused']);
  }, 120_000);
});
