import type { Problem } from '../../base/failure.ts';
import { isJsonObject, type JsonObject } from '../../base/json.ts';
import { itemPath, keyPath } from '../../rollout/path.ts';
import { kindOf } from '../../rollout/wording.ts';
import { scoreOptionsAt, type ScoreOptions } from './options.ts';
import { refused } from './refusal.ts';
import type { GroupWeights, ScoreThresholds } from './scoring.ts';

/** What of a Kayenta canary config the judge needs. */
export interface CanaryConfig {
  readonly metrics: readonly CanaryMetric[];
  readonly groupWeights: GroupWeights;
  readonly thresholds: ScoreThresholds;
  /** What had no effect or was read otherwise than written. */
  readonly remarks: readonly string[];
}

/** One metric of a canary config. Its query is the business of who brings the values. */
export interface CanaryMetric {
  readonly name: string;
  readonly groups: readonly string[];
  readonly options: ScoreOptions;
}

/** Where neither the config nor the request says otherwise: Kayenta's own documented example. */
export const USUAL_THRESHOLDS: ScoreThresholds = { pass: 95, marginal: 75 };

/** The judge this is; a config may name it. */
export const JUDGE_NAME = 'NetflixACAJudge-v1.0';

/**
 * Reads a Kayenta canary config, or its `canaryConfig` out of a request. Throws Failure `usage` with every
 * problem and its path. Fields that do not concern the judge are passed over.
 */
export function readCanaryConfig(written: unknown): CanaryConfig {
  const reading: Reading = { problems: [], remarks: [] };
  if (!isJsonObject(written)) {
    throw refused('canary config', [mustBe('canaryConfig', 'an object', written)]);
  }
  const inner = written['canaryConfig'];
  const config = isJsonObject(inner) ? inner : written;
  checkJudge(config, reading);
  const metrics = metricsOf(config, reading);
  const { groupWeights, thresholds } = classifierOf(config, reading);
  if (reading.problems.length > 0) throw refused('canary config', reading.problems);
  return { metrics, groupWeights, thresholds, remarks: reading.remarks };
}

/** What was found wrong, and what to remark, so far. */
interface Reading {
  readonly problems: Problem[];
  readonly remarks: string[];
}

function checkJudge(config: JsonObject, { problems }: Reading): void {
  const judge = config['judge'];
  const name = isJsonObject(judge) ? judge['name'] : undefined;
  if (name === undefined || name === null || name === JUDGE_NAME) return;
  const reason = `${JSON.stringify(name)} is another judge`;
  problems.push({
    path: 'judge.name',
    reason,
    hint: `only ${JUDGE_NAME} is built: name it, or leave it out`,
  });
}

function metricsOf(config: JsonObject, reading: Reading): readonly CanaryMetric[] {
  const written = config['metrics'];
  if (!Array.isArray(written) || written.length === 0) {
    const reason = Array.isArray(written) ? 'must not be empty' : `must be a list, but is ${kindOf(written)}`;
    reading.problems.push({ path: 'metrics', reason, hint: 'name at least one metric' });
    return [];
  }
  const names = new Set<string>();
  return written.flatMap((one: unknown, index) => {
    const metric = metricAt(itemPath('metrics', index), one, reading);
    if (metric === undefined) return [];
    if (names.has(metric.name)) {
      const reason = `${JSON.stringify(metric.name)} is the name of an earlier metric`;
      reading.problems.push({
        path: `${itemPath('metrics', index)}.name`,
        reason,
        hint: 'rename one of them',
      });
    }
    names.add(metric.name);
    return [metric];
  });
}

function metricAt(path: string, written: unknown, reading: Reading): CanaryMetric | undefined {
  const name = isJsonObject(written) ? written['name'] : undefined;
  if (!isJsonObject(written) || typeof name !== 'string' || name === '') {
    const problem = isJsonObject(written)
      ? mustBe(keyPath(path, 'name'), 'a text that is not empty', name)
      : mustBe(path, 'an object', written);
    reading.problems.push(problem);
    return undefined;
  }
  const analysis = written['analysisConfigurations'];
  const canary = isJsonObject(analysis) ? analysis['canary'] : undefined;
  const read = scoreOptionsAt(canary, `${path}.analysisConfigurations.canary`);
  reading.problems.push(...read.problems);
  reading.remarks.push(...read.remarks);
  const groups = groupsAt(keyPath(path, 'groups'), written['groups'], reading);
  return read.value === undefined ? undefined : { name, groups, options: read.value };
}

function groupsAt(path: string, written: unknown, { problems }: Reading): readonly string[] {
  if (written === undefined || written === null) return [];
  if (!Array.isArray(written)) {
    problems.push(mustBe(path, 'a list of texts', written));
    return [];
  }
  return written.flatMap((one: unknown, index) => {
    if (typeof one === 'string') return [one];
    problems.push(mustBe(itemPath(path, index), 'a text', one));
    return [];
  });
}

function classifierOf(config: JsonObject, reading: Reading) {
  const written = config['classifier'];
  const classifier = isJsonObject(written) ? written : {};
  const weights = numbersAt('classifier.groupWeights', classifier['groupWeights'], reading);
  const scores = numbersAt('classifier.scoreThresholds', classifier['scoreThresholds'], reading);
  return { groupWeights: weights, thresholds: { ...USUAL_THRESHOLDS, ...picked(scores) } };
}

function picked(scores: GroupWeights): Partial<ScoreThresholds> {
  const { pass, marginal } = scores;
  return { ...(pass === undefined ? {} : { pass }), ...(marginal === undefined ? {} : { marginal }) };
}

function numbersAt(path: string, written: unknown, { problems }: Reading): GroupWeights {
  if (written === undefined || written === null) return {};
  if (!isJsonObject(written)) {
    problems.push(mustBe(path, 'an object of numbers', written));
    return {};
  }
  const entries = Object.entries(written).filter(([, value]) => value !== null);
  const numbers = entries.filter((entry): entry is [string, number] => Number.isFinite(entry[1]));
  for (const [key, value] of entries) {
    if (!Number.isFinite(value)) problems.push(mustBe(keyPath(path, key), 'a number', value));
  }
  return Object.fromEntries(numbers);
}

function mustBe(path: string, what: string, value: unknown): Problem {
  return { path, reason: `must be ${what}, but is ${kindOf(value)}` };
}
