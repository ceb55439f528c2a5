import type { Problem } from '../../base/failure.ts';
import type { Verdict } from '../../rollout/model.ts';
import { itemPath } from '../../rollout/path.ts';
import { kindOf, shown } from '../../rollout/wording.ts';
import { classifyMetric } from './classify.ts';
import { verdictOf, type Label } from './label.ts';
import { readScoreOptions } from './options.ts';
import { refused } from './refusal.ts';
import type { Summary } from './summary.ts';

/** One comparison, as it comes from a file or a line of JSON. */
export interface ScoreQuestion {
  /** Values of the baseline: numbers; null or "NaN" for a gap; "Infinity" and "-Infinity". */
  readonly control: unknown;
  /** Values of the canary, likewise. */
  readonly candidate: unknown;
  /** Fields of Kayenta's `analysisConfigurations.canary`; all may be absent. */
  readonly options?: unknown;
}

/** The answer, as JSON: null where a number has no value. */
export interface ScoreAnswer {
  readonly label: Label;
  /** The label in coalmine's words; `verdictOf` says how. */
  readonly verdict: Verdict;
  readonly critical: boolean;
  readonly muted: boolean;
  /** The candidate's mean over the control's. */
  readonly deviation: number | null;
  /** What the interval must lie beyond. */
  readonly bounds: { readonly lower: number; readonly upper: number } | null;
  /** Where the shift between the arms lies, with 98 % confidence. */
  readonly interval: { readonly low: number; readonly high: number } | null;
  readonly estimate: number | null;
  readonly effect: number | null;
  readonly reason: string;
  readonly control: Summary;
  readonly candidate: Summary;
  /** What in the options had no effect; absent when all of it had. */
  readonly remarks?: readonly string[];
}

/**
 * Answers one comparison. Throws Failure `usage`, with the path of every problem, for values and options that
 * cannot be read; whatever can be read is answered, and never with an exception.
 */
export function judgeScore(question: ScoreQuestion): ScoreAnswer {
  const control = valuesAt('control', question.control);
  const candidate = valuesAt('candidate', question.candidate);
  const problems = [...control.problems, ...candidate.problems];
  if (problems.length > 0) throw refused('comparison', problems);
  const { options, remarks } = readScoreOptions(question.options);
  const result = classifyMetric({ control: control.values, candidate: candidate.values, options });
  const { label, critical, muted, deviation, comparison, reason } = result;
  return {
    label,
    verdict: verdictOf(result),
    critical,
    muted,
    deviation: orNull(deviation),
    bounds: comparison?.bounds ?? null,
    interval: comparison?.interval ?? null,
    estimate: comparison === undefined ? null : orNull(comparison.estimate),
    effect: comparison === undefined ? null : orNull(comparison.effect),
    reason,
    control: result.control,
    candidate: result.candidate,
    ...(remarks.length === 0 ? {} : { remarks }),
  };
}

/** How many problems of one list are told. */
const MOST_PROBLEMS = 5;

function valuesAt(
  path: string,
  written: unknown,
): { readonly values: readonly number[]; readonly problems: readonly Problem[] } {
  if (!Array.isArray(written)) {
    const hint = 'write [ … ] with numbers, and null for a gap';
    return { values: [], problems: [{ path, reason: `must be a list, but is ${kindOf(written)}`, hint }] };
  }
  const values = written.map(valueOf);
  const problems = values.flatMap((value, index) =>
    value === undefined ? [notAValue(itemPath(path, index), written[index])] : [],
  );
  return {
    values: values.filter((value) => value !== undefined),
    problems: problems.slice(0, MOST_PROBLEMS),
  };
}

const NAMED: ReadonlyMap<unknown, number> = new Map<unknown, number>([
  [null, NaN],
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
]);

function valueOf(written: unknown): number | undefined {
  return typeof written === 'number' ? written : NAMED.get(written);
}

function notAValue(path: string, written: unknown): Problem {
  const isNumeric = typeof written === 'string' && written.trim() !== '' && Number.isFinite(Number(written));
  const hint = isNumeric ? `did you mean ${written.trim()}, without quotes?` : 'write null for a gap';
  return { path, reason: `must be a number, but is ${shown(written)}`, hint };
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
