import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../base/failure.ts';
import type { Json, JsonObject } from '../../base/json.ts';
import type { Router } from '../../controller/ports.ts';
import type { Route } from '../../engine/observation.ts';
import { isApiError } from '../../kube/api-error.ts';
import type { KubeClient, NewObject, Partially } from '../../kube/client.ts';
import { FIELD_MANAGER } from '../../kube/names.ts';
import type { KubeObject } from '../../kube/object.ts';
import { revisionsOf, SIDES, type Side } from './division.ts';
import { hasEndpoints } from './endpoints.ts';
import { mergePatchOf } from './merge-patch.ts';
import { needed } from './missing.ts';
import { isOurs, serviceOf, SERVICES, sideService, type Service } from './services.ts';
import type { Owner, PodHash, PodsOf, ReadObject, Steering, Wanted, Wish } from './steering.ts';

/** Where a Rollout's objects are, and how its pods are told apart. */
export interface ClusterRouterOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly owner: Owner;
  readonly podsOf: PodsOf;
  /** Reads for `read` alone, where somebody watches the objects already; absent: the API server is asked. */
  readonly cached?: ReadObject;
  /** How long a Service that has just been changed is given to find its pods before requests are sent there. */
  readonly patienceMs?: number;
}

/** A Router in a cluster. */
export interface ClusterRouter extends Router {
  /** Puts back what was there before. Safe to repeat. */
  forget(signal: AbortSignal): Promise<void>;
  /** The name of the Service whose pods are divided. Throws Failure where that cannot be known. */
  dividedService(signal: AbortSignal): Promise<string>;
}

/** Others write the same objects; each time it is seen anew what is to be done. */
const ATTEMPTS = 5;
const PATIENCE_MS = 2_000;
const LOOK_EVERY_MS = 50;

/** The Router that steers so. All its writes are guarded by the version that they were thought out for. */
export function clusterRouter<Picture>(
  steering: Steering<Picture>,
  options: ClusterRouterOptions,
): ClusterRouter {
  const reading = (signal: AbortSignal): ReadObject => {
    const { client, namespace } = options;
    return (of, name) => client.get(of, { namespace, name }, signal);
  };
  return {
    can: steering.can,
    write: (route, signal) =>
      insisting(signal, async () => {
        await make({ steering, options, read: reading(signal), signal }, route);
        // Only then: nothing may hold up the way back.
        refuseMaintenance(route, steering);
      }),
    read: (signal) => confirmed(steering, options, options.cached ?? reading(signal)),
    forget: (signal) => insisting(signal, () => undo({ steering, options, read: reading(signal), signal })),
    dividedService: async (signal) =>
      steering.serviceIn(await steering.look(options.cached ?? reading(signal))),
  };
}

interface Work<Picture> {
  readonly steering: Steering<Picture>;
  readonly options: ClusterRouterOptions;
  readonly read: ReadObject;
  readonly signal: AbortSignal;
}

async function make<Picture>(
  { steering, options, read, signal }: Work<Picture>,
  route: Route,
): Promise<void> {
  const picture = await steering.look(read);
  const { services, wanted } = await wishes(picture, { steering, options, read }, route);
  // What requests are sent to must be there before they are.
  const changed = await fulfil(services, options, signal);
  if (changed.length > 0) await foundPods(changed, options, signal);
  await fulfil(steering.steer(picture, wanted), options, signal);
}

/** What was written last, when making it so once more would change nothing, and whoever has to has accepted it. */
async function confirmed<Picture>(
  steering: Steering<Picture>,
  options: ClusterRouterOptions,
  read: ReadObject,
): Promise<Route | undefined> {
  const picture = await steering.look(read);
  const route = steering.recordIn(picture);
  if (route === undefined || (await hashesOf(route, options)) === undefined) return undefined;
  const { services, wanted } = await wishes(picture, { steering, options, read }, route);
  const isOff = [...services, ...steering.steer(picture, wanted)].some(
    (wish) => changeOf(wish) !== undefined,
  );
  return isOff || steering.unconfirmed(picture) !== undefined ? undefined : route;
}

async function undo<Picture>({ steering, options, read, signal }: Work<Picture>): Promise<void> {
  const { owner } = options;
  const picture = await steering.look(read).catch(ifMissing);
  if (picture === undefined) {
    await removeServices(await ownedServices(options, signal), options, signal);
    return;
  }
  const service = steering.serviceIn(picture);
  await fulfil(steering.release(picture, service, owner), options, signal);
  await removeServices(await ownedServices(options, signal), options, signal);
}

/** What it steers is gone, and needs no restoring. */
function ifMissing(error: unknown): undefined {
  if (error instanceof Failure && error.code === 'notFound') return undefined;
  throw error;
}

async function ownedServices(
  { client, namespace, owner }: ClusterRouterOptions,
  signal: AbortSignal,
): Promise<readonly Service[]> {
  const labels = `app.kubernetes.io/managed-by=coalmine,coalmine.dev/rollout=${owner.rollout}`;
  const { items } = await client.list(SERVICES, { namespace, labels }, signal);
  const suffixes = SIDES.map((side) => `-${side}`);
  return items.filter((one) => isOurs(one, owner) && suffixes.some((end) => one.metadata.name.endsWith(end)));
}

async function removeServices(
  services: readonly Service[],
  options: ClusterRouterOptions,
  signal: AbortSignal,
): Promise<void> {
  await fulfil(
    services.map((current) => ({ of: SERVICES, current, wanted: undefined })),
    options,
    signal,
  );
}

interface Wishes {
  readonly services: readonly Wish<Service>[];
  readonly wanted: Wanted;
}

async function wishes<Picture>(
  picture: Picture,
  { steering, options, read }: Omit<Work<Picture>, 'signal'>,
  route: Route,
): Promise<Wishes> {
  const name = steering.serviceIn(picture);
  const service = await needed(read, { of: SERVICES, name, at: 'its route' });
  const hashes = await hashesOf(route, options);
  if (hashes === undefined) {
    throw new Failure(
      'conflict',
      `it is not known yet which pods are those of ${[...revisionsOf(route).values()].join(' and ')}`,
      {
        hint: 'it is tried again by itself once they are there',
      },
    );
  }
  const wanted: Wanted = { route, service, hashes, owner: options.owner };
  if (!steering.servicePerSide) return { services: [], wanted };
  const sides = await Promise.all(
    [...hashes.keys()].map(async (side) =>
      sideService(await read(SERVICES, serviceOf(name, side)), side, wanted),
    ),
  );
  return { services: sides, wanted };
}

/** Undefined while somebody's pods are not known. */
async function hashesOf(
  route: Route,
  { podsOf }: ClusterRouterOptions,
): Promise<ReadonlyMap<Side, PodHash> | undefined> {
  const hashes = new Map<Side, PodHash>();
  for (const [side, revision] of revisionsOf(route)) {
    const hash = await podsOf(revision, side === 'baseline' ? side : undefined);
    if (hash === undefined) return undefined;
    hashes.set(side, hash);
  }
  return hashes;
}

/** Makes things so, one after the other; answers those that were not so before. */
async function fulfil<T extends KubeObject>(
  all: readonly Wish<T>[],
  options: ClusterRouterOptions,
  signal: AbortSignal,
): Promise<readonly Wish<T>[]> {
  const done: Wish<T>[] = [];
  for (const wish of all) {
    const change = changeOf(wish);
    if (change === undefined) continue;
    await apply(wish, change, { ...options, signal });
    done.push(wish);
  }
  return done;
}

type Change = 'create' | 'delete' | JsonObject;

function changeOf({ current, wanted }: Wish): Change | undefined {
  if (current === undefined) return wanted === undefined ? undefined : 'create';
  if (wanted === undefined) return 'delete';
  return mergePatchOf(current as unknown as JsonObject, wanted as unknown as JsonObject);
}

async function apply<T extends KubeObject>(
  { of, current, wanted }: Wish<T>,
  change: Change,
  { client, namespace, signal }: ClusterRouterOptions & { readonly signal: AbortSignal },
): Promise<void> {
  if (change === 'create') {
    if (wanted !== undefined) await client.create(of, wanted as unknown as NewObject<T>, signal);
    return;
  }
  const { name, uid, resourceVersion } = current?.metadata ?? { name: '' };
  if (change === 'delete') {
    await client.delete(of, { namespace, name, ...(uid === undefined ? {} : { uid }) }, signal);
    return;
  }
  const metadata: Json = { ...(change['metadata'] as JsonObject | undefined), resourceVersion };
  const merge = { ...change, metadata } as unknown as Partially<T>;
  await client.patch(of, { namespace, name, fieldManager: FIELD_MANAGER, merge }, signal);
}

/** Waits a moment for Services to find their pods; not for ever: nothing may hold up the way back. */
async function foundPods(
  changed: readonly Wish<Service>[],
  { client, namespace, patienceMs = PATIENCE_MS }: ClusterRouterOptions,
  signal: AbortSignal,
): Promise<void> {
  const names = changed.flatMap(({ current, wanted }) =>
    current === undefined ? (wanted?.metadata.name ?? []) : [],
  );
  for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += LOOK_EVERY_MS) {
    const found = await Promise.all(names.map((name) => hasEndpoints(client, { namespace, name }, signal)));
    if (found.every(Boolean)) return;
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
}

async function insisting(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await work();
      return;
    } catch (error) {
      const isOvertaken = isApiError(error, 'conflict', 'alreadyExists', 'notFound');
      if (!isOvertaken || attempt >= ATTEMPTS || signal.aborted) throw error;
    }
  }
}

function refuseMaintenance({ maintenance }: Route, { can }: Pick<Steering<unknown>, 'can'>): void {
  if (maintenance === undefined) return;
  throw new Failure('refusedPlan', `${can.name} cannot send users away`, {
    hint: 'end the maintenance: `coalmine maintenance NAME off`',
  });
}
