import { closest } from '../base/closest.ts';
import type { Report } from './finding.ts';
import type { WrittenCheck } from './resolve/analysis.ts';
import type { RolloutSpec } from './schema/document.ts';

interface Refusal {
  readonly reason: string;
  readonly hint: string;
}

const AT = 'spec.strategy.ab.goal.check';
const BY_USER = 'users are what is divided, and what happens to one of them hangs together';
const COUNTED = 'a ratio with per: user, of two counters that count each user once';
const OF_PROCESSES: Refusal = {
  reason: 'it is a property of processes, and users are what is divided',
  hint: `errors or latency by user, or ${COUNTED}`,
};

/** Why a check with this metric can be no goal; undefined for one that can. */
const METRICS: readonly (readonly [
  key: keyof WrittenCheck,
  problemOf: (check: WrittenCheck) => Refusal | undefined,
])[] = [
  [
    'errors',
    ({ errors }) =>
      errors?.per === 'user'
        ? undefined
        : { reason: BY_USER, hint: 'count users with a failed request: errors: { per: user }' },
  ],
  ['latency', latencyProblem],
  [
    'ratio',
    ({ ratio }) =>
      ratio?.per === 'user'
        ? undefined
        : { reason: BY_USER, hint: 'count users, each once, and write per: user' },
  ],
  [
    'rate',
    () => ({ reason: `${BY_USER}: of events alone nobody knows how sure a difference is`, hint: COUNTED }),
  ],
  ['size', () => ({ reason: BY_USER, hint: COUNTED })],
  ['value', () => OF_PROCESSES],
  ['usage', () => OF_PROCESSES],
];

function latencyProblem({ latency }: WrittenCheck): Refusal | undefined {
  if (latency?.source !== undefined) {
    const hint = 'leave out source and query: the gateway knows who has to wait';
    return { reason: 'a source does not tell whose answers were slow', hint };
  }
  if (latency?.within !== undefined) return undefined;
  return { reason: BY_USER, hint: 'count users who have to wait longer: latency: { within: 300ms }' };
}

/** Reports a goal that is no check, or one whose measurements cannot decide between variants. */
export function refuseGoal(spec: Partial<RolloutSpec>, report: Report): void {
  const goal = spec.strategy?.ab?.goal.check;
  if (goal === undefined) return;
  const checks = spec.analysis?.checks ?? [];
  const check = checks.find(({ name }) => name === goal);
  if (check === undefined) {
    report(AT, `no check is named ${goal}`, nameHint(goal, checks));
    return;
  }
  const problem = metricProblem(check) ?? directionProblem(check) ?? audienceProblem(spec, check);
  if (problem !== undefined) report(AT, `${goal} can be no goal: ${problem.reason}`, problem.hint);
}

function metricProblem(check: WrittenCheck): Refusal | undefined {
  const [, problemOf] = METRICS.find(([key]) => check[key] !== undefined) ?? [];
  return problemOf?.(check);
}

function nameHint(goal: string, checks: readonly WrittenCheck[]): string {
  const names = checks.map(({ name }) => name);
  const near = closest(goal, names);
  if (near !== undefined) return `did you mean ${near}?`;
  return names.length === 0 ? 'there are none: add analysis.checks' : `there are: ${names.join(', ')}`;
}

function directionProblem({ worse, ratio }: WrittenCheck): Refusal | undefined {
  if (worse === 'either')
    return { reason: 'either direction is worse, so none is better', hint: 'worse: lower or higher' };
  if (worse !== 'lower' || ratio !== undefined) return undefined;
  return { reason: 'nobody hopes for more of it', hint: 'leave out worse: lower' };
}

/** Who is sent to a variant by a match is no part of the experiment; the gateway knows that, and a source does not. */
function audienceProblem({ strategy }: Partial<RolloutSpec>, { ratio }: WrittenCheck): Refusal | undefined {
  const isMatched = strategy?.ab?.variants.some(({ match }) => match !== undefined) === true;
  if (ratio === undefined || !isMatched) return undefined;
  return {
    reason: 'its source counts those too who are sent to a variant by match',
    hint: 'leave out match',
  };
}
