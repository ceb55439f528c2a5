import { sideOf } from '../../strategy/capacity.ts';
import type { DesiredGroup } from '../../engine/decision.ts';
import { copyOf, type Role } from '../../engine/observation.ts';
import type { RevisionId } from '../../rollout/model.ts';
import { isSameKey, type SetKey } from './world.ts';

/** So many pods. */
export interface Sized {
  readonly key: SetKey;
  readonly size: number;
  /** How many there are in the end, when not all of both can be. */
  readonly then: number;
}

/** What is wanted, by who has a say in the sizes. */
export interface Wishes {
  /** What the Deployment runs, as many as it says itself. */
  readonly inside: RevisionId;
  /** How many of it are needed: fewer than the Deployment says where something takes over. */
  readonly needed: number;
  /** What takes over from it, replica by replica. */
  readonly joining?: Sized;
  /** What runs beside the Deployment. */
  readonly beside: readonly Sized[];
}

/** How the numbers of the engine are to be read. */
export interface Scale {
  /** The replicas that the engine reckoned with. */
  readonly full: number;
  /** Those that the Deployment asks for now. */
  readonly replicas: number;
}

/**
 * Stable runs in the Deployment, until it gives replicas away; what is to take over runs beside it, until stable is
 * not wanted any more. Undefined when nothing is wanted at all: there is nothing to be done about a Deployment then.
 */
export function wishesOf(groups: readonly DesiredGroup[], scale: Scale): Wishes | undefined {
  const wanted = groups.filter(({ replicas }) => replicas > 0);
  const stable = wanted.find(({ track }) => track === 'stable');
  const candidate = wanted.find(({ track }) => isCandidate(track));
  const inside = stable ?? candidate;
  if (inside === undefined) return undefined;
  const sizes = sizesOf(wanted, scale);
  const main = sizes.find(({ key }) => isSameKey(key, { revision: inside.revision }));
  const others = sizes.filter((one) => one !== main);
  const givesAway = stable !== undefined && candidate !== undefined && stable.replicas < scale.full;
  const joining = givesAway ? others.find(({ key }) => isSameKey(key, candidate)) : undefined;
  return {
    inside: inside.revision,
    needed: main?.size ?? 0,
    ...(joining === undefined ? {} : { joining }),
    beside: others.filter((one) => one !== joining),
  };
}

function isCandidate(track: Role): boolean {
  return track !== 'previous' && sideOf(track) === 'candidate';
}

/** Two tracks that share their pods have as many as both need. Sizes keep their share when a Deployment is scaled. */
function sizesOf(groups: readonly DesiredGroup[], { full, replicas }: Scale): readonly Sized[] {
  const sizes: Sized[] = [];
  const scaled = (count: number): number => Math.ceil((count * replicas) / Math.max(1, full));
  for (const { track, revision, replicas: count, then: last = count } of groups) {
    const copy = copyOf(track);
    const key: SetKey = { revision, ...(copy === undefined ? {} : { copy }) };
    const [size, then] = [scaled(count), scaled(last)];
    const at = sizes.findIndex((one) => isSameKey(one.key, key));
    const before = sizes[at];
    if (before === undefined) sizes.push({ key, size, then });
    else sizes[at] = { key, size: size + before.size, then: then + before.then };
  }
  return sizes;
}
