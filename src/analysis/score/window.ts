import type { CanaryConfig } from './canary-config.ts';
import { classifyMetric, type MetricResult } from './classify.ts';
import { refused } from './refusal.ts';
import { scoreResults, type CanaryScore } from './scoring.ts';
import type { Tags } from './tags.ts';

/** The values of one metric in both arms, and which of its series they are. NaN stands for a gap. */
export interface ValuePair {
  /** A metric of the config. */
  readonly name: string;
  readonly tags?: Tags;
  readonly control: readonly number[];
  readonly candidate: readonly number[];
}

/** The result of one metric, or of one of its series. */
export interface NamedResult extends MetricResult {
  readonly name: string;
  readonly tags: Tags;
  readonly groups: readonly string[];
}

/** The judgement of a canary over one window of time. */
export interface WindowJudgement extends CanaryScore {
  readonly results: readonly NamedResult[];
}

/**
 * Judges one window: every pair by its metric's options, then all of them together. A metric of the config
 * without a pair is not judged. Throws Failure `usage` for a pair that the config does not know.
 */
export function judgeWindow(config: CanaryConfig, pairs: readonly ValuePair[]): WindowJudgement {
  const results = pairs.map((pair, index) => judgedPair(config, pair, index));
  return { results, ...scoreResults(results, config.groupWeights, config.thresholds) };
}

function judgedPair(config: CanaryConfig, pair: ValuePair, index: number): NamedResult {
  const { name, tags = {}, control, candidate } = pair;
  const metric = config.metrics.find((one) => one.name === name);
  if (metric === undefined) {
    const reason = `the canary config has no metric ${JSON.stringify(name)}`;
    throw refused('values', [{ path: `pairs[${index}].name`, reason, hint: known(config) }]);
  }
  const result = classifyMetric({ name, control, candidate, options: metric.options });
  return { name, tags, groups: metric.groups, ...result };
}

function known({ metrics }: CanaryConfig): string {
  return `it has ${metrics.map(({ name }) => name).join(', ')}`;
}
