import { formatDuration } from '../base/duration.ts';
import type { CountedGoal, Goal } from '../rollout/experiment.ts';
import type { Analysis, Check } from '../rollout/model.ts';
import type { Experiment } from './plan.ts';

/** What the data plane counts of users for a goal, and what that means. */
export interface CompiledGoal {
  readonly counting: Omit<Experiment, 'unit'>;
  /** Absent: more conversions are better. */
  readonly goal?: CountedGoal;
}

/**
 * Whatever is compared is a share of the users, each of whom counts once: users are what is divided, and what happens to
 * one of them hangs together. Throws a RangeError for a check that can be no goal, which `rollout` has refused.
 */
export function goalOf(goal: Goal, analysis: Analysis | undefined): CompiledGoal {
  if ('conversion' in goal) return { counting: goal };
  const check = analysis?.checks.find(({ name }) => name === goal.check);
  const compiled = check && checkedGoal(check);
  if (compiled === undefined) throw new RangeError(`${goal.check} can be no goal`);
  return compiled;
}

function checkedGoal({ name, metric, worse }: Check): CompiledGoal | undefined {
  switch (metric.kind) {
    case 'errors':
      return {
        counting: { harm: { failed: true } },
        goal: { what: 'meet with a failed request', better: 'fewer' },
      };
    case 'latency':
      return metric.withinMs === undefined ? undefined : patienceGoal(metric.withinMs);
    case 'ratio':
      return sourceGoal(name, worse);
    case 'differences':
    case 'size':
    case 'rate':
    case 'value':
    case 'usage':
      return undefined;
  }
}

function patienceGoal(slowerThanMs: number): CompiledGoal {
  const what = `wait longer than ${formatDuration(slowerThanMs)}`;
  return { counting: { harm: { slowerThanMs } }, goal: { what, better: 'fewer' } };
}

function sourceGoal(check: string, worse: Check['worse']): CompiledGoal {
  const better = worse === 'lower' ? 'more' : 'fewer';
  return { counting: {}, goal: { what: `count for ${check}`, better, check } };
}
