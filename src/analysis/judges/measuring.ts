import { evaluateCondition, type ConditionAnswer } from '../../rollout/condition/condition.ts';
import type { ConditionValues } from '../../rollout/condition/language.ts';
import type { ThresholdSettings } from '../../rollout/model.ts';
import type { CheckWith } from './judge.ts';
import { quantileOf } from './quantity.ts';
import { valueOf, type Window, type WindowValue } from './window.ts';

/** One measurement of a window, judged. */
export interface Measurement {
  readonly outcome: 'fine' | 'failed' | 'inconclusive' | 'error';
  /** The values for display, in the unit of the metric; absent where there is no finite number. */
  readonly candidate?: number;
  readonly control?: number;
  /** Why it is an error, or why there is no value. */
  readonly why?: string;
}

type LimitCheck = CheckWith<ThresholdSettings>;

/** What a window comes to; undefined when it has no value and such windows are passed over. Never throws. */
export function measurementOf(check: LimitCheck, window: Window): Measurement | undefined {
  const summing = { quantile: quantileOf(check.metric), perSecond: check.metric.kind === 'rate' };
  const candidate = valueOf(window.candidate, summing);
  const control = valueOf(window.control, summing);
  if (candidate === undefined || !isJudgeable(check, candidate)) return withoutValue(check, window);
  const shown = {
    ...finite('candidate', shownOf(check, candidate)),
    ...finite('control', shownOf(check, control)),
  };
  const { max, min } = check.judge;
  if (max === undefined && min === undefined) return { ...shown, ...byConditions(check, candidate, control) };
  const isFailure = candidate.highest > (max ?? Infinity) || candidate.lowest < (min ?? -Infinity);
  return { ...shown, outcome: isFailure ? 'failed' : 'fine' };
}

/** A limit says nothing about what is no number; a condition may. */
function isJudgeable({ judge: { max, min } }: LimitCheck, { highest }: WindowValue): boolean {
  return (max === undefined && min === undefined) || !Number.isNaN(highest);
}

function withoutValue({ judge: { noValue } }: LimitCheck, { missing }: Window): Measurement | undefined {
  if (noValue === undefined) return undefined;
  const why = missing === undefined ? 'no value' : `no value (${missing})`;
  return { outcome: noValue === 'fail' ? 'failed' : 'error', why };
}

/** The number a limit is held against. */
function shownOf({ judge: { max, min } }: LimitCheck, value: WindowValue | undefined): number | undefined {
  if (max === undefined && min === undefined) return value?.usual;
  return max === undefined ? value?.lowest : value?.highest;
}

function finite(name: 'candidate' | 'control', value: number | undefined): Partial<Measurement> {
  return value !== undefined && Number.isFinite(value) ? { [name]: value } : {};
}

/**
 * As Argo Rollouts: what fails has failed, whatever else holds; one condition alone decides both ways; with two,
 * neither of which holds, it is inconclusive; a condition that cannot be evaluated is an error.
 */
function byConditions(
  { judge: { condition, failWhen } }: LimitCheck,
  candidate: WindowValue,
  control: WindowValue | undefined,
): Pick<Measurement, 'outcome' | 'why'> {
  const values = valuesFor(candidate, control);
  const failing = failWhen === undefined ? undefined : evaluateCondition(failWhen, values);
  const holding = condition === undefined ? undefined : evaluateCondition(condition, values);
  const error = errorOf(failing) ?? errorOf(holding);
  if (error !== undefined) return { outcome: 'error', why: error };
  if (failing === true || (failing === undefined && holding === false)) return { outcome: 'failed' };
  return { outcome: holding === false ? 'inconclusive' : 'fine' };
}

function errorOf(answer: ConditionAnswer | undefined): string | undefined {
  return typeof answer === 'object' ? answer.error : undefined;
}

function valuesFor(candidate: WindowValue, control: WindowValue | undefined): ConditionValues {
  const there = control?.usual ?? null;
  return {
    candidate: candidate.usual,
    control: there,
    ratio: there === null || there === 0 ? null : candidate.usual / there,
    samples: candidate.samples,
    units: candidate.units,
  };
}
