import type { CheckJudgement, Effect, Judgement } from '../../analysis/judgement.ts';
import { fractionOfLimit } from '../../analysis/strength.ts';
import type { Check, Metric, Verdict } from '../../rollout/model.ts';
import { changedChecks, ownPolicy } from '../policy.ts';
import type { Circumstances, RecordedTick } from '../recording.ts';

/** What one check has said of the release. */
export interface CheckSummary {
  readonly name: string;
  /** What it said last. */
  readonly verdict: Verdict;
  readonly reason: string;
  /** What it measures; absent as `limit` is. */
  readonly metric?: Metric['kind'];
  /** By what it judges; absent when the recording does not tell, or the Rollout has been changed since. */
  readonly limit?: CheckLimit;
  /** The largest evidence of harm, as a part of what stops a release. */
  readonly harm?: number;
  /** The evidence of safety at the end, as a part of what is a proof. */
  readonly safe?: number;
  readonly pValue?: number;
  /** With a score: what the candidate's values are beside stable's. */
  readonly label?: string;
  /** What it said at the end of each step in which it was asked. */
  readonly steps: readonly CheckStep[];
  /** How large a harm is not excluded; absent for one that was found, or is held against a fixed limit. */
  readonly missed?: Missed;
}

/** The limit a check holds what it measures against. */
export interface CheckLimit {
  /** Harm begins where the candidate is so many times stable, or on the other side of it. */
  readonly above?: number;
  readonly below?: number;
  /** A proof of safety is that it is less than so many times stable. */
  readonly safe?: number;
  /** Fixed limits, in the unit of the metric. */
  readonly max?: number;
  readonly min?: number;
}

/** What a check said at the end of a step. */
export interface CheckStep {
  /** Counted from 1. */
  readonly number: number;
  readonly verdict: Verdict;
  readonly samples: number;
  readonly candidate?: number;
  readonly control?: number;
  readonly effect?: Effect;
}

/** The most harm that may have gone unseen, at 95 %. */
export interface Missed {
  /** What is compared: `error ratio`, `p99`. */
  readonly of: string;
  /** Up to so many times stable; absent: nothing is excluded. */
  readonly ratio?: number;
}

/** Gathers what the checks have said. */
export class CheckTally {
  readonly #byStep = new Map<number, Judgement | undefined>();
  /** The largest evidence of harm of each check, as a part of what stops a release. */
  readonly #harm = new Map<string, number>();

  add({ step, judgement }: RecordedTick): void {
    this.#byStep.set(step, judgement);
    for (const { name, harm } of judgement?.checks ?? []) {
      if (harm === undefined) continue;
      this.#harm.set(name, Math.max(fractionOfLimit(harm), this.#harm.get(name) ?? -Infinity));
    }
  }

  /** What every check has said; `last` is what was said last of all. */
  summaries(circumstances: Circumstances, last: Judgement | undefined): readonly CheckSummary[] {
    const own = ownChecks(circumstances);
    return (last?.checks ?? []).map((check) => {
      const declared = own.get(check.name);
      const limit = declared === undefined ? undefined : limitOf(declared);
      return {
        name: check.name,
        verdict: check.verdict,
        reason: check.reason,
        ...(declared === undefined ? {} : { metric: declared.metric.kind }),
        ...(limit === undefined ? {} : { limit }),
        ...this.#strengthsOf(check),
        ...(typeof check.pValue === 'number' ? { pValue: check.pValue } : {}),
        ...(check.label === undefined ? {} : { label: check.label }),
        steps: this.#stepsOf(check.name, circumstances.steps.length),
        ...missedBy(check, limit),
      };
    });
  }

  #strengthsOf({ name, harm, safe }: CheckJudgement): Pick<CheckSummary, 'harm' | 'safe'> {
    const known = [this.#harm.get(name), harm === undefined ? undefined : fractionOfLimit(harm)].filter(
      (one) => one !== undefined,
    );
    return {
      ...(known.length === 0 ? {} : { harm: Math.max(...known) }),
      ...(safe === undefined ? {} : { safe: fractionOfLimit(safe) }),
    };
  }

  #stepsOf(name: string, count: number): readonly CheckStep[] {
    return Array.from({ length: count }, (_, index) => index).flatMap((index) => {
      const said = this.#byStep.get(index)?.checks.find((one) => one.name === name);
      return said === undefined ? [] : [checkStep(index + 1, said)];
    });
  }
}

function checkStep(
  number: number,
  { verdict, samples, candidate, control, effect }: CheckJudgement,
): CheckStep {
  return {
    number,
    verdict,
    samples,
    ...finite('candidate', candidate),
    ...finite('control', control),
    ...(effect === undefined ? {} : { effect }),
  };
}

/** JSON has null where a number was none. */
function finite<Key extends string>(key: Key, value: unknown): Partial<Record<Key, number>> {
  return typeof value === 'number' && Number.isFinite(value) ? ({ [key]: value } as Record<Key, number>) : {};
}

/** Checks that are judged now as they were then. */
function ownChecks(circumstances: Circumstances): ReadonlyMap<string, Check> {
  const own = ownPolicy(circumstances);
  if ('why' in own) return new Map();
  const changed = changedChecks(circumstances, own.analysis);
  const same = own.analysis.checks.filter(({ name }) => !changed.includes(name));
  return new Map(same.map((check) => [check.name, check]));
}

function limitOf({ judge, worse }: Check): CheckLimit {
  if (judge.kind === 'threshold') return { ...finite('max', judge.max), ...finite('min', judge.min) };
  if (judge.kind !== 'sequential') return {};
  const tolerated = 1 + judge.worseBy;
  return {
    ...(worse === 'lower' ? {} : { above: tolerated }),
    ...(worse === undefined ? {} : { below: 1 / tolerated }),
    ...(judge.safe !== undefined && 'ratio' in judge.safe ? { safe: judge.safe.ratio } : {}),
  };
}

/** The end of the interval on the side of harm: a larger harm would have been seen. */
function missedBy(
  { verdict, effect }: CheckJudgement,
  limit: CheckLimit | undefined,
): Pick<CheckSummary, 'missed'> {
  if (effect === undefined || verdict === 'bad') return {};
  const isLower = limit?.below !== undefined && limit.above === undefined;
  return { missed: { of: effect.of, ...finite('ratio', isLower ? effect.low : effect.high) } };
}
