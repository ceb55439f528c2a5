import { Failure } from '../base/failure.ts';
import { formatShare, type Share } from '../base/share.ts';
import type { Rollout } from '../rollout/model.ts';
import type { Plan } from '../strategy/plan.ts';
import type { RouterCapabilities } from './ports.ts';

/** Throws Failure `refusedPlan`, naming the step and what is missing, when the data plane cannot do what a plan needs. */
export function requireCapabilities(plan: Plan, rollout: Rollout, can: RouterCapabilities): void {
  if (rollout.traffic === undefined) return;
  for (const step of plan.steps) {
    const odd = Object.values(step.weights).find((weight) => (weight ?? 0) % can.granularity !== 0);
    if (odd !== undefined) {
      throw new Failure(
        'refusedPlan',
        `step "${step.title}" needs a weight of ${formatShare(odd)}, which ${can.name} cannot serve`,
        { hint: `use whole multiples of ${formatShare(can.granularity as Share)}` },
      );
    }
  }
  if (rollout.traffic.sticky !== undefined && !can.sticky) {
    throw new Failure('refusedPlan', `${can.name} cannot keep users on one track (traffic: sticky)`);
  }
}
