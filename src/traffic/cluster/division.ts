import type { Share } from '../../base/share.ts';
import type { Route, RouteMirror, RoutePart } from '../../engine/observation.ts';
import type { Match } from '../../rollout/match.ts';
import type { RevisionId, Track } from '../../rollout/model.ts';
import { sideOf } from '../../strategy/capacity.ts';

/** Whose pods a Service of ours selects; tracks of the new version share one. */
export const SIDES = ['stable', 'baseline', 'canary'] as const;

/** One of them. */
export type Side = (typeof SIDES)[number];

/** The side that serves a track. */
export function sideOfTrack(track: Track): Side {
  const side = sideOf(track);
  return side === 'candidate' ? 'canary' : side;
}

/** A side's part of some requests. */
export interface Target {
  readonly side: Side;
  readonly revision: RevisionId;
  readonly weight: Share;
}

/** Requests that are divided alike. */
export interface Arm {
  /** Those that fit; absent: all that no arm before has taken. */
  readonly match?: Match;
  /** Of these, only with such a method; absent: any. */
  readonly methods?: readonly string[];
  readonly targets: readonly Target[];
  /** Who gets copies of them. */
  readonly copies: readonly { readonly side: Side; readonly share: Share }[];
}

/** A route as arms, the first that fits counts; the last is of all requests. Without an arm nobody serves. */
export function armsOf({ parts, mirrors = [] }: Route): readonly Arm[] {
  const targets = targetsOf(parts);
  if (targets.length === 0) return [];
  return [
    ...parts.flatMap(matchedArm),
    ...mirrors.map((mirror) => copiedArm(mirror, targets)),
    { targets, copies: [] },
  ];
}

function matchedArm({ track, revision, match }: RoutePart): readonly Arm[] {
  if (match === undefined) return [];
  const target = { side: sideOfTrack(track), revision, weight: 100_000 as Share };
  return [{ match, targets: [target], copies: [] }];
}

function copiedArm({ track, share, methods }: RouteMirror, targets: readonly Target[]): Arm {
  return { methods, targets, copies: [{ side: sideOfTrack(track), share }] };
}

/** The weights of each side; several tracks of one side add up. */
function targetsOf(parts: readonly RoutePart[]): readonly Target[] {
  return SIDES.flatMap((side) => {
    const own = parts.filter(({ track, weight }) => weight > 0 && sideOfTrack(track) === side);
    const [first] = own;
    if (first === undefined) return [];
    const weight = own.reduce((sum, part) => sum + part.weight, 0) as Share;
    return [{ side, revision: first.revision, weight }];
  });
}

/** The revision on each side that a route names. */
export function revisionsOf({ parts, mirrors = [] }: Route): ReadonlyMap<Side, RevisionId> {
  const named = [...parts, ...mirrors].map(({ track, revision }) => [sideOfTrack(track), revision] as const);
  return new Map(named);
}

/** An arm for each side that keeps users there who were sent there before, by a cookie with the revision. */
export function stayingArms(base: Arm, cookie: string): readonly Arm[] {
  if (base.targets.length < 2) return [];
  return base.targets.map((target) => ({
    match: [{ cookie: { name: cookie, exact: target.revision } }],
    targets: [{ ...target, weight: 100_000 as Share }],
    copies: [],
  }));
}
