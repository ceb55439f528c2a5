import type { Environment } from '../base/environment.ts';
import type { ProcessWorkload, RevisionId } from '../rollout/model.ts';

/** How one revision's processes are started and looked after: the workload's settings and what was pinned of it. */
export interface ProcessSettings extends Pick<
  ProcessWorkload,
  'command' | 'ready' | 'live' | 'stop' | 'limits' | 'restart'
> {
  /** The pinned artefact. */
  readonly cwd: string;
  /** The pinned environment. */
  readonly env: Environment;
}

/** Names the processes of one revision of one Rollout. */
export interface GroupKey {
  readonly rollout: string;
  readonly revision: RevisionId;
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
export interface InstanceView {
  readonly id: string;
  readonly revision: RevisionId;
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
  /** Why it is not ready, or why it was restarted. */
  readonly reason?: string;
}
