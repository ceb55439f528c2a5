import type { Analysis, Check, Metric, Rollout } from '../../rollout/model.ts';
import { withoutHurdles } from '../../strategy/hurdles.ts';

/** A Rollout as far as it can be simulated, and what became of its checks, in words. */
export interface Measurable {
  readonly rollout: Rollout;
  readonly notes: readonly string[];
}

/** The Rollout with its checks measured by the gateway, which is simulated; checks that it cannot measure are left out. */
export function measurable(declared: Rollout): Measurable {
  const { rollout, notes: unasked } = withoutOutside(declared);
  const { analysis } = rollout;
  if (analysis === undefined) return { rollout, notes: unasked };
  const isRouted = rollout.traffic !== undefined;
  const notes: string[] = [...unasked];
  const checks: Check[] = [];
  for (const check of analysis.checks) {
    const metric = isRouted ? atGateway(check.metric) : undefined;
    const words = `${rollout.name}: the check ${check.name}`;
    if (metric === undefined) notes.push(`${words} is left out: what it measures is not simulated`);
    else checks.push({ ...check, metric });
    if (metric !== undefined && metric !== check.metric) {
      notes.push(`${words} is measured at the gateway, as sources are not simulated`);
    }
  }
  return { rollout: { ...rollout, sources: [], analysis: withChecks(analysis, checks) }, notes };
}

/** Nobody is there to say yes, and nothing is run: every gate is open, and no hook has to wait. */
function withoutOutside(rollout: Rollout): Measurable {
  const { gates, hooks, strategy, name } = rollout;
  const notes = [
    ...gates.map((gate) => `${name}: the gate ${gate.name} is left out: nobody is asked in a simulation`),
    ...hooks.map((hook) => `${name}: the hook ${hook.name} is left out: nothing is run in a simulation`),
  ];
  return { rollout: { ...rollout, gates: [], hooks: [], strategy: withoutHurdles(strategy) }, notes };
}

/** The same question asked of the gateway; undefined when it cannot be. */
function atGateway(metric: Metric): Metric | undefined {
  switch (metric.kind) {
    case 'errors':
      return metric.per === undefined ? withoutSource(metric) : undefined;
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
