import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Share } from '../../src/base/share.ts';
import type { Route, RoutePart } from '../../src/engine/observation.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { ANNOTATIONS } from '../../src/kube/names.ts';
import { resource, type Resource } from '../../src/kube/resource.ts';
import type { ClusterTraffic } from '../../src/rollout/cluster-traffic.ts';
import type { Match } from '../../src/rollout/match.ts';
import type { RevisionId } from '../../src/rollout/model.ts';
import { clusterCapabilitiesOf, clusterRouterOf } from '../../src/traffic/cluster-routers.ts';
import type { ClusterRouter } from '../../src/traffic/cluster/router.ts';
import { SERVICES } from '../../src/traffic/cluster/services.ts';
import { installDefinitions } from '../kubernetes/definitions.ts';
import { sharedClient, sharedKubeconfig } from '../kubernetes/shared-plane.ts';
import { failingAfter, interrupted } from './client.ts';

/** Where a request ends, in percent, by the hash of the pods; computed from the objects as they are. */
export type Served = Readonly<Record<string, number>>;

/** What the suite must know of one way of steering. */
export interface RouterRow {
  readonly name: string;
  readonly traffic: ClusterTraffic;
  /** The file of definitions that it needs, and their plurals; undefined: its file is missing, and it is skipped. */
  readonly definitions?: { readonly file: string | undefined; readonly plurals: readonly string[] };
  /** The user's objects besides the Service `shop`, in the order they are made. */
  readonly objects: readonly { readonly of: Resource; readonly object: KubeObject }[];
  /** The first is the one that is steered; asks what becomes of an ordinary request. */
  readonly served: (read: ReadAny) => Promise<Served>;
  /** True: the versions are told apart behind one Service. */
  readonly sharesService?: true;
  /** Plays whoever accepts what is written; absent: nobody has to. */
  readonly accept?: (client: KubeClient, namespace: string) => Promise<void>;
  /** A change by somebody else that undoes ours. */
  readonly drift: (client: KubeClient, namespace: string) => Promise<void>;
  /** A change by somebody else that is none of our business, which must survive. */
  readonly foreign: { readonly annotation: string };
  readonly weights: readonly number[];
  /** An audience, and who gets a request of it; absent: it knows none. */
  readonly audience?: {
    readonly match: Match;
    readonly served: (read: ReadAny) => Promise<Served>;
  };
  /** How many percent of reads are copied to the canary; absent: it copies none. */
  readonly copied?: {
    readonly methods: readonly string[];
    readonly percent: (read: ReadAny) => Promise<number>;
  };
}

/** Reads an object of the test's namespace. */
export type ReadAny = <T extends KubeObject>(of: Resource<T>, name: string) => Promise<T | undefined>;

const NAMESPACES = resource('v1', 'Namespace', { plural: 'namespaces', clusterWide: true });
const HASHES: Readonly<Record<string, string>> = { 'r1-a': 'aaa', 'r1-b': 'bbb', 'r1-c': 'ccc' };
const signal = new AbortController().signal;

function part(track: RoutePart['track'], revision: string, percent: number): RoutePart {
  return { track, revision: revision as RevisionId, weight: Math.round(percent * 1_000) as Share };
}

/** So many percent for the canary, the rest for stable. */
function divided(percent: number): Route {
  const stable = percent === 100 ? [] : [part('stable', 'r1-a', 100 - percent)];
  return { parts: [...stable, ...(percent === 0 ? [] : [part('canary', 'r1-b', percent)])] };
}

/** Everything that a router in a cluster promises, on a real API server. */
export function describeRouter(row: RouterRow): void {
  const isMissing = row.definitions !== undefined && row.definitions.file === undefined;
  describe.skipIf(sharedKubeconfig() === undefined || isMissing)(`${row.name} on a real API server`, () => {
    let client: KubeClient;
    let count = 0;

    beforeAll(async () => {
      client = await sharedClient();
      const { file, plurals = [] } = row.definitions ?? {};
      if (file !== undefined) await installDefinitions(client, file, plurals);
    });
    afterAll(async () => {
      await client.close();
    });

    /** A namespace with the user's objects in it. */
    async function site() {
      count += 1;
      const namespace = `router-${row.name.replace(/[^a-z]+/gi, '-').toLowerCase()}-${String(count)}`;
      await client.create(NAMESPACES, { metadata: { name: namespace } }, signal);
      await client.create(SERVICES, shopService(namespace), signal);
      for (const { of, object } of row.objects) {
        await client.create(of, { ...object, metadata: { ...object.metadata, namespace } }, signal);
      }
      const read: ReadAny = (of, name) => client.get(of, { namespace, name }, signal);
      const router = (through: KubeClient = client): ClusterRouter =>
        clusterRouterOf(row.traffic, {
          client: through,
          namespace,
          owner: { rollout: 'shop' },
          podsOf: (revision) => Promise.resolve(podsOf(revision)),
          patienceMs: 0,
        });
      const accept = async (): Promise<void> => row.accept?.(client, namespace);
      const objects = () =>
        Promise.all([
          read(SERVICES, 'shop'),
          ...row.objects.map(({ of, object }) => read(of, object.metadata.name)),
        ]);
      return { namespace, read, router, accept, objects };
    }

    it('serves and confirms every step of a canary, and what comes after', async () => {
      const { router, read, accept } = await site();
      for (const percent of row.weights) {
        await router().write(divided(percent), signal);
        expect(await row.served(read)).toEqual(expectedOf(percent, row));
        if (row.accept !== undefined)
          expect(await router().read(signal)).toEqual({ unconfirmed: expect.any(String) as string });
        await accept();
        expect(await router().read(signal)).toEqual({ route: divided(percent) });
      }
      const promoted: Route = { parts: [part('stable', 'r1-b', 100)] };
      await router().write(promoted, signal);
      await accept();
      expect(await router().read(signal)).toEqual({ route: promoted });
      expect(await row.served(read)).toEqual({ bbb: 100 });
    });

    it('writes nothing when it is asked for the same again', async () => {
      const { router, objects } = await site();
      await router().write(divided(100), signal);
      const before = await objects();
      await router().write(divided(100), signal);
      expect((await objects()).map(versionOf)).toEqual(before.map(versionOf));
    });

    it('puts everything back in the end, and again without harm', async () => {
      const { router, objects, namespace, accept } = await site();
      const before = await objects();
      await router().write(divided(0), signal);
      await router().write(divided(row.weights[1] ?? 100), signal);
      await router().forget(signal);
      expect((await objects()).map(contentOf)).toEqual(before.map(contentOf));
      await accept();
      await router().forget(signal);
      const left = await client.list(SERVICES, { namespace }, signal);
      expect(left.items.map(({ metadata }) => metadata.name)).toEqual(['shop']);
      await router().forget(signal);
      expect((await objects()).map(contentOf)).toEqual(before.map(contentOf));
    });

    it('sends nobody to what goes with it, also when what it noted down was taken away', async () => {
      const { router, read, namespace, accept } = await site();
      const percent = row.weights[1] ?? 100;
      await router().write(divided(percent), signal);
      const [steered = { of: SERVICES, object: shopService(namespace) }] = row.objects;
      const key = { namespace, name: steered.object.metadata.name };
      const annotations = { [ANNOTATIONS.original]: null, [ANNOTATIONS.route]: null };
      await client.patch(steered.of, { ...key, merge: { metadata: { annotations } } }, signal);
      await router().write(divided(percent), signal);
      await accept();
      await router().forget(signal);
      await accept();
      await router().forget(signal);
      expect(await row.served(read)).toEqual({ aaa: 50, bbb: 50 });
    });

    it.skipIf(row.accept === undefined)(
      'keeps what requests may still be sent to until what was there before is accepted',
      async () => {
        const { router, accept, namespace } = await site();
        await router().write(divided(row.weights[1] ?? 100), signal);
        expect(await router().forget(signal)).toEqual(expect.any(String));
        const services = async () => (await client.list(SERVICES, { namespace }, signal)).items.length;
        expect(await services()).toBe(3);
        await accept();
        expect(await router().forget(signal)).toBeUndefined();
        expect(await services()).toBe(1);
      },
    );

    it('does not confirm what somebody else has changed, and repairs it', async () => {
      const { router, read, accept, namespace } = await site();
      const percent = row.weights[1] ?? 100;
      await router().write(divided(percent), signal);
      await accept();
      await row.drift(client, namespace);
      await accept();
      expect(await router().read(signal)).toEqual({ unconfirmed: expect.any(String) as string });
      await router().write(divided(percent), signal);
      await accept();
      expect(await router().read(signal)).toEqual({ route: divided(percent) });
      expect(await row.served(read)).toEqual(expectedOf(percent, row));
    });

    it('leaves alone what others write at the same moment', async () => {
      const { router, read, namespace } = await site();
      const [steered = { of: SERVICES, object: shopService(namespace) }] = row.objects;
      const { of, object } = steered;
      const { name } = object.metadata;
      const meddle = async (): Promise<void> => {
        const merge = { metadata: { annotations: { [row.foreign.annotation]: 'theirs' } } };
        await client.patch(of, { namespace, name, merge, fieldManager: 'theirs' }, signal);
      };
      await router(interrupted(client, meddle)).write(divided(row.weights[1] ?? 100), signal);
      expect(await row.served(read)).toEqual(expectedOf(row.weights[1] ?? 100, row));
      expect((await read(of, name))?.metadata.annotations?.[row.foreign.annotation]).toBe('theirs');
      await router().forget(signal);
      expect((await read(of, name))?.metadata.annotations?.[row.foreign.annotation]).toBe('theirs');
    });

    it('goes on wherever it was killed between two writes', async () => {
      for (const writes of [0, 1, 2, 3]) {
        const { router, read, accept } = await site();
        await router().write(divided(0), signal);
        const percent = row.weights[1] ?? 100;
        await router(failingAfter(client, writes))
          .write(divided(percent), signal)
          .catch(() => undefined);
        await router().write(divided(percent), signal);
        await accept();
        expect(await router().read(signal)).toEqual({ route: divided(percent) });
        expect(await row.served(read)).toEqual(expectedOf(percent, row));
      }
    });

    it('goes back to stable from whatever was not accepted', async () => {
      const { router, read } = await site();
      await router().write(divided(0), signal);
      await router().write(divided(row.weights[1] ?? 100), signal);
      await router().write(divided(0), signal);
      expect(await row.served(read)).toEqual({ aaa: 100 });
    });

    it('names what is missing, and writes nothing while nobody knows the pods', async () => {
      const { router, objects, namespace } = await site();
      const before = await objects();
      const unknown: Route = { parts: [part('stable', 'r1-x', 100)] };
      await expect(router().write(unknown, signal)).rejects.toThrow(/not known yet.*r1-x/);
      expect((await objects()).map(versionOf)).toEqual(before.map(versionOf));
      const [steered = { of: SERVICES, object: shopService(namespace) }] = row.objects;
      await client.delete(steered.of, { namespace, name: steered.object.metadata.name }, signal);
      await expect(router().write(divided(0), signal)).rejects.toMatchObject({
        code: 'notFound',
        message: expect.stringContaining(`${steered.of.kind} ${steered.object.metadata.name}`) as string,
        hint: expect.stringContaining('make it') as string,
      });
      await router().forget(signal);
    });

    it.skipIf(row.sharesService)('refuses a Service of somebody else in the place of ours', async () => {
      const { router, namespace } = await site();
      const theirs = { ...shopService(namespace), metadata: { namespace, name: 'shop-stable' } };
      await client.create(SERVICES, theirs, signal);
      await expect(router().write(divided(0), signal)).rejects.toThrow(
        /shop-stable is not of the Rollout shop/,
      );
    });

    it.skipIf(row.audience === undefined)(
      'sends an audience where it belongs, whatever the weights',
      async () => {
        const { router, read, accept } = await site();
        if (row.audience === undefined) return;
        const { match, served } = row.audience;
        const route: Route = {
          parts: [part('stable', 'r1-a', 100), { ...part('preview', 'r1-b', 0), match }],
        };
        await router().write(route, signal);
        await accept();
        expect(await router().read(signal)).toEqual({ route });
        expect(await served(read)).toEqual({ bbb: 100 });
        expect(await row.served(read)).toEqual({ aaa: 100 });
      },
    );

    it.skipIf(row.copied === undefined)('sends copies beside what answers users', async () => {
      const { router, read, accept, objects } = await site();
      if (row.copied === undefined) return;
      const before = await objects();
      const { methods, percent } = row.copied;
      const mirror = { track: 'shadow', revision: 'r1-b' as RevisionId, methods } as const;
      for (const share of [20, 12.5]) {
        const mirrors = [{ ...mirror, share: (share * 1_000) as Share }];
        const route: Route = { ...divided(0), mirrors };
        await router().write(route, signal);
        await accept();
        expect(await router().read(signal)).toEqual({ route });
        expect(await percent(read)).toBe(share);
        expect(await row.served(read)).toEqual({ aaa: 100 });
      }
      await router().forget(signal);
      expect((await objects()).map(contentOf)).toEqual(before.map(contentOf));
    });
  });
}

/** Behind what knows no weights, whoever has pods gets requests: the suite gives both versions one. */
function expectedOf(percent: number, { traffic }: RouterRow): Served {
  if (percent === 0) return { aaa: 100 };
  if (percent === 100) return { bbb: 100 };
  return clusterCapabilitiesOf(traffic).byReplicas === true
    ? { aaa: 50, bbb: 50 }
    : { aaa: 100 - percent, bbb: percent };
}

function podsOf(revision: string): { readonly hash: string } | undefined {
  const hash = HASHES[revision];
  return hash === undefined ? undefined : { hash };
}

function shopService(namespace: string) {
  const ports = [{ name: 'http', port: 80, targetPort: 8080 }];
  return { metadata: { namespace, name: 'shop' }, spec: { selector: { app: 'shop' }, ports } };
}

function versionOf(object: KubeObject | undefined): string | undefined {
  return object?.metadata.resourceVersion;
}

/** What an object says, without what the API server notes about it. */
export function contentOf(object: KubeObject | undefined): unknown {
  if (object === undefined) return undefined;
  const { metadata, ...rest } = object;
  const { name, labels = {}, annotations = {} } = metadata;
  const content: Record<string, unknown> = { ...rest, name, labels, annotations };
  delete content['status'];
  return content;
}

/** Which side a selector or a label stands for. */
export function versionsIn(selector: Readonly<Record<string, string>> | undefined): readonly string[] {
  const hash = selector?.['pod-template-hash'];
  return hash === undefined ? ['aaa', 'bbb'] : [hash];
}

/** Sums up weighted Services by the versions that they select. */
export async function servedBy(
  read: ReadAny,
  services: readonly { readonly name: string; readonly weight: number }[],
): Promise<Served> {
  const total = services.reduce((sum, { weight }) => sum + weight, 0);
  const served: Record<string, number> = {};
  for (const { name, weight } of services) {
    const service = await read(SERVICES, name);
    if (service === undefined) throw new Error(`requests are sent to ${name}, which is not there`);
    const versions = versionsIn(service.spec.selector);
    for (const version of versions) {
      served[version] = (served[version] ?? 0) + (weight * 100) / total / versions.length;
    }
  }
  return Object.fromEntries(Object.entries(served).filter(([, percent]) => percent > 0));
}
