import type { Report } from './finding.ts';
import type { Strategy, Workload } from './model.ts';
import { itemPath } from './path.ts';
import type { WrittenCheck } from './resolve-analysis.ts';
import { needsTraffic } from './resolve-strategy.ts';
import type { RolloutSpec } from './schema/document.ts';

/** What the sections have become, as far as they could be resolved. */
interface Resolved {
  readonly workload?: Workload;
  readonly strategy?: Strategy;
  /** Whether the document has traffic at all, well-formed or not. */
  readonly trafficGiven: boolean;
}

/** Reports what each section allows and all of them together do not. */
export function crossFindings(spec: Partial<RolloutSpec>, resolved: Resolved, report: Report): void {
  refuseLiveCanary(resolved, report);
  if (!resolved.trafficGiven) refuseWithoutTraffic(spec, report);
  if (resolved.strategy?.kind === 'recreate') refuseJudgedRecreate(spec, report);
}

function refuseLiveCanary({ workload, strategy }: Resolved, report: Report): void {
  if (workload === undefined || !('live' in workload.from) || strategy?.kind !== 'canary') return;
  const reason = 'canary keeps two versions alive, and a live directory holds only one';
  report('spec.workload.process.from', reason, 'write from: <path> to have it copied, or use recreate');
}

function refuseWithoutTraffic(spec: Partial<RolloutSpec>, report: Report): void {
  const divides = spec.strategy === undefined ? undefined : needsTraffic(spec.strategy);
  if (divides !== undefined) {
    const hint = 'add traffic, or use steps of replicas and pause';
    report(`spec.strategy.${divides}`, 'weights divide traffic, and there is none', hint);
  }
  checksOf(spec).forEach(([check, path]) => {
    if (check.errors === undefined && check.latency === undefined) return;
    const metric = check.errors === undefined ? 'latency' : 'errors';
    report(`${path}.${metric}`, 'this is measured on traffic, and there is none', 'add traffic.gateway');
  });
}

function refuseJudgedRecreate(spec: Partial<RolloutSpec>, report: Report): void {
  checksOf(spec).forEach(([check, path]) => {
    if (check.worseBy !== undefined) {
      const reason = 'recreate stops stable first, so there is nothing to compare with';
      report(`${path}.worseBy`, reason, 'use canary, or remove the check');
    } else if (check.max !== undefined || check.min !== undefined) {
      const reason = 'recreate has no step in which a check could be judged';
      report(path, reason, 'use canary, or remove the check');
    }
  });
}

function checksOf(spec: Partial<RolloutSpec>): readonly (readonly [WrittenCheck, string])[] {
  return (spec.analysis?.checks ?? []).map((check, i) => [check, itemPath('spec.analysis.checks', i)]);
}
