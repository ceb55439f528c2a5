import type { Analysis, Check, Metric, Rollout } from '../../rollout/model.ts';

/** A Rollout with checks that can be simulated, and what became of the others, in words. */
export interface Measurable {
  readonly rollout: Rollout;
  readonly notes: readonly string[];
}

/**
 * The Rollout with its checks as far as they can be measured: those of `told`, by their names; what users do, where that
 * is the goal of an experiment; and what the gateway can count. Others are left out.
 */
export function measurable(rollout: Rollout, told: readonly string[]): Measurable {
  const { analysis, name } = rollout;
  if (analysis === undefined) return { rollout, notes: [] };
  const notes: string[] = [];
  const checks: Check[] = [];
  for (const check of analysis.checks) {
    const metric = measuredAs(check, rollout, told);
    const words = `${name}: the check ${check.name}`;
    if (metric === undefined)
      notes.push(`${words} is left out: nothing tells what it measures (measured, in a scenario)`);
    else checks.push({ ...check, metric });
    if (metric !== undefined && metric !== check.metric) {
      notes.push(`${words} is measured at the gateway: nothing tells what its source measures`);
    }
  }
  return { rollout: { ...rollout, sources: [], analysis: withChecks(analysis, checks) }, notes };
}

/** How a check is measured; undefined when it cannot be. */
function measuredAs(check: Check, rollout: Rollout, told: readonly string[]): Metric | undefined {
  const { metric, name } = check;
  if (told.includes(name) || isGoal(name, rollout)) return metric;
  return rollout.traffic === undefined ? undefined : atGateway(metric);
}

/** True for what an experiment is about: users and what they do are simulated. */
function isGoal(check: string, { strategy }: Rollout): boolean {
  return 'goal' in strategy && 'check' in strategy.goal && strategy.goal.check === check;
}

/** True for a check that the gateway measures, and so nobody else. */
export function isAtGateway({ metric }: Check): boolean {
  return metric.kind === 'differences' || atGateway(metric) === metric;
}

/** The same question asked of the gateway; undefined when it cannot be. */
function atGateway(metric: Metric): Metric | undefined {
  switch (metric.kind) {
    case 'errors':
    case 'latency':
      return withoutSource(metric);
    case 'ratio':
      return { kind: 'errors' };
    case 'size':
    case 'rate':
    case 'value':
    case 'usage':
    case 'differences':
      return undefined;
  }
}

function withoutSource(metric: Extract<Metric, { readonly kind: 'errors' | 'latency' }>): Metric {
  const { from, ...rest } = metric;
  return from === undefined ? metric : rest;
}

function withChecks(analysis: Analysis, checks: readonly Check[]): Analysis {
  const { score, ...rest } = analysis;
  const names = checks.map(({ name }) => name);
  const groups = (score?.groups ?? [])
    .map((group) => ({ ...group, checks: group.checks.filter((name) => names.includes(name)) }))
    .filter((group) => group.checks.length > 0);
  const isScored = checks.some(({ judge }) => judge.kind === 'score');
  return { ...rest, checks, ...(score === undefined || !isScored ? {} : { score: { ...score, groups } }) };
}
