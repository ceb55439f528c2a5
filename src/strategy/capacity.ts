import { countFor, FULL_SHARE, NO_SHARE, type Share } from '../base/share.ts';
import { knownShareOf } from '../rollout/match.ts';
import type { CountOrShare, Track } from '../rollout/model.ts';
import type { Plan, Step } from './plan.ts';

/** Whose processes serve a track: the old version's, those of its fresh copy, or the new version's. */
export const SIDES = ['stable', 'baseline', 'candidate'] as const;

/** One of them. */
export type Side = (typeof SIDES)[number];

/** The side a track is on. */
export function sideOf(track: Track): Side {
  return track === 'stable' || track === 'baseline' ? track : 'candidate';
}

/** The track that the candidate is compared with in a step. */
export function controlTrackOf(step: Step): 'stable' | 'baseline' {
  return weightOf(step, 'baseline') > 0 ? 'baseline' : 'stable';
}

/** The tracks of the variants that a step has, in their order; none where nothing is compared. */
export function variantsIn(step: Step): readonly Track[] {
  return tracksOf(step).filter((track) => variantOf(track) !== undefined);
}

const VARIANT = 'variant:';

/** The track of a variant. */
export function trackOfVariant(name: string): Track {
  return `${VARIANT}${name}`;
}

/** The name of the variant that a track is of. */
export function variantOf(track: Track): string | undefined {
  return track.startsWith(VARIANT) ? track.slice(VARIANT.length) : undefined;
}

/** What is judged in a step, variants together: harm is harm whichever of them does it. */
export function judgedTracksOf(step: Step): readonly [Track, ...Track[]] {
  const [first, ...others] = variantsIn(step);
  return first === undefined ? [judgedTrackOf(step)] : [first, ...others];
}

/** The track that is judged in a step: whoever serves users, else whoever gets copies of their requests. */
export function judgedTrackOf(step: Step): Track {
  const { matches, mirrors } = step;
  const [variant] = variantsIn(step);
  if (variant !== undefined) return variant;
  if (matches?.preview !== undefined) return 'preview';
  return isServing(step, 'canary') ? 'canary' : (mirrors?.[0]?.track ?? 'canary');
}

/** True in a step where the candidate is judged by copies: it is compared with what answered the same requests. */
export function isMirrored(step: Step): boolean {
  const track = judgedTrackOf(step);
  return !isServing(step, track) && mirroredTo(step, track) > 0;
}

function isServing(step: Step, track: Track): boolean {
  return weightOf(step, track) > 0 || step.matches?.[track] !== undefined;
}

/** How many replicas a track has in a step: what the step says, and never fewer than its requests need. */
export function replicasOf(step: Step, track: Track, replicas: number): number {
  const count = countOf(step.size[track], replicas);
  return step.bySize === true ? count : Math.max(count, neededBy(step, track, replicas));
}

/**
 * The replicas that a track's requests need, copies included, as far as they are known: a match may be of more users
 * than anybody knows, which is for whoever says the sizes to see to.
 */
export function neededBy(step: Step, track: Track, replicas: number): number {
  const match = step.matches?.[track];
  const matched = match === undefined ? 0 : (knownShareOf(match) ?? 0);
  const load = Math.min(FULL_SHARE, weightOf(step, track) + mirroredTo(step, track) + matched) as Share;
  return Math.max(match === undefined ? 0 : 1, countFor(load, replicas));
}

/** How many of the requests are copied to a track in a step. */
export function mirroredTo({ mirrors = [] }: Step, track: Track): Share {
  const sum = mirrors.reduce((total, mirror) => total + (mirror.track === track ? mirror.share : 0), 0);
  return sum as Share;
}

/** How many replicas of a side a step needs. */
export function sideSize(step: Step, side: Side, replicas: number): number {
  const tracks = tracksOf(step).filter((track) => sideOf(track) === side);
  return tracks.reduce((sum, track) => sum + replicasOf(step, track, replicas), 0);
}

/** A track's part of the traffic in a step. */
export function weightOf(step: Step, track: Track): Share {
  return step.weights[track] ?? NO_SHARE;
}

/** Every track a step names. Asked many times at every look. */
export function tracksOf({ size, weights, matches, mirrors }: Step): readonly Track[] {
  const tracks = Object.keys(size) as Track[];
  const add = (track: Track): void => {
    if (!tracks.includes(track)) tracks.push(track);
  };
  (Object.keys(weights) as Track[]).forEach(add);
  if (matches !== undefined) (Object.keys(matches) as Track[]).forEach(add);
  mirrors?.forEach(({ track }) => {
    add(track);
  });
  return tracks;
}

/** The most replicas that run at once: a step keeps what the one before has until it has its own. */
export function peakOf({ steps }: Pick<Plan, 'steps'>, replicas: number, hasStable: boolean): number {
  let before = SIDES.map((side) => (hasStable && side === 'stable' ? replicas : 0));
  const totals = steps.map((step) => {
    const now = SIDES.map((side) => sideSize(step, side, replicas));
    const total = now.reduce((sum, count, index) => sum + Math.max(count, before[index] ?? 0), 0);
    before = now;
    return total;
  });
  return Math.max(0, ...totals);
}

/** A count of replicas; a share is rounded up, and more than there are is all of them. */
export function countOf(size: CountOrShare | undefined, replicas: number): number {
  if (size === undefined) return 0;
  return 'count' in size ? Math.min(size.count, replicas) : countFor(size.share, replicas);
}
