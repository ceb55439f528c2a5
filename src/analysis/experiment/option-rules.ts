import { reportTo, type Finding, type Report } from '../../rollout/finding.ts';
import type { ExperimentOptions, OptionsOf } from './options.ts';

/** Looks closer together than this share of the planned data bring nothing, and cost much to compute. */
const CLOSEST_LOOKS = 0.01;

/** What single fields of valid options cannot tell: combinations that mean nothing. */
export function optionFindings(options: ExperimentOptions): readonly Finding[] {
  const findings: Finding[] = [];
  const report = reportTo(findings);
  directionRules(options, report);
  if (options.test === 'proportions' && options.interval === 'newcombe' && options.relative === true) {
    report('options.interval', 'newcombe is of the difference itself', 'leave interval or relative out');
  }
  if (options.test === 'groupSequential') scheduleRules(options, report);
  if (options.test === 'plan') planRules(options, report);
  return findings;
}

function directionRules(options: ExperimentOptions, report: Report): void {
  if (!('goal' in options) || options.goal !== 'same') return;
  if ('margin' in options) {
    report('options.margin', 'a margin needs a direction', 'write goal: increase or goal: decrease');
  }
  if ('alternative' in options && options.alternative !== 'two-sided') {
    report('options.alternative', 'goal: same looks for any difference', 'leave it out');
  }
}

function scheduleRules(options: OptionsOf<'groupSequential'>, report: Report): void {
  const { fractions, looks, look } = options;
  if (options.rho !== undefined && options.spending !== 'power') {
    report('options.rho', 'belongs to spending: power');
  }
  if (fractions === undefined) {
    if (looks === undefined) report('options.looks', 'is required beside look');
    else if (look === undefined) report('options.look', 'is required beside looks');
    else if (look > looks) report('options.look', `is ${look}, but only ${looks} looks are planned`);
    return;
  }
  fractions.forEach((fraction, index) => {
    if (fraction - (fractions[index - 1] ?? 0) >= CLOSEST_LOOKS * (1 - 1e-9)) return;
    report(`options.fractions[${index}]`, `must be at least ${CLOSEST_LOOKS} more than the one before`);
  });
}

function planRules(options: OptionsOf<'plan'>, report: Report): void {
  const { measure, baseline, variance, relative } = options;
  if (measure === 'proportion') {
    if (variance !== undefined) report('options.variance', 'belongs to means', 'leave it out');
    const isProportion = baseline !== undefined && baseline > 0 && baseline < 1;
    if (!isProportion) report('options.baseline', 'must be the control’s proportion, between 0 and 1');
    return;
  }
  if (variance === undefined) report('options.variance', 'is required for means');
  const hasBase = baseline !== undefined && baseline !== 0;
  if (relative === true && !hasBase) {
    report('options.baseline', 'relative effects need the control’s mean, and it must not be 0');
  }
}
