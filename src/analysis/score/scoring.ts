import type { Label } from './label.ts';

/** A judged metric, as the score sees it. */
export interface ScoredMetric {
  /** A metric counts in each of its groups. */
  readonly groups: readonly string[];
  readonly label: Label;
  readonly critical: boolean;
  readonly muted: boolean;
  readonly reason: string;
}

/** At which score a canary passes, and at which it is at least marginal. */
export interface ScoreThresholds {
  readonly pass: number;
  readonly marginal: number;
}

/** The weight of each group in percent. */
export type GroupWeights = Readonly<Record<string, number>>;

/** The score of one group: the share of its metrics that pass, in percent. */
export interface GroupScore {
  readonly name: string;
  readonly score: number;
  /** No metric of it could be judged. Shown with score 0, but counted with 100. */
  readonly noData: boolean;
}

/** The score of a canary. */
export interface CanaryScore {
  readonly groupScores: readonly GroupScore[];
  readonly score: {
    /** From 0 to 100, two decimals. */
    readonly score: number;
    readonly classification: 'Pass' | 'Marginal' | 'Fail';
    /** Why the score is 0 whatever the groups say; empty otherwise. */
    readonly reason: string;
  };
}

/** From this share of metrics without data, in percent, the canary has failed. */
const TOO_MANY_WITHOUT_DATA = 50;

/**
 * One score from the labels of all metrics. Muted ones are left out. A critical failure makes it 0, and so do
 * too many metrics without data. Groups without a weight share what the others leave of 100; the weight of a
 * group that does not occur is lost. Weights are not made to sum to 100.
 */
export function scoreResults(
  results: readonly ScoredMetric[],
  weights: GroupWeights,
  thresholds: ScoreThresholds,
): CanaryScore {
  const counted = results.filter(({ muted }) => !muted);
  const groupScores = groupScoresOf(counted);
  const reason = failureOf(counted);
  const score = reason === undefined ? weightedSum(groupScores, weights) : 0;
  return {
    groupScores,
    score: { score, classification: classification(score, thresholds), reason: reason ?? '' },
  };
}

function groupScoresOf(results: readonly ScoredMetric[]): readonly GroupScore[] {
  const groups = new Map<string, Label[]>();
  for (const { groups: names, label } of results) {
    for (const name of names) groups.set(name, [...(groups.get(name) ?? []), label]);
  }
  return [...groups].map(([name, labels]) => {
    const judged = labels.filter((label) => label !== 'Nodata' && label !== 'Error');
    const passes = judged.filter((label) => label === 'Pass').length;
    const noData = judged.length === 0;
    return { name, score: noData ? 0 : (passes / judged.length) * 100, noData };
  });
}

function failureOf(results: readonly ScoredMetric[]): string | undefined {
  const critical = results.find((result) => result.critical && result.label !== 'Pass');
  if (critical !== undefined) return `Canary Failed: ${critical.reason}`;
  const silent = results.filter(({ label }) => label === 'Nodata').length;
  return (silent / results.length) * 100 >= TOO_MANY_WITHOUT_DATA
    ? `Canary Failed: ${TOO_MANY_WITHOUT_DATA}% or more metrics returned NODATA`
    : undefined;
}

function weightedSum(groups: readonly GroupScore[], weights: GroupWeights): number {
  const given = Object.values(weights).reduce((sum, weight) => sum + weight, 0);
  const unweighted = groups.filter(({ name }) => !Object.hasOwn(weights, name)).length;
  const each = unweighted === 0 ? 0 : (100 - given) / unweighted;
  const parts = groups.map(({ name, score, noData }) => {
    const weight = Object.hasOwn(weights, name) ? (weights[name] ?? 0) : each;
    return (noData ? 100 : score) * (weight / 100);
  });
  return toHundredths(parts.reduce((sum, part) => sum + part, 0));
}

/** Halves are rounded away from zero, by the decimal digits that a number is written with. */
function toHundredths(value: number): number {
  const scaled = Number(`${Math.abs(value)}e2`);
  // Digits with an exponent are far below a hundredth, or far above what has decimals.
  if (Number.isNaN(scaled)) return Math.abs(value) < 1 ? 0 : value;
  return Math.sign(value) * Number(`${Math.round(scaled)}e-2`);
}

function classification(score: number, { pass, marginal }: ScoreThresholds): 'Pass' | 'Marginal' | 'Fail' {
  if (score >= pass) return 'Pass';
  return score >= marginal ? 'Marginal' : 'Fail';
}
