import { unreachable } from '../../base/unreachable.ts';
import type { Check, JudgeSettings, Metric, SequentialSettings } from '../../rollout/model.ts';
import type { CheckJudgement } from '../judgement.ts';
import type { Sample } from '../measurement.ts';
import { countRatio } from './count-ratio.ts';
import { distributionShift } from './distribution-shift.ts';
import { gaugeShift } from './gauge-shift.ts';
import type { CheckWith, Judge, Measured } from './judge.ts';
import { scored } from './scored.ts';
import { slo } from './slo.ts';
import { threshold } from './threshold.ts';

/** A check together with its judge; what the judge remembers stays opaque. */
export interface JudgedCheck {
  readonly start: (plannedSteps: number) => unknown;
  readonly beginStep: (state: unknown) => unknown;
  readonly add: (state: unknown, ms: number, sample: Sample) => unknown;
  /** Undefined for judges that make no promise. */
  readonly logHarm: (state: unknown) => number | undefined;
  readonly judgement: (state: unknown, falseAlarms: number) => CheckJudgement;
}

/** The judge of a check. One case per kind of judge. */
export function judgedCheck(check: Check): JudgedCheck {
  const { judge, metric } = check;
  switch (judge.kind) {
    case 'sequential':
      return sequential(metric, { ...check, judge });
    case 'threshold':
      return bound(threshold, { ...check, judge });
    case 'slo':
      return bound(slo, { ...check, judge });
    case 'score':
      return bound(scored, { ...check, judge });
    default:
      return unreachable(judge);
  }
}

/** The sequential judge of a metric. One case per kind of sample. */
function sequential(metric: Metric, check: CheckWith<SequentialSettings>): JudgedCheck {
  switch (metric.kind) {
    case 'errors':
    case 'differences':
    case 'ratio':
    case 'rate':
      return bound(countRatio, check);
    case 'latency':
    case 'size':
      return bound(distributionShift, check);
    case 'value':
      return bound(gaugeShift, check);
    case 'usage':
      return metric.of === 'restarts' ? bound(countRatio, check) : bound(gaugeShift, check);
  }
}

/** The state was written by the same judge for the same settings: `evidence.ts` sees to that. */
function bound<Settings extends JudgeSettings, State, Kind extends Sample['kind']>(
  judge: Judge<Settings, State, Kind>,
  check: CheckWith<Settings>,
): JudgedCheck {
  const reads: readonly Sample['kind'][] = judge.reads;
  return {
    start: (plannedSteps) => judge.start(plannedSteps),
    beginStep: (state) => judge.beginStep(check, state as State),
    add: (state, ms, sample) =>
      reads.includes(sample.kind)
        ? judge.add(check, state as State, { ms, sample } as Measured<Kind>)
        : state,
    logHarm: (state) => judge.logHarm?.(check, state as State),
    judgement: (state, falseAlarms) => judge.judgement(check, state as State, falseAlarms),
  };
}
