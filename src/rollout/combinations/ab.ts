import { refuseGoal } from '../ab-goal.ts';
import type { Report } from '../finding.ts';
import type { RolloutSpec } from '../schema/document.ts';
import type { Resolved } from './strategy.ts';

type Spec = Partial<RolloutSpec>;

/** Reports what an experiment needs of the other sections and does not find there. */
export function abFindings(spec: Spec, { workload, strategy }: Resolved, report: Report): void {
  if (strategy?.kind !== 'ab') return;
  refuseGoal(spec, report);
  if (strategy.challengers.length < 2) return;
  if (workload?.kind === 'deployment') {
    const reason = 'what runs in a cluster is declared there, and only one other version is';
    report('spec.strategy.ab.variants', reason, 'two variants: what runs today and another');
  }
}
