import { createHash } from 'node:crypto';
import { formatDuration } from '../base/duration.ts';
import { isSameJson } from '../base/same-json.ts';
import type { Decision, EngineEvent } from './decision.ts';
import type { Look } from './look.ts';
import type { Observation, Route } from './observation.ts';
import type { Status } from './status.ts';

/** A Rollout that is closed to its users: what they are told, and who is let in all the same. */
export interface Maintenance {
  /** Wall clock, milliseconds since 1970. */
  readonly since: number;
  /** A sentence for everybody. */
  readonly message?: string;
  /** HTML, for browsers, in place of a plain page with the message. */
  readonly page?: string;
  /** When users may try again. */
  readonly retryAfterMs: number;
  /** Requests wait so long for the end of it before they are told anything; absent: not at all. */
  readonly holdMs?: number;
  /** Requests with a field of this name, in small letters, and a value of this digest are served. */
  readonly allow?: { readonly header: string; readonly digest: string };
}

/** By what a value is known that lets requests in: whoever reads a status is not let in by it. */
export function digestOfPass(value: string): string {
  return createHash('sha256').update(value).digest('base64url');
}

/** What a user's order changes. */
export interface Maintained {
  readonly status: Status;
  readonly events: readonly EngineEvent[];
}

/** Closes a Rollout to its users. Pure. Closed already, it says something else from now on. */
export function closeToUsers(status: Status, maintenance: Maintenance): Maintained {
  const since = status.maintenance?.since ?? maintenance.since;
  const { message, holdMs } = maintenance;
  const held = holdMs === undefined ? '' : `, requests wait for up to ${formatDuration(holdMs)}`;
  const told = `in maintenance${message === undefined ? '' : `: ${message}`}${held}`;
  return {
    status: { ...status, maintenance: { ...maintenance, since } },
    events: [{ type: 'MaintenanceOn', message: told }],
  };
}

/** Opens it again. Nothing happens to one that is open. */
export function openToUsers(status: Status, now: number): Maintained {
  const { maintenance, ...open } = status;
  if (maintenance === undefined) return { status, events: [] };
  const lasted = formatDuration(Math.max(0, Math.round((now - maintenance.since) / 1_000) * 1_000));
  return { status: open, events: [{ type: 'MaintenanceOff', message: `open again, after ${lasted}` }] };
}

/** True while users are sent away, or may be: what is measured now says nothing of any version. */
export function isClosed({ status, seen }: Pick<Look, 'status' | 'seen'>): boolean {
  return status.maintenance !== undefined || seen.route?.maintenance !== undefined;
}

/** The same decision, with the door shut for as long as the status says so. */
export function withMaintenance(decision: Decision): Decision {
  const { status, desired } = decision;
  const { maintenance } = status;
  if (maintenance === undefined || desired.route === undefined) return decision;
  return {
    ...decision,
    status: { ...status, message: `in maintenance; ${status.message}` },
    desired: { ...desired, route: { ...desired.route, maintenance } },
  };
}

/** True when users are sent away as `wanted` says; how the others are divided is another question. */
export function isClosedAs({ route }: Observation, wanted: Route): boolean {
  return route !== undefined && isSameJson(route.maintenance, wanted.maintenance);
}
