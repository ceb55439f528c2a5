import type { Phase, RevisionId } from '../rollout/model.ts';
import type { Status } from './status.ts';

/** Since when a Rollout is in one phase with one stable revision: what gates of others wait for. */
export interface Lasting {
  readonly phase: Phase;
  readonly stable?: RevisionId;
  /** Wall clock, milliseconds since 1970. */
  readonly since: number;
}

/** The status with that noted: a look at which either is another begins it anew. */
export function withLasting(status: Status, now: number): Status {
  return lastingIn(status) === undefined ? { ...status, lasting: begun(status, now) } : status;
}

function begun({ phase, stable }: Status, since: number): Lasting {
  return { phase, ...(stable === undefined ? {} : { stable }), since };
}

/** Since when it is as the status says; undefined when that was changed since the last look. */
export function lastingIn({ phase, stable, lasting }: Status): Lasting | undefined {
  return lasting?.phase === phase && lasting.stable === stable ? lasting : undefined;
}
