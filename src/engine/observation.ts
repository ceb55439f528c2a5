import { isSameJson } from '../base/same-json.ts';
import type { Match } from '../rollout/match.ts';
import type { RevisionId, Track } from '../rollout/model.ts';
import type { Share } from '../base/share.ts';
import type { Experiment, Mirror } from '../strategy/plan.ts';
import type { Maintenance } from './maintenance.ts';
import type { GateAnswer } from './gates/answer.ts';
import type { Neighbour } from './gates/neighbour.ts';
import type { Peer } from './group.ts';
import type { Delivery } from './notices.ts';
import type { Reading } from './status.ts';
import type { Wanted } from './wanted.ts';

/** What is true out there, as far as it could be asked. What could not be asked is absent. */
export interface Observation {
  /** The revision the user wants to run, and whether by the strategy or at once (undo). */
  readonly wanted?: Wanted;
  /** The other members in the same release of its group; absent when there is none, or it could not be asked. */
  readonly peers?: readonly Peer[];
  /** The Rollouts that gates of a running release wait for, by name; absent where they could not be asked. */
  readonly neighbours?: Readonly<Record<string, Neighbour | 'none'>>;
  /** Every revision that has processes (pods, …); absent when the workload did not answer. */
  readonly groups?: readonly Group[];
  /** What the data plane confirms to serve; absent when it did not answer or has not accepted the last write. */
  readonly route?: Route;
  /** Why it confirms nothing, in a few words; absent when it does, or says nothing. */
  readonly unconfirmed?: string;
  /** Absent when no metrics could be read. */
  readonly reading?: Reading;
  /** What came of errands so far, by their keys; absent when nobody could be asked. */
  readonly answers?: Readonly<Record<string, GateAnswer>>;
  /** What became of notices so far, by their keys; absent when nobody could be asked. */
  readonly deliveries?: Readonly<Record<string, Delivery>>;
}

/** A further set of processes of a revision, which serves a track of its own. */
export type Copy = 'baseline';

/** The set of processes that serves a track; undefined: the usual one of its revision. */
export function copyOf(track: Role): Copy | undefined {
  return track === 'baseline' ? track : undefined;
}

/** What processes are for: a role in a release, or the way back to what was stable before. */
export type Role = Track | 'previous';

/** The processes of one revision; a copy is a group of its own. */
export interface Group {
  readonly revision: RevisionId;
  readonly copy?: Copy;
  /** Alive in any state, those on their way out too. */
  readonly running: number;
  /** Passing their readiness probe and not on their way out. */
  readonly ready: number;
  /** Why they cannot stay up, when they crash again and again or cannot be started. */
  readonly failing?: string;
}

/** How traffic is divided, by revision. Weights add up to all of it; no parts: nobody serves. */
export interface Route {
  readonly parts: readonly RoutePart[];
  /** Who gets copies of requests; absent: nobody. */
  readonly mirrors?: readonly RouteMirror[];
  /** Set while users are sent away. */
  readonly maintenance?: Maintenance;
  /** Whose users are told apart and counted; absent: no experiment goes on. */
  readonly experiment?: RouteExperiment;
}

/** An experiment; with another id users are divided anew and counted from 0. */
export interface RouteExperiment extends Experiment {
  readonly id: string;
}

/** The copies of requests that one revision gets. */
export interface RouteMirror extends Mirror {
  readonly revision: RevisionId;
}

/** The part of the traffic that one revision gets in one role. */
export interface RoutePart {
  readonly track: Track;
  readonly revision: RevisionId;
  /** Of the requests that no match decides on. */
  readonly weight: Share;
  /** These requests too, whatever the weight; where two parts fit, the first decides. */
  readonly match?: Match;
  /** Asks for counters of two random halves of its processes; another salt is another division. */
  readonly halves?: { readonly salt: string };
}

/**
 * True when two routes divide and copy traffic alike. The order of mirrors does not matter, that of parts only among
 * those with a match.
 */
export function isSameRoute(a: Route, b: Route): boolean {
  const isSameQuestion = isSameJson(a.experiment, b.experiment);
  return isSameQuestion && hasSameParts(a, b) && hasSameMirrors(a.mirrors ?? [], b.mirrors ?? []);
}

function hasSameMirrors(a: readonly RouteMirror[], b: readonly RouteMirror[]): boolean {
  return a.length === b.length && a.every((mirror) => b.some((other) => isSameJson(mirror, other)));
}

function hasSameParts(a: Route, b: Route): boolean {
  const has = (part: RoutePart): boolean => b.parts.some((other) => isSamePart(part, other));
  return a.parts.length === b.parts.length && a.parts.every(has) && matchedIn(a) === matchedIn(b);
}

function isSamePart(a: RoutePart, b: RoutePart): boolean {
  const isSameShare = a.track === b.track && a.revision === b.revision && a.weight === b.weight;
  return isSameShare && isSameJson(a.match, b.match);
}

function matchedIn({ parts }: Route): string {
  return parts.flatMap(({ track, match }) => (match === undefined ? [] : track)).join();
}

/** What the data plane has not done, and why as far as it says. */
export function unconfirmedWords({ unconfirmed }: Observation, what: string): string {
  const why = unconfirmed === undefined ? '' : `: ${unconfirmed}`;
  return `the data plane ${what}${why}`;
}

/** True when the data plane confirms to serve `wanted`; without one nothing has to be served. */
export function isServed({ route }: Observation, wanted: Route | undefined): boolean {
  return wanted === undefined || (route !== undefined && isSameRoute(route, wanted));
}
