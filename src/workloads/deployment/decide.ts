import type { DeploymentWorkload } from '../../rollout/model.ts';
import { nextResize } from './steering.ts';
import type { Sized, Wishes } from './wishes.ts';
import { isNewer } from './settling.ts';
import { isSameKey, type PodSet, type SetKey, type World } from './world.ts';
import type { Write } from './writes.ts';

/** What is looked at together. */
interface Scene {
  readonly world: World;
  readonly wishes: Wishes;
  /** The set of what the Deployment is to run; absent: there is none. */
  readonly main?: PodSet;
  /** The set of what takes over replica by replica; absent: nothing does, or there is none yet. */
  readonly joining?: PodSet;
}

/**
 * What to write now so that what is there comes nearer to what is wanted. Pure; called again and again with what is
 * there then, so that any write may be lost, or be the last one for a while.
 *
 * In the Deployment is only what it is meant to run: no earlier version is left there at no pods, which its controller
 * could choose to bring up when it is scaled. What is judged, compared with or kept is beside it, owned by the Rollout.
 */
export function nextWrites(world: World, wishes: Wishes, hold: DeploymentWorkload['hold']): readonly Write[] {
  const scene = sceneOf(world, wishes);
  const isHeld = hold === 'always' || mustHold(scene);
  if (isHeld && !world.paused) return [{ kind: 'hold', paused: true }];
  return isHeld && !world.isObserved ? [] : writesIn(scene, isHeld);
}

function writesIn(scene: Scene, isHeld: boolean): readonly Write[] {
  const { world } = scene;
  const again = reissued(world);
  // What is not forgotten yet would be made again, were it deleted now.
  if (again.some(({ kind }) => kind === 'forget')) return again;
  const writes = [...again, ...pins(world), ...(isHeld ? inside(scene) : []), ...beside(scene)];
  return writes.length === 0 && !isHeld && world.paused ? [{ kind: 'hold', paused: false }] : writes;
}

function sceneOf(world: World, wishes: Wishes): Scene {
  const main = setOf(world, { revision: wishes.inside });
  const joining = wishes.joining && setOf(world, wishes.joining.key);
  return { world, wishes, ...(main && { main }), ...(joining && { joining }) };
}

/** The set that counts of those that run the same: the one that was judged, then the one that serves most. */
export function setOf({ sets }: World, key: SetKey): PodSet | undefined {
  const same = sets.filter((set) => isSameKey(set.key, key) && !set.isLeaving);
  const rank = (set: PodSet): readonly number[] => [set.isOurs ? 1 : 0, set.ready, set.size, -set.createdAt];
  return same.sort((a, b) => compareRanks(rank(b), rank(a)))[0];
}

function compareRanks(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at === -1 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}

/** A Deployment that is not paused brings up its template by itself: only when that is what it runs already, it may. */
function mustHold(scene: Scene): boolean {
  const { world, wishes, main } = scene;
  if (world.template !== wishes.inside || wishes.joining !== undefined) return true;
  if (main?.owner !== 'deployment' || main.isPinned) return true;
  return activeOthers(scene).length > 0;
}

const NEXT_OF_REISSUE = {
  written: 'letGo',
  outdated: 'forget',
  leaving: undefined,
  gone: 'makeAgain',
  done: 'forget',
} as const;

/** Goes on with what is being made again, whether it is still wanted or not: its pods must be somebody's. */
function reissued({ reissues }: World): readonly Write[] {
  return reissues.flatMap(({ record, state }): readonly Write[] => {
    const kind = NEXT_OF_REISSUE[state];
    return kind === undefined ? [] : [{ kind, record }];
  });
}

/** What is not the newest version keeps the configuration that it was judged with. */
function pins({ sets, template }: World): readonly Write[] {
  return sets.flatMap((set): readonly Write[] => {
    if (set.key === undefined || set.isLeaving || !set.canBePinned || template === undefined) return [];
    const pinned = set.key.revision !== template;
    return set.isPinned === pinned ? [] : [{ kind: 'pin', set, pinned }];
  });
}

function inside(scene: Scene): readonly Write[] {
  const { wishes, main } = scene;
  if (main === undefined) return remade(scene);
  const idle = others(scene)
    .filter(({ size }) => size === 0)
    .map((set): Write => ({ kind: 'takeOut', set, size: wishedBeside(wishes, set) ?? 0 }));
  if (main.owner === 'rollout') return [...idle, ...(fewerLeft(scene, main) ?? broughtIn(scene, main))];
  return [...idle, ...activeOthers(scene).flatMap((set) => leaving(scene, main, set)), ...joined(scene)];
}

function others({ world, main }: Scene): readonly PodSet[] {
  return world.sets.filter((set) => set.owner === 'deployment' && set !== main && !set.isLeaving);
}

function activeOthers(scene: Scene): readonly PodSet[] {
  return others(scene).filter(({ size }) => size > 0);
}

/** The set of what is trusted is gone: it is made anew from what was written down of it. */
function remade(scene: Scene): readonly Write[] {
  const { world, wishes } = scene;
  const key = { revision: wishes.inside };
  if (world.awaitsClaim || isNameTaken(world, key)) return [];
  const owner = activeOthers(scene).length === 0 ? 'deployment' : 'rollout';
  return [{ kind: 'create', key, size: world.replicas, owner }];
}

function isNameTaken({ sets }: World, key: SetKey): boolean {
  return sets.some((set) => set.isLeaving && isSameKey(set.key, key));
}

/** What stands beside the Deployment, complete, becomes what it runs. */
function broughtIn(scene: Scene, main: PodSet): readonly Write[] {
  const { world, wishes } = scene;
  const { replicas, template } = world;
  const running = activeOthers(scene);
  const handIn: Write = { kind: 'handIn', set: main };
  if (running.length === 0) return [handIn];
  if (main.size < replicas) return [{ kind: 'resize', set: main, size: replicas }];
  if (main.available < replicas) return [];
  // Its controller lets the old version go by itself when it knows the new one as its own, and cannot mistake their age.
  const letsGo = main.key?.revision === template && running.length === 1;
  const goesByItself = (set: PodSet): boolean =>
    letsGo && set.createdAt < main.createdAt && wishedBeside(wishes, set) === undefined;
  const takenOut = running
    .filter((set) => !goesByItself(set))
    .map((set): Write => ({ kind: 'takeOut', set, size: wishedBeside(wishes, set) ?? set.size }));
  return [...takenOut, handIn];
}

/** What runs in the Deployment beside its main set: on its way in, out, or nobody asked for it. */
function leaving(scene: Scene, main: PodSet, set: PodSet): readonly Write[] {
  const { world, wishes } = scene;
  if (set === scene.joining && wishes.joining !== undefined) return steered(scene, main, set);
  const size = wishedBeside(wishes, set);
  if (size !== undefined) return [{ kind: 'takeOut', set, size: Math.max(size, stillNeeded(scene, set)) }];
  const isNeeded = set.isOurs && set.ready > 0 && main.available < world.replicas;
  if (isNeeded && activeOthers(scene).length === 1) {
    const resize = nextResize({ bounds: world, set: main, other: set, goal: world.replicas });
    return resize === undefined ? [] : [{ kind: 'resize', ...resize }];
  }
  return [{ kind: 'takeOut', set, size: stillNeeded(scene, set) }];
}

/** So many pods of what takes over can stand beside a Deployment that has all of its own. */
function mostBeside({ surge }: World): number {
  return Math.max(1, surge);
}

function steered(scene: Scene, main: PodSet, set: PodSet): readonly Write[] {
  const { world, wishes } = scene;
  // Once it is beside the Deployment again, it is made the younger.
  const wanted = standsStill(main, set) ? Math.min(joiningIn(scene), mostBeside(world)) : joiningIn(scene);
  if (isBack(world, set, wanted))
    return [{ kind: 'takeOut', set, size: Math.max(wanted, stillNeeded(scene, set)) }];
  // A version that is complete in the Deployment lets no other live there: what is left of stable goes on beside it.
  if (wanted >= world.replicas && isNearlyAll(world, set)) {
    return [{ kind: 'takeOut', set: main, size: Math.min(wishes.needed, main.size) }];
  }
  const goal = Math.min(Math.max(wanted, mostBeside(world)), world.replicas - 1);
  const resize = nextResize({ bounds: world, set, other: main, goal });
  if (resize !== undefined) return [{ kind: 'resize', ...resize }];
  // Of equally large ones its controller takes from the older: then one is taken out by hand, and let in again after.
  const isStuck = set.size > goal && isComplete(set) && isComplete(main);
  return isStuck ? [{ kind: 'takeOut', set, size: set.size - 1 }] : [];
}

/** Of equally large ones its controller takes from the older: that one never gets to be the larger. */
function standsStill(main: PodSet, set: PodSet): boolean {
  return set.size < main.size && !isNewer(set, main);
}

/** How many of what takes over there are to be. */
function joiningIn({ world, wishes }: Scene): number {
  return world.replicas === 0 ? 0 : (wishes.joining?.then ?? 0);
}

function isNearlyAll({ replicas }: World, { size, available }: PodSet): boolean {
  return size === replicas - 1 && available === size;
}

/** True when what was to take over can stand beside the Deployment again, or has nothing that serves. */
function isBack(world: World, set: PodSet, wanted: number): boolean {
  if (world.replicas === 0) return true;
  const most = mostBeside(world);
  return wanted <= most && (set.size <= most || set.ready === 0);
}

function isComplete({ isSettled, ready, size }: PodSet): boolean {
  return isSettled && ready === size;
}

/** While all of what takes over runs in the Deployment, and what is left of stable beside it; undefined when it is not so. */
function fewerLeft({ wishes, world, joining: set }: Scene, main: PodSet): readonly Write[] | undefined {
  if (wishes.joining === undefined || set?.owner !== 'deployment') return undefined;
  const { size } = wishes.joining;
  if (main.size !== wishes.needed) return [{ kind: 'resize', set: main, size: wishes.needed }];
  // Before it gives pods back, stable has those that it needs then.
  if (size >= world.replicas || main.available < wishes.needed) return [];
  return [
    { kind: 'takeOut', set, size },
    { kind: 'handIn', set: main },
  ];
}

/** Lets what takes over into the Deployment once more of it is wanted than can stand beside it. */
function joined(scene: Scene): readonly Write[] {
  const { world, wishes, main, joining } = scene;
  if (wishes.joining === undefined || joining?.owner === 'deployment' || world.replicas === 0) return [];
  const { key, size: wanted } = wishes.joining;
  // A Deployment that runs its own template completely lets nothing else live in it: then all of it stands beside.
  const most = world.template === wishes.inside ? wanted : mostBeside(world);
  const size = Math.min(wanted, most);
  const sized = { key, size, then: size };
  if (joining === undefined || joining.size < size || wanted === size)
    return sizedBeside(scene, sized, joining);
  return letIn(scene, joining, main);
}

/** Not complete: then a version lets no other live in the Deployment. And the younger, so that it can outgrow the other. */
function letIn(scene: Scene, set: PodSet, main: PodSet | undefined): readonly Write[] {
  const fitting = scene.world.replicas - 1;
  if (set.size > fitting) return resizedTo(set, Math.max(fitting, stillNeeded(scene, set)));
  if (set.available < set.size) return [];
  if (main === undefined || isNewer(set, main)) return [{ kind: 'handIn', set }];
  return scene.world.reissues.length > 0 ? [] : [{ kind: 'reissue', set }];
}

function wishedBeside({ beside: wanted, joining }: Wishes, { key }: PodSet): number | undefined {
  if (key === undefined) return undefined;
  const wished = [...wanted, ...(joining === undefined ? [] : [joining])];
  return wished.find((one) => isSameKey(key, one.key))?.size;
}

/** What runs beside the Deployment: as large as wanted, and gone when it is not. */
function beside(scene: Scene): readonly Write[] {
  const { world, wishes, main, joining } = scene;
  const wanted = wishes.beside.map((sized) => ({ sized, set: setOf(world, sized.key) }));
  const kept = wanted.flatMap(({ set }) => set ?? []);
  const left = world.sets
    .filter((set) => set.owner === 'rollout' && !set.isLeaving)
    .filter((set) => set !== main && set !== joining && !kept.includes(set));
  return [
    ...wanted.flatMap(({ sized, set }) => sizedBeside(scene, sized, set)),
    ...left.flatMap((set) => removed(set, stillNeeded(scene, set))),
  ];
}

function sizedBeside(scene: Scene, { key, size }: Sized, set: PodSet | undefined): readonly Write[] {
  if (set === undefined)
    return size === 0 || isNameTaken(scene.world, key)
      ? []
      : [{ kind: 'create', key, size, owner: 'rollout' }];
  if (set.owner === 'deployment') return [];
  return resizedTo(set, set.isMade ? size : Math.max(size, stillNeeded(scene, set)));
}

function resizedTo(set: PodSet, size: number): readonly Write[] {
  return set.size === size ? [] : [{ kind: 'resize', set, size }];
}

/** Versions of before we came are set aside, and given back at the end. */
function removed(set: PodSet, needed: number): readonly Write[] {
  return needed === 0 && set.key !== undefined ? [{ kind: 'delete', set }] : resizedTo(set, needed);
}

/**
 * How many pods of a set that is to go must stay for now, so that nobody is left without an answer: as many as what is
 * trusted has too few, be they judged or not.
 */
function stillNeeded({ world, main }: Scene, set: PodSet): number {
  if (set.ready === 0) return 0;
  if (main?.owner !== 'deployment') return set.size;
  const serving = servingIn(main);
  // What we made stood beside all of what is trusted; what Kubernetes began by itself has taken the place of some of it.
  if (set.isMade && serving >= set.ready) return 0;
  const missing = Math.max(0, world.replicas - world.unavailable - serving);
  return Math.min(missing, set.ready, set.size);
}

/** So many of its pods serve, and stay: what its controller says is of before it saw how small it was made. */
function servingIn({ isObserved, available, size }: PodSet): number {
  return isObserved ? Math.min(available, size) : 0;
}
