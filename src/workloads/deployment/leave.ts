import type { RevisionId } from '../../rollout/model.ts';
import { nextWrites } from './decide.ts';
import { worldOf, type Read } from './look.ts';
import type { PodTemplate } from './objects.ts';
import { isSameTemplate } from './template.ts';
import type { Write } from './writes.ts';

/**
 * The template that must be put back before the Deployment may be let go: what is in it was never judged good, and would
 * be rolled out at once. Undefined when it is the trusted one, or nobody knows that any more.
 */
export function restoredTemplate(
  { deployment, snapshots }: Read,
  stable: RevisionId,
): PodTemplate | undefined {
  const trusted = snapshots.find(({ revision }) => revision === stable);
  if (trusted === undefined || isSameTemplate(trusted.template, deployment.spec.template)) return undefined;
  return deployment.spec.paused === true ? trusted.template : undefined;
}

/**
 * What is left to do before the Deployment is as if we had never come: only what is trusted runs, in the Deployment; it
 * uses the live configuration; earlier versions are its own again; and, last of all, it is not paused. None: it is done.
 */
export function leavingWrites(read: Read, stable: RevisionId | undefined): readonly Write[] {
  const world = worldOf(read);
  const given = world.sets
    .filter((set) => set.owner === 'rollout' && set.key === undefined && set.size === 0 && !set.isLeaving)
    .map((set): Write => ({ kind: 'handIn', set }));
  const last: readonly Write[] = world.paused ? [{ kind: 'hold', paused: false }] : [];
  if (stable === undefined) return given.length > 0 ? given : last;
  const isRestored = restoredTemplate(read, stable) === undefined;
  const resting = { ...world, ...(isRestored ? { template: stable } : {}) };
  const writes = nextWrites(resting, { inside: stable, needed: world.replicas, beside: [] }, 'webhook');
  const before = writes.filter(({ kind }) => kind !== 'hold');
  if (before.length > 0) return before;
  return given.length > 0 ? given : last;
}
