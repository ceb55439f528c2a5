import type { PodSet } from './world.ts';
import { resized, settled, type Bounds } from './settling.ts';

/** Two ReplicaSets of one Deployment, and how large one of them is to be. */
export interface Steering {
  readonly bounds: Bounds;
  readonly set: PodSet;
  readonly other: PodSet;
  /** The wanted size of `set`; the other has what is left. */
  readonly goal: number;
}

/** A size to be written. */
export interface Resize {
  readonly set: PodSet;
  readonly size: number;
}

/**
 * The next size to write on the way to a division of replicas between two ReplicaSets of a paused Deployment, whose
 * controller answers each write (`settled`); undefined while what was written before is not done, or when pods must
 * get ready first. What is written is absolute, and chosen by what is there: any number of such writes may be lost.
 */
export function nextResize(steering: Steering): Resize | undefined {
  const { bounds, set, other, goal } = steering;
  const isComplete = goal === bounds.replicas && set.size === goal && set.available >= goal;
  if (isComplete) return other.size === 0 ? undefined : { set: other, size: 0 };
  if (set.size === goal || !isAnswered(steering)) return undefined;
  const [giving, getting] = set.size < goal ? [other, set] : [set, other];
  const move = bestMove({ set, other, goal }, bounds);
  return move !== undefined && mayGive(giving, getting, { by: move.by, bounds }) ? move.resize : undefined;
}

/** True once the controllers have done what the write before asked for. */
function isAnswered({ bounds, set, other }: Steering): boolean {
  return set.size + other.size === bounds.replicas + bounds.surge && set.isSettled && other.isSettled;
}

interface Move {
  readonly resize: Resize;
  readonly by: number;
}

/** The largest step that is not too large; the smallest one where all are. What overshoots least comes first. */
function bestMove({ set, other, goal }: Omit<Steering, 'bounds'>, bounds: Bounds): Move | undefined {
  const most = Math.max(1, bounds.surge > 0 ? bounds.surge : bounds.unavailable);
  const moves = [other, set].flatMap((written) => movesBy(written, { set, other, goal }, bounds));
  const fitting = moves.filter(({ by }) => by <= most).sort((a, b) => b.by - a.by);
  return fitting[0] ?? moves.sort((a, b) => a.by - b.by)[0];
}

/** Every size of one of the two that the controller would answer by coming nearer to the goal, and not past it. */
function movesBy(
  written: PodSet,
  { set, other, goal }: Omit<Steering, 'bounds'>,
  bounds: Bounds,
): readonly Move[] {
  const moves: Move[] = [];
  for (let size = 0; size <= bounds.replicas + bounds.surge; size++) {
    if (size === written.size) continue;
    const after = settled(resized([set, other], written.name, size), bounds)[0]?.size ?? set.size;
    const by = set.size < goal ? after - set.size : set.size - after;
    if (by > 0 && by <= Math.abs(goal - set.size)) moves.push({ resize: { set: written, size }, by });
  }
  return moves;
}

interface Giving {
  readonly by: number;
  readonly bounds: Bounds;
}

/** True when enough pods are left; a ReplicaSet gives those first that are not ready. */
function mayGive(giving: PodSet, getting: PodSet, { by, bounds }: Giving): boolean {
  const lost = Math.max(0, by - (giving.size - giving.ready));
  if (lost === 0) return true;
  const least = bounds.replicas - (bounds.surge > 0 ? 0 : Math.max(1, bounds.unavailable));
  return giving.ready + getting.ready - lost >= least;
}
