import type { RevisionId, Track } from '../rollout/model.ts';
import type { Share } from '../base/share.ts';
import type { Reading } from './status.ts';
import type { Wanted } from './wanted.ts';

/** What is true out there, as far as it could be asked. What could not be asked is absent. */
export interface Observation {
  /** The revision the user wants to run, and whether by the strategy or at once (undo). */
  readonly wanted?: Wanted;
  /** Every revision that has processes (pods, …); absent when the workload did not answer. */
  readonly groups?: readonly Group[];
  /** What the data plane confirms to serve; absent when it did not answer or has not accepted the last write. */
  readonly route?: Route;
  /** Absent when no metrics could be read. */
  readonly reading?: Reading;
}

/** The processes of one revision. */
export interface Group {
  readonly revision: RevisionId;
  /** Alive in any state, those on their way out too. */
  readonly running: number;
  /** Passing their readiness probe and not on their way out. */
  readonly ready: number;
  /** Why they cannot stay up, when they crash again and again or cannot be started. */
  readonly failing?: string;
}

/** How traffic is divided, by revision. Parts add up to all of it; no parts: nobody serves. */
export interface Route {
  readonly parts: readonly RoutePart[];
}

/** The part of the traffic that one revision gets in one role. */
export interface RoutePart {
  readonly track: Track;
  readonly revision: RevisionId;
  readonly weight: Share;
}

/** True when two routes divide traffic alike; the order of parts does not matter. */
export function isSameRoute(a: Route, b: Route): boolean {
  const has = (part: RoutePart): boolean =>
    b.parts.some(
      (other) =>
        other.track === part.track && other.revision === part.revision && other.weight === part.weight,
    );
  return a.parts.length === b.parts.length && a.parts.every(has);
}

/** True when the data plane confirms to serve `wanted`; without one nothing has to be served. */
export function isServed({ route }: Observation, wanted: Route | undefined): boolean {
  return wanted === undefined || (route !== undefined && isSameRoute(route, wanted));
}
