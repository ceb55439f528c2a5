import { parseDuration } from '../../base/duration.ts';
import { Failure } from '../../base/failure.ts';
import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import { problemOf } from '../../rollout/finding.ts';
import type { Analysis, Check, JudgeSettings } from '../../rollout/model.ts';
import { examineRollout } from '../../rollout/resolve/rollout.ts';

/** What the options of a comparison have become: an analysis of one check, and how long a tick is. */
export interface ComparedCheck {
  readonly analysis: Analysis;
  readonly check: Check;
  readonly tickMs: number;
  /** Shares of the traffic, for events without a denominator. */
  readonly exposure: { readonly candidate: number; readonly control: number };
}

/** What each metric is in a check whose values are at hand. */
const METRICS: Readonly<Record<string, { readonly key: string; readonly fixed: JsonObject }>> = {
  errors: { key: 'errors', fixed: {} },
  latency: { key: 'latency', fixed: {} },
  size: { key: 'size', fixed: { source: 'data', query: 'data_{{track}}' } },
  rate: { key: 'rate', fixed: { source: 'data', query: 'data_{{track}}' } },
  value: { key: 'value', fixed: { source: 'data', query: 'data_{{track}}', per: 'pod' } },
};

const USUAL_TICK = '10s';
const CHECK_PATH = 'spec.analysis.checks[0]';

/**
 * Reads the options of a comparison: a check as a Rollout writes it, with `metric` and its `quantile` or `within`,
 * and `falseAlarms`, `tick` and `exposure`. Throws Failure `usage` with every problem.
 */
export function checkOfOptions(kind: JudgeSettings['kind'], options: JsonObject): ComparedCheck {
  const { metric = 'errors', falseAlarms = '1%', tick = USUAL_TICK, exposure, ...rest } = options;
  const check = {
    name: 'data',
    ...(kind === 'threshold' ? { every: tick } : {}),
    ...withMetric(metric, rest),
  };
  const analysis = resolved(check, falseAlarms);
  const [only] = analysis.checks;
  if (only?.judge.kind !== kind) throw refused(`options: say how ${kind} judges, as in ${EXAMPLES[kind]}`);
  return { analysis, check: only, tickMs: readTick(tick), exposure: readExposure(exposure) };
}

/** The check with its metric, and what belongs to the metric in it. */
function withMetric(metric: Json, { quantile, within, ...judge }: JsonObject): JsonObject {
  const named = typeof metric === 'string' && Object.hasOwn(METRICS, metric) ? METRICS[metric] : undefined;
  if (named === undefined) throw refused(`options.metric: must be one of ${Object.keys(METRICS).join(', ')}`);
  const details = {
    ...(quantile === undefined ? {} : { quantile }),
    ...(within === undefined ? {} : { within }),
  };
  return { ...judge, [named.key]: { ...named.fixed, ...details } };
}

function readTick(tick: Json): number {
  const tickMs = typeof tick === 'string' ? parseDuration(tick) : undefined;
  if (tickMs !== undefined && tickMs > 0) return tickMs;
  throw refused('options.tick: must be a duration, as in "10s"');
}

const EXAMPLES: Readonly<Record<JudgeSettings['kind'], string>> = {
  sequential: '{"worseBy": "10%"}',
  slo: '{"slo": "99.9%"}',
  threshold: '{"max": "1%"}',
  score: '{"direction": "increase"}',
};

/** By the one reader of checks: in a Rollout that has everything a check may need. */
function resolved(check: JsonObject, falseAlarms: Json): Analysis {
  const document = {
    apiVersion: 'coalmine.dev/v1',
    kind: 'Rollout',
    metadata: { name: 'comparison' },
    spec: {
      workload: { process: { from: '.', command: ['none'] } },
      traffic: { gateway: { sticky: { cookie: 'auto' } } },
      strategy: { canary: { weights: ['50%'] } },
      sources: [{ name: 'data', prometheus: { address: 'http://localhost' } }],
      analysis: { falseAlarms, warmUp: '0s', checks: [check] },
    },
  };
  const { rollout, findings } = examineRollout(document);
  if (rollout?.analysis !== undefined) return rollout.analysis;
  const problems = findings.map(problemOf).map((problem) => ({ ...problem, path: optionPath(problem.path) }));
  const [first] = problems;
  const hint = first?.hint;
  throw new Failure('usage', `the options cannot be read: ${first?.path ?? ''}: ${first?.reason ?? ''}`, {
    problems,
    ...(hint === undefined ? {} : { hint }),
  });
}

function optionPath(path: string): string {
  return path.replace(CHECK_PATH, 'options').replace('spec.analysis', 'options');
}

function readExposure(written: unknown): ComparedCheck['exposure'] {
  if (written === undefined) return { candidate: 1, control: 1 };
  const { candidate, control } = isJsonObject(written) ? written : {};
  if (isShare(candidate) && isShare(control)) return { candidate, control };
  throw refused('options.exposure: must be two shares above 0, as in {"candidate": 0.1, "control": 0.9}');
}

function isShare(value: unknown): value is number {
  return typeof value === 'number' && value > 0 && Number.isFinite(value);
}

function refused(reason: string): Failure {
  return new Failure('usage', `the options cannot be read: ${reason}`);
}
