import type { Environment } from '../base/environment.ts';
import { copyOf, type Copy, type Role } from '../engine/observation.ts';
import type { RunningWorkload, RevisionId } from '../rollout/model.ts';

/** How one revision's processes are started and looked after: the workload's settings and what was pinned of it. */
export interface ProcessSettings extends Pick<
  RunningWorkload,
  'ready' | 'live' | 'stop' | 'limits' | 'restart'
> {
  /** Argument vector; `$(NAME)` of the environment is replaced. */
  readonly command: readonly string[];
  /** The pinned artefact. */
  readonly cwd: string;
  /** The pinned environment. */
  readonly env: Environment;
}

/** Names the processes of one revision of one Rollout, or those of a copy of it. */
export interface GroupKey {
  readonly rollout: string;
  readonly revision: RevisionId;
  readonly copy?: Copy;
}

/** Whose processes these are, within one Rollout. */
export type ProcessOwner = Omit<GroupKey, 'rollout'>;

/** The processes that serve a track. */
export function groupKey(
  rollout: string,
  { track, revision }: { readonly track: Role; readonly revision: RevisionId },
): GroupKey {
  const copy = copyOf(track);
  return { rollout, revision, ...(copy === undefined ? {} : { copy }) };
}

/** Where an instance takes requests. */
export interface Endpoint {
  readonly id: string;
  readonly host: string;
  readonly port: number;
}

/** An instance that is about to be stopped. */
export type LeavingInstance = GroupKey & Endpoint;

/** One place in a group, for display. */
export interface InstanceView extends ProcessOwner {
  readonly id: string;
  /** Absent while nothing runs. */
  readonly pid?: number;
  readonly port?: number;
  /** `waiting`: for the next start after a crash. */
  readonly state: 'waiting' | 'starting' | 'ready' | 'unready' | 'stopping';
  readonly restarts: number;
  /** Wall clock of the start, milliseconds since 1970. */
  readonly since: number;
  /** Resident memory of the process and all it started. */
  readonly rssBytes?: number;
  /** Cores it has used of late, with all it started; absent until it was measured twice. */
  readonly cores?: number;
  /** Why it is not ready, or why it was restarted. */
  readonly reason?: string;
}
