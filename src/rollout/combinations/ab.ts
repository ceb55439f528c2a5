import { refuseGoal } from '../ab-goal.ts';
import type { Report } from '../finding.ts';
import type { RolloutSpec } from '../schema/document.ts';
import { checksOf, type Resolved } from './strategy.ts';

type Spec = Partial<RolloutSpec>;

/** Reports what an experiment needs of the other sections and does not find there. */
export function abFindings(spec: Spec, { workload, strategy }: Resolved, report: Report): void {
  if (strategy?.kind !== 'ab') return;
  refuseGoal(spec, report);
  if (strategy.challengers.length < 2) return;
  refuseMeasuredApart(spec, report);
  if (workload?.kind === 'deployment') {
    const reason = 'what runs in a cluster is declared there, and only one other version is';
    report('spec.strategy.ab.variants', reason, 'two variants: what runs today and another');
  }
}

/** What a source measures, or processes use, is asked for one candidate; the gateway counts for all of them. */
function refuseMeasuredApart(spec: Spec, report: Report): void {
  for (const [check, path] of checksOf(spec)) {
    const isCounted = check.errors !== undefined || (check.latency !== undefined && !check.latency.source);
    if (isCounted) continue;
    const reason = `${check.name} is measured for one variant, and there are several`;
    report(path, reason, 'errors and latency as the gateway counts them, or two variants');
  }
}
