import { unreachable } from '../../base/unreachable.ts';
import type { Check, JudgeSettings } from '../../rollout/model.ts';
import type { CheckJudgement } from '../judgement.ts';
import type { Tick } from '../measurement.ts';
import { errorRatio } from './error-ratio.ts';
import type { CheckWith, Judge } from './judge.ts';
import { latencyShift } from './latency-shift.ts';
import { threshold } from './threshold.ts';

/** A check together with its judge; what the judge remembers stays opaque. */
export interface JudgedCheck {
  readonly start: (plannedSteps: number) => unknown;
  readonly beginStep: (state: unknown) => unknown;
  readonly add: (state: unknown, tick: Tick) => unknown;
  readonly judgement: (state: unknown, falseAlarms: number) => CheckJudgement;
}

/** The judge of a check. One case per kind of judge. */
export function judgedCheck(check: Check): JudgedCheck {
  const { judge, metric } = check;
  switch (judge.kind) {
    case 'sequential':
      return metric.kind === 'errors'
        ? bound(errorRatio, { ...check, judge })
        : bound(latencyShift, { ...check, judge });
    case 'threshold':
      return bound(threshold, { ...check, judge });
    default:
      return unreachable(judge);
  }
}

/** The state was written by the same judge for the same settings: `evidence.ts` sees to that. */
function bound<Settings extends JudgeSettings, State>(
  judge: Judge<Settings, State>,
  check: CheckWith<Settings>,
): JudgedCheck {
  return {
    start: (plannedSteps) => judge.start(plannedSteps),
    beginStep: (state) => judge.beginStep(check, state as State),
    add: (state, tick) => judge.add(check, state as State, tick),
    judgement: (state, falseAlarms) => judge.judgement(check, state as State, falseAlarms),
  };
}
