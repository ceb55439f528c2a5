import type { Rollout } from '../../../src/rollout/model.ts';
import { Breach } from '../invariant-checks.ts';
import { World, type Engine, type Happening } from '../world.ts';
import { GroupOf } from './group-of.ts';

/** Rollouts, most often one, and what happens to them once a first good version of each is live. */
export interface History {
  readonly rollout: Rollout;
  /** The others in the same group. */
  readonly others?: readonly Rollout[];
  readonly happenings: readonly Event[];
}

/** Something that happens, to the first Rollout or to another one; or a release of all of them as one. */
export type Event = (Happening | { readonly kind: 'together'; readonly revisions: readonly number[] }) & {
  readonly who?: number;
};

/** The group that Rollouts of a history are in. */
export const GROUP = 'shop';

/** How a history is played. */
export interface Playing {
  /** Another engine than the real one. */
  readonly engine?: Engine;
  /** Told of what happens next; undefined: the history is over, and everything works again. */
  readonly before?: (world: World, happening: Event | undefined) => void;
}

/** A release may end so much after its deadline: a jump of the clock counts as time, and looks are apart. */
const TOLERANCE_MS = 60_000;
/** Looks after which a good first version is live. */
const FIRST_LOOKS = 20;
/** So many looks without a release are the end of it. */
const QUIET_LOOKS = 3;
/** While a step waits nothing but time brings it on. */
const WAITING_LOOK_MS = 15_000;

/**
 * Plays a history to the end of its last release; answers the world of the first Rollout. Throws the Breach of the first
 * invariant that does not hold.
 */
export function play({ rollout, others = [], happenings }: History, { engine, before }: Playing = {}): World {
  const first = started(rollout, engine);
  const worlds = [first, ...others.map((one) => started(one, engine))];
  const group = new GroupOf(worlds);
  for (const event of happenings) {
    const world = worlds[(event.who ?? 0) % worlds.length]!;
    before?.(world, event);
    if (event.kind === 'together') group.release(event.revisions);
    else
      group.watch(world, () => {
        world.happen(event);
      });
  }
  for (const world of worlds) before?.(world, undefined);
  settle(worlds, (world, look) => {
    group.watch(world, look);
  });
  for (const world of worlds) checkEnd(world);
  group.checkEnd();
  return first;
}

/** A world in which a first good version is live. */
export function started(rollout: Rollout, engine?: Engine): World {
  // Nobody is there yet to open a gate or to run a hook.
  const world = new World({ ...rollout, gates: [], hooks: [] }, engine);
  world.happen({ kind: 'want', revision: 0 });
  for (let looks = 0; looks < FIRST_LOOKS; looks += 1) world.happen({ kind: 'look', afterMs: 250 });
  world.rollout = rollout;
  return world;
}

/** Everything works again and somebody looks, for as long as a release may take, and a little longer. */
export function settle(
  worlds: readonly World[],
  watch: (world: World, look: () => void) => void = (_, look) => {
    look();
  },
): void {
  for (const world of worlds) for (const one of REPAIRED) world.happen(one);
  // One after another, in a group; and each may have to be taken back.
  const looks = worlds.map((world) => ({
    world,
    until: world.elapsedMs + 2 * worlds.length * world.rollout.deadlineMs,
  }));
  // The end of a release may be the beginning of the next.
  for (let quiet = 0; quiet < QUIET_LOOKS && looks.some(({ world, until }) => world.elapsedMs < until);) {
    for (const { world } of looks) {
      const afterMs = isWaiting(world) ? WAITING_LOOK_MS : 1_000;
      watch(world, () => {
        world.happen({ kind: 'look', afterMs });
      });
    }
    quiet = worlds.every(({ status }) => status.release === undefined) ? quiet + 1 : 0;
  }
}

const REPAIRED: readonly Happening[] = [
  { kind: 'gateway', state: 'up' },
  { kind: 'workload', up: true },
  { kind: 'metrics', up: true },
  { kind: 'answer', says: 'yes' },
  { kind: 'maintenance', on: false },
  { kind: 'neighbour', is: 'Healthy', same: true },
];

function isWaiting({ status: { release } }: World): boolean {
  return release?.stage === 'wait' && release.direction.kind === 'forward';
}

/** Throws a Breach when a release has not ended, or not in time, or something else than stable is left. */
function checkEnd({ status, outcomes, rollout, served, running }: World): void {
  if (status.release !== undefined) throw new Breach(`3: release ${status.release.number} does not end`);
  for (const { release, ageMs } of outcomes) {
    if (ageMs > rollout.deadlineMs + TOLERANCE_MS)
      throw new Breach(`3: release ${release} ended after ${ageMs} ms, ${rollout.deadlineMs} are allowed`);
  }
  const others = served.parts.filter(({ revision }) => revision !== status.stable);
  if (others.length > 0) throw new Breach(`4: ${others[0]!.revision} is served at the end`);
  const left = running.find((revision) => revision !== status.stable && revision !== status.kept?.revision);
  if (left !== undefined) throw new Breach(`4: ${left} has processes at the end`);
}
