import { closest } from '../../base/closest.ts';
import { deploymentFindings } from './deployment.ts';
import type { Report } from '../finding.ts';
import { clusterPlaceholdersIn, comparisonProblem } from '../query/problems.ts';
import { abFindings } from './ab.ts';
import { outsideFindings } from './outside.ts';
import type { WrittenCheck } from '../resolve/analysis.ts';
import type { RolloutSpec } from '../schema/document.ts';
import { secretFindings } from './secret.ts';
import { checksOf, STICKY, strategyFindings, type Resolved } from './strategy.ts';

/** Reports what each section allows and all of them together do not. */
export function crossFindings(spec: Partial<RolloutSpec>, resolved: Resolved, report: Report): void {
  strategyFindings(spec, resolved, report);
  abFindings(spec, resolved, report);
  outsideFindings(spec, resolved, report);
  deploymentFindings(spec, report);
  secretFindings(spec, report);
  if (!resolved.malformed.includes('sources')) refuseUnknownSources(spec, report);
  refuseEqualQueries(spec, report);
  refuseUnknownNames(spec, report);
  refuseUnknownUsers(spec, report);
  if (!resolved.trafficGiven) refuseUnmeasured(spec, report);
  if (spec.workload?.container !== undefined) refuseUnseen(spec, report);
  if (spec.workload?.deployment === undefined) refuseTemplates(spec, report);
}

function refuseUnmeasured(spec: Partial<RolloutSpec>, report: Report): void {
  const isInCluster = spec.workload?.deployment !== undefined;
  const hint = isInCluster ? 'add traffic, or ask a source: ratio or latency.query' : 'add traffic.gateway';
  checksOf(spec).forEach(([check, path]) => {
    const metric = measuredByGateway(check);
    if (metric === undefined) return;
    report(`${path}.${metric}`, 'this is measured on traffic, and there is none', hint);
  });
}

/** Containers are measured by their engine, which is not asked. */
function refuseUnseen(spec: Partial<RolloutSpec>, report: Report): void {
  checksOf(spec).forEach(([check, path]) => {
    const { usage } = check;
    if (usage === undefined || usage === 'restarts') return;
    const hint = 'usage: restarts is; others come from a source, as of cAdvisor';
    report(`${path}.usage`, `the ${usage} of containers is not measured`, hint);
  });
}

/** They are objects of a cluster. */
function refuseTemplates({ analysis }: Partial<RolloutSpec>, report: Report): void {
  if ((analysis?.templates ?? []).length === 0) return;
  const reason = 'AnalysisTemplates are objects of a cluster';
  report('spec.analysis.templates', reason, 'write the checks out, here or with a TypeScript file');
}

function measuredByGateway({ errors, latency }: WrittenCheck): 'errors' | 'latency' | undefined {
  if (errors !== undefined) return 'errors';
  return latency === undefined || latency.source !== undefined ? undefined : 'latency';
}

/** Users are known by the id cookie that keeps them on their track, and in an experiment by its unit. */
function refuseUnknownUsers(spec: Partial<RolloutSpec>, report: Report): void {
  if (spec.traffic?.gateway?.sticky !== undefined || spec.strategy?.ab !== undefined) return;
  checksOf(spec).forEach(([check, path]) => {
    if (check.errors?.per !== 'user') return;
    report(`${path}.errors.per`, 'users are not known', STICKY);
  });
}

function sourceHint(source: string, names: readonly string[]): string {
  const near = closest(source, names);
  if (near !== undefined) return `did you mean ${near}?`;
  return names.length === 0 ? 'there are none: add sources' : `there are: ${names.join(', ')}`;
}

function refuseUnknownSources(spec: Partial<RolloutSpec>, report: Report): void {
  const names = (spec.sources ?? []).map(({ name }) => name);
  checksOf(spec).forEach(([check, path]) => {
    for (const key of ['errors', 'latency', 'size', 'ratio', 'rate', 'value'] as const) {
      const source = check[key]?.source;
      if (source === undefined || names.includes(source)) continue;
      report(`${path}.${key}.source`, `no source is named ${source}`, sourceHint(source, names));
    }
  });
}

/** Pods, and Services for each track, are there in a cluster alone; and subsets share one Service. */
function refuseUnknownNames(spec: Partial<RolloutSpec>, report: Report): void {
  const { workload, traffic } = spec;
  const isInCluster = workload?.deployment !== undefined;
  const hasServices = traffic !== undefined && traffic.istio?.destinationRule === undefined;
  checksOf(spec).forEach(([check, path]) => {
    for (const [where, query = ''] of queriesOf(check)) {
      const names = clusterPlaceholdersIn(query);
      const [unknown] = isInCluster ? names.filter((name) => name === 'service' && !hasServices) : names;
      if (unknown === undefined) continue;
      const reason = `{{${unknown}}} has no value here`;
      report(`${path}.${where}`, reason, isInCluster ? 'tell tracks apart by {{pods}}' : 'use {{revision}}');
    }
  });
}

/** What is compared with stable must not be asked of both in the same words. */
function refuseEqualQueries(spec: Partial<RolloutSpec>, report: Report): void {
  checksOf(spec).forEach(([check, path]) => {
    if (check.worseBy === undefined) return;
    for (const [where, query] of queriesOf(check)) {
      const problem = query === undefined ? undefined : comparisonProblem(query);
      if (problem !== undefined) report(`${path}.${where}`, problem.reason, problem.hint);
    }
  });
}

function queriesOf({ ratio, rate, value, latency, size }: WrittenCheck) {
  return [
    ['ratio.bad', ratio?.bad],
    ['ratio.all', ratio?.all],
    ['rate.query', rate?.query],
    ['value.query', value?.query],
    ['latency.query', latency?.query],
    ['size.query', size?.query],
  ] as const;
}
