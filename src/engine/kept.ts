import type { RevisionId } from '../rollout/model.ts';
import type { Plan } from '../strategy/plan.ts';
import type { Desired } from './decision.ts';
import { groupOf, readyOf, type Look } from './look.ts';

/** The version that was stable before, at full size for a while, so that an undo waits for no process to start. */
export interface Kept {
  readonly revision: RevisionId;
  readonly leftMs: number;
  /** When `leftMs` was right. */
  readonly seenAt: number;
}

/** What passes between two looks is not worth saving each time. */
const WORTH_SAVING_MS = 30_000;

/** What is kept from the moment at which `from` is no longer stable; undefined when the plan keeps nothing. */
export function keptAfter(
  { keepStableMs }: Plan,
  from: RevisionId | undefined,
  now: number,
): Kept | undefined {
  if (keepStableMs === undefined || from === undefined) return undefined;
  return { revision: from, leftMs: keepStableMs, seenAt: now };
}

/** What is still kept. Its time counts while nobody looked too; it stays on while stable itself cannot serve fully. */
export function stillKept({ rollout, status, seen, now }: Look): Kept | undefined {
  const { kept, stable } = status;
  if (kept === undefined) return undefined;
  const passedMs = Math.max(0, now - kept.seenAt);
  const leftMs = Math.max(0, kept.leftMs - passedMs);
  if (leftMs === 0 && readyOf(seen, stable) >= rollout.workload.replicas) return undefined;
  const isWorthSaving = now < kept.seenAt || passedMs >= WORTH_SAVING_MS;
  return isWorthSaving ? { ...kept, leftMs, seenAt: now } : kept;
}

/** The same desired state with what is kept; after a reboot stable starts first. */
export function withKept(desired: Desired, { rollout, status, seen }: Look, kept: Kept | undefined): Desired {
  if (kept === undefined) return desired;
  const { replicas } = rollout.workload;
  const mayStart = groupOf(seen, kept.revision) !== undefined || readyOf(seen, status.stable) >= replicas;
  if (seen.groups !== undefined && !mayStart) return desired;
  return {
    ...desired,
    groups: [...desired.groups, { track: 'previous', revision: kept.revision, replicas }],
  };
}
