import { formatDuration } from '../../base/duration.ts';
import type { Analysis } from '../../rollout/model.ts';
import { isPromised, shareOfPromise } from '../promise.ts';
import { percent } from '../words.ts';
import type { AnalysedStep, CheckOutlook, StepOutlook } from './outlook.ts';

/** What a reader should know of an outlook before the release begins: steps that cannot decide, and why. */
export function doubtsOf(
  analysis: Analysis,
  steps: readonly AnalysedStep[],
  outlooks: readonly StepOutlook[],
): readonly string[] {
  return outlooks.flatMap((outlook, i) => {
    const step = steps[i];
    if (step === undefined) return [];
    return outlook.checks.flatMap((check) => doubtsOfCheck(check, step, analysis));
  });
}

function doubtsOfCheck(check: CheckOutlook, step: AnalysedStep, { undecided }: Analysis): readonly string[] {
  const within = formatDuration(step.atMostMs);
  const at = `${step.title}, ${check.name}:`;
  const { proofMs } = check;
  const seesLittle = check.smallest === undefined && check.harms.every(({ inTime }) => !inTime);
  const isProvedLate = proofMs !== undefined && proofMs > step.atMostMs;
  const proof = proofMs === Infinity ? 'cannot come within a day' : `takes about ${rounded(proofMs ?? 0)}`;
  return [
    ...(seesLittle ? [`${at} no harm shown here would be found within ${within}`] : []),
    ...(isProvedLate
      ? [`${at} a proof of safety ${proof}, so the step ends after ${within}, by undecided: ${undecided}`]
      : []),
  ];
}

/** A time that is foreseen, not measured: seconds below a minute, minutes below a day. */
export function rounded(ms: number): string {
  const unit = ms < 60_000 ? 1_000 : 60_000;
  return formatDuration(Math.max(unit, Math.round(ms / unit) * unit));
}

/** What is promised about false alarms and by which checks, in one sentence each. */
export function promiseWords(analysis: Analysis): readonly string[] {
  const inside = analysis.checks.filter(isPromised);
  const outside = analysis.checks.filter((check) => !isPromised(check));
  const names = inside.map(
    (check) => `${check.name} ${percent(shareOfPromise(analysis, check) * analysis.falseAlarms)}`,
  );
  const others = outside.map(({ name, judge: { kind } }) => `${name} (${kind})`);
  return [
    ...(inside.length === 0
      ? []
      : [
          `at most ${percent(analysis.falseAlarms)} of good releases are rolled back by: ${names.join(', ')}`,
        ]),
    ...(outside.length === 0 ? [] : [`outside that promise: ${others.join(', ')}`]),
  ];
}
