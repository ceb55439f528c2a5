import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../base/failure.ts';
import type { Json, JsonObject } from '../../base/json.ts';
import type { Confirmation, Router } from '../../controller/ports.ts';
import type { Route } from '../../engine/observation.ts';
import { isApiError } from '../../kube/api-error.ts';
import type { KubeClient, NewObject, Partially } from '../../kube/client.ts';
import { FIELD_MANAGER } from '../../kube/names.ts';
import type { KubeObject } from '../../kube/object.ts';
import { deadlineIn } from '../../system/waiting.ts';
import { armsOf, revisionsOf, SIDES, type Side } from './division.ts';
import { hasFoundPods, type Selecting } from './endpoints.ts';
import { mergePatchOf } from './merge-patch.ts';
import { needed } from './missing.ts';
import {
  isOurs,
  refuseForeign,
  selectorOf,
  serviceOf,
  SERVICES,
  sideService,
  type Service,
} from './services.ts';
import {
  EVERY_VERSION,
  type Owner,
  type PodHash,
  type PodsOf,
  type ReadObject,
  type Steering,
  type Wanted,
  type Wish,
} from './steering.ts';

/** Where a Rollout's objects are, and how its pods are told apart. */
export interface ClusterRouterOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly owner: Owner;
  readonly podsOf: PodsOf;
  /** Reads for all that changes nothing, where somebody watches the objects already; absent: the API server is asked. */
  readonly cached?: ReadObject;
  /** How long is waited for a Service to find its pods before requests are sent there, and for a route to be accepted before it is left. */
  readonly patienceMs?: number;
}

/** A Router in a cluster. */
export interface ClusterRouter extends Router {
  /** Throws Failure that says what to do where what it steers is missing, or somebody else's. */
  check(signal: AbortSignal): Promise<void>;
  /**
   * Puts back what was there before. Safe to repeat. Answers why that is not in force yet: until then what requests may
   * still be sent to is left; undefined once all is gone.
   */
  forget(signal: AbortSignal): Promise<string | undefined>;
  /** The name of the Service whose pods are divided. Throws Failure where that cannot be known. */
  dividedService(signal: AbortSignal): Promise<string>;
}

/** Others write the same objects; each time it is seen anew what is to be done. */
const ATTEMPTS = 5;
/** Less than a look waits for a write. */
const PATIENCE_MS = 4_000;
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
  const looking = (signal: AbortSignal): Work<Picture> => {
    return { steering, options, read: options.cached ?? reading(signal), signal };
  };
  const working = (signal: AbortSignal): Work<Picture> => {
    return { steering, options, read: reading(signal), signal };
  };
  const write = async (route: Route, signal: AbortSignal): Promise<void> => {
    // A route that is not accepted is asked for again and again.
    if (options.cached !== undefined && (await isMade(looking(signal), route))) return;
    await insisting(signal, () => make(working(signal), route));
  };
  return {
    can: steering.can,
    check: (signal) => check(looking(signal)),
    write: async (route, signal) => {
      await write(route, signal);
      // Only then: nothing may hold up the way back.
      refuseMaintenance(route, steering);
    },
    tidy: write,
    read: (signal) => confirmed(looking(signal)),
    forget: (signal) => insisting(signal, () => undo(working(signal))),
    dividedService: async (signal) => steering.serviceIn(await steering.look(looking(signal).read)),
  };
}

interface Work<Picture> {
  readonly steering: Steering<Picture>;
  readonly options: ClusterRouterOptions;
  readonly read: ReadObject;
  readonly signal: AbortSignal;
}

async function check<Picture>({ steering, options, read }: Work<Picture>): Promise<void> {
  const name = steering.serviceIn(await steering.look(read));
  await needed(read, { of: SERVICES, name, at: 'its route' });
  if (!steering.servicePerSide) return;
  for (const side of SIDES) {
    const object = await read(SERVICES, serviceOf(name, side));
    if (object !== undefined) refuseForeign(object, options.owner);
  }
}

async function make<Picture>(work: Work<Picture>, route: Route): Promise<void> {
  const { steering, options, read, signal } = work;
  const picture = await steering.look(read);
  const [hashes] = await hashesOf(route, options);
  if (hashes === undefined) throw unknownPods(route);
  const { services, wanted } = await wishes({ ...work, picture }, route, hashes);
  // What requests are sent to must be there before they are.
  const changed = await fulfil(services, options, signal);
  await foundPods(steering.servicePerSide ? changed.flatMap(selectedBy) : sharedIn(wanted), options, signal);
  await fulfil(steering.steer(picture, wanted), options, signal);
}

/** True when making it so would change nothing. */
async function isMade<Picture>(work: Work<Picture>, route: Route): Promise<boolean> {
  const picture = await work.steering.look(work.read);
  const [hashes] = await hashesOf(route, work.options);
  return hashes !== undefined && (await isSo({ ...work, picture }, route, hashes));
}

/** What was written last, when making it so once more would change nothing, and whoever has to has accepted it. */
async function confirmed<Picture>(work: Work<Picture>): Promise<Confirmation> {
  const { steering, options, read } = work;
  const picture = await steering.look(read);
  const route = steering.recordIn(picture);
  if (route === undefined) return { unconfirmed: 'it was not written yet' };
  const choices = await hashesOf(route, options);
  if (choices.length === 0) return { unconfirmed: unknownPods(route).message };
  const so = await Promise.all(choices.map((hashes) => isSo({ ...work, picture }, route, hashes)));
  if (!so.includes(true)) return { unconfirmed: 'it is not as it was written' };
  const unconfirmed = steering.unconfirmed(picture);
  return unconfirmed === undefined ? { route } : { unconfirmed };
}

async function undo<Picture>(work: Work<Picture>): Promise<string | undefined> {
  const { steering, options, read, signal } = work;
  const { owner } = options;
  const picture = await steering.look(read).catch(ifMissing);
  if (picture === undefined) {
    await removeServices(await ownedServices(options, signal), options, signal);
    return undefined;
  }
  const [route, ...others] = steering.release(picture, steering.serviceIn(picture), owner);
  if (route !== undefined) await fulfil([route], options, signal);
  const why = await unacceptedBecause(work);
  if (why !== undefined) return why;
  await fulfil(others, options, signal);
  await removeServices(await ownedServices(options, signal), options, signal);
  return undefined;
}

/** Why a route that was given back is not in force after a moment. */
async function unacceptedBecause<Picture>({
  steering,
  options: { patienceMs = PATIENCE_MS },
  read,
  signal,
}: Work<Picture>): Promise<string | undefined> {
  const late = deadlineIn(patienceMs);
  for (;;) {
    const why = steering.unconfirmed(await steering.look(read));
    if (why === undefined || late.aborted) return why;
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
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

type Seen<Picture> = Omit<Work<Picture>, 'signal'> & { readonly picture: Picture };
type Hashes = ReadonlyMap<Side, PodHash>;

/** True when nothing would be written for a route. */
async function isSo<Picture>(seen: Seen<Picture>, route: Route, hashes: Hashes): Promise<boolean> {
  const { services, wanted } = await wishes(seen, route, hashes);
  const all = [...services, ...seen.steering.steer(seen.picture, wanted)];
  return all.every((wish) => changeOf(wish) === undefined);
}

interface Wishes {
  readonly services: readonly Wish<Service>[];
  readonly wanted: Wanted;
}

async function wishes<Picture>(
  { picture, steering, options, read }: Seen<Picture>,
  route: Route,
  hashes: Hashes,
): Promise<Wishes> {
  const name = steering.serviceIn(picture);
  const service = await needed(read, { of: SERVICES, name, at: 'its route' });
  const wanted: Wanted = { route, service, hashes, owner: options.owner };
  if (!steering.servicePerSide) return { services: [], wanted };
  const sides = await Promise.all(
    [...hashes.keys()].map(async (side) =>
      sideService(await read(SERVICES, serviceOf(name, side)), side, wanted),
    ),
  );
  return { services: sides, wanted };
}

function unknownPods(route: Route): Failure {
  const whose = [...revisionsOf(route).values()].join(' and ');
  return new Failure('conflict', `it is not known yet which pods are those of ${whose}`, {
    hint: 'it is tried again by itself once they are there',
  });
}

/**
 * How the sides may tell their pods, the best way first; none while somebody's pods are not known. Where there is one
 * version, nobody has to be told apart: so a Deployment that rolls while nobody looks after it goes on being reached.
 */
async function hashesOf(route: Route, { podsOf }: ClusterRouterOptions): Promise<readonly Hashes[]> {
  const apart = new Map<Side, PodHash>();
  let areAlone = true;
  for (const [side, revision] of revisionsOf(route)) {
    const pods = await podsOf(revision, side === 'baseline' ? side : undefined);
    if (pods === undefined) return [];
    apart.set(side, pods.hash);
    areAlone &&= pods.areAlone === true;
  }
  if (!areAlone) return [apart];
  return [new Map([...apart.keys()].map((side) => [side, EVERY_VERSION])), apart];
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

function selectedBy({ wanted }: Wish<Service>): readonly Selecting[] {
  return wanted === undefined ? [] : [{ name: wanted.metadata.name, selector: wanted.spec.selector ?? {} }];
}

/** Where one Service has the pods of all sides, each of those that get requests. */
function sharedIn({ route, service, hashes }: Wanted): readonly Selecting[] {
  const sides = new Set(armsOf(route).flatMap(({ targets }) => targets.map(({ side }) => side)));
  return [...hashes].flatMap(([side, hash]): readonly Selecting[] => {
    if (hash === EVERY_VERSION || !sides.has(side)) return [];
    return [{ name: service.metadata.name, selector: selectorOf(service, hash), isShared: true }];
  });
}

/** Waits a moment for Services to find their pods; not for ever: nothing may hold up the way back. */
async function foundPods(
  selecting: readonly Selecting[],
  { client, namespace, patienceMs = PATIENCE_MS }: ClusterRouterOptions,
  signal: AbortSignal,
): Promise<void> {
  if (selecting.length === 0) return;
  const late = deadlineIn(patienceMs);
  for (;;) {
    const found = await Promise.all(
      selecting.map((one) => hasFoundPods(client, { ...one, namespace }, signal)),
    );
    if (found.every(Boolean) || late.aborted) return;
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
}

async function insisting<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
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
