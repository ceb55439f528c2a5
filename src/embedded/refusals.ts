import { Failure } from '../base/failure.ts';
import { requireCapabilities } from '../controller/capabilities.ts';
import type { RolloutRecord } from '../controller/ports.ts';
import type { RevisionId, Rollout } from '../rollout/model.ts';
import type { StateStore } from '../store/queries.ts';
import { compilePlan } from '../strategy/compile.ts';
import { GATEWAY_CAPABILITIES } from '../traffic/gateway.ts';
import type { Current } from './current.ts';

/** Throws Failure `conflict` for a Rollout that is on its way out. */
export function refuseDeleting(name: string, { deleting }: Pick<RolloutRecord, 'deleting'>): void {
  if (!deleting) return;
  throw new Failure('conflict', `${name} is being deleted`, { hint: 'declare it again once it is gone' });
}

/** Throws Failure `conflict` when another Rollout has the address this one wants. */
export async function refuseTakenAddress(
  { name, traffic }: Rollout,
  store: Pick<StateStore, 'list'>,
): Promise<void> {
  if (traffic === undefined) return;
  const owner = (await store.list()).find(({ rollout: other }) => {
    const isSame = other.traffic?.host === traffic.host && other.traffic?.path === traffic.path;
    return other.name !== name && isSame;
  });
  if (owner === undefined) return;
  const where = `${traffic.host ?? 'any host'}, path ${traffic.path}`;
  throw new Failure('conflict', `${name} wants ${where}, which ${owner.rollout.name} has`, {
    hint: 'give one of them another traffic.gateway.host or path',
  });
}

/** Throws Failure `refusedPlan` when the gateway cannot do what the strategy needs, also before it is first used. */
export function refuseIncapable(rollout: Rollout): void {
  const plan = compilePlan(rollout, { hasStable: true, direct: false });
  requireCapabilities(plan, rollout, GATEWAY_CAPABILITIES);
}

/** Throws Failure `rejectedRevision` for a revision that is not to be tried again by itself. */
export function refuseRejected(current: Current | undefined, revision: RevisionId): void {
  const status = current?.stored.status;
  if (status?.rejected.includes(revision) !== true) return;
  const why = status.lastOutcome?.revision === revision ? ` (${status.lastOutcome.reason})` : '';
  throw new Failure('rejectedRevision', `${revision} was rejected before${why}`, {
    hint: 'release a changed version, or this one again with --insist or `coalmine retry NAME`',
  });
}

/** What was asked for no longer fits what is declared. */
export function changedMeanwhile(name: string): Failure {
  return new Failure('conflict', `${name} was changed meanwhile`, {
    hint: `look at it (\`coalmine describe ${name}\`) and try again`,
  });
}

/** A Rollout that somebody deleted does not come back by a request from before. */
export function deletedMeanwhile(name: string): Failure {
  return new Failure('conflict', `${name} was deleted meanwhile`, {
    hint: 'apply it again to declare it anew',
  });
}
