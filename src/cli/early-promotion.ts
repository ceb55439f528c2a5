import { formatDuration } from '../base/duration.ts';
import type { Check, Rollout } from '../rollout/model.ts';
import type { Plan } from '../strategy/plan.ts';

/**
 * Of checks that hold no step up although others end it: a version may be promoted before they had time to show harm.
 * None where no check proves anything, since then each step takes its longest time.
 */
export function earlyWarnings({ analysis }: Rollout, { steps }: Plan): readonly string[] {
  const early = steps.flatMap(({ wait }) => (wait.kind === 'analyze' && wait.early ? [wait] : []));
  const provers = analysis?.checks.filter(provesSafety) ?? [];
  if (early.length === 0 || provers.length === 0) return [];
  const leastMs = Math.min(...early.map(({ atLeastMs }) => atLeastMs));
  const by = provers.map(({ name }) => name).join(' and ');
  return (analysis?.checks ?? [])
    .filter((check) => check.judge.kind === 'sequential' && !provesSafety(check))
    .map((check) => {
      const end = `once ${by} proved the new version safe, a step may be over after ${formatDuration(leastMs)}`;
      return `${check.name} holds no step up: ${end}, whatever ${check.name} has seen by then; ${remedy(check)}`;
    });
}

function provesSafety({ judge }: Check): boolean {
  if (judge.kind === 'sequential') return judge.safe !== undefined;
  return judge.kind === 'slo' || judge.kind === 'score';
}

/** A gauge can prove no safety. */
function remedy({ metric }: Check): string {
  const isGauge = metric.kind === 'value' || (metric.kind === 'usage' && metric.of !== 'restarts');
  return `${isGauge ? 'give steps' : 'give it safe, or steps'} a longer atLeast, or write earlyPromotion: false`;
}
