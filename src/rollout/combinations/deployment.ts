import type { Report } from '../finding.ts';
import { itemPath } from '../path.ts';
import type { RolloutSpec } from '../schema/document.ts';

/** Reports what a Deployment that is adopted in place cannot do. */
export function deploymentFindings({ workload, strategy }: Partial<RolloutSpec>, report: Report): void {
  if (workload?.deployment === undefined) return;
  if (strategy?.recreate !== undefined) {
    const reason = 'a Deployment is never scaled to zero, and recreate stops the old version first';
    report('spec.strategy.recreate', reason, 'use ramped');
  }
  strategy?.ab?.variants.forEach(({ env }, i) => {
    if (env === undefined) return;
    const path = `${itemPath('spec.strategy.ab.variants', i)}.env`;
    const reason = "the environment of pods is in the Deployment's template";
    report(path, reason, 'remove it, and change the template: what it becomes is the other variant');
  });
}
