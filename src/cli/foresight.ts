import { parseDuration } from '../base/duration.ts';
import { Failure } from '../base/failure.ts';
import { fractionOf, FULL_SHARE, parseShare } from '../base/share.ts';
import { doubtsOf } from '../analysis/power/doubts.ts';
import { outlookOf, type AnalysedStep, type StepOutlook } from '../analysis/power/outlook.ts';
import { logNormalLatency, type Traffic } from '../analysis/power/traffic.ts';
import type { Rollout } from '../rollout/model.ts';
import { controlTrackOf, judgedTrackOf, mirroredTo, weightOf } from '../strategy/capacity.ts';
import type { Plan } from '../strategy/plan.ts';

/** What the analysis of a release will see, as far as it can be foreseen. */
export interface Foresight {
  readonly traffic: Traffic;
  /** Whether the traffic was given, or seen by the running coalmine. */
  readonly from: 'given' | 'seen';
  readonly steps: readonly StepOutlook[];
  readonly doubts: readonly string[];
}

/** Undefined: there is nothing to foresee, for want of checks, of steps that analyse, or of traffic. */
export function foresightOf(
  rollout: Rollout,
  plan: Plan,
  traffic: Pick<Foresight, 'traffic' | 'from'> | undefined,
): Foresight | undefined {
  const { analysis } = rollout;
  const steps = analysedSteps(plan);
  if (traffic === undefined || analysis === undefined || steps.length === 0) return undefined;
  const outlooks = outlookOf(analysis, steps, traffic.traffic);
  return { ...traffic, steps: outlooks, doubts: doubtsOf(analysis, steps, outlooks) };
}

function analysedSteps({ steps }: Plan): readonly AnalysedStep[] {
  return steps.flatMap((step) => {
    const { title, wait } = step;
    if (wait.kind !== 'analyze') return [];
    const judged = judgedTrackOf(step);
    const copied = mirroredTo(step, judged) / FULL_SHARE;
    const share = judged === 'canary' ? weightOf(step, judged) / FULL_SHARE : copied;
    if (share <= 0 || (share >= 1 && copied === 0)) return [];
    // A copy is compared with the request it is of.
    const controlShare = judged === 'canary' ? weightOf(step, controlTrackOf(step)) / FULL_SHARE : copied;
    return [{ title, share, controlShare, atLeastMs: wait.atLeastMs, atMostMs: wait.atMostMs }];
  });
}

/** The options that describe a traffic. */
export interface TrafficOptions {
  /** Requests per second. */
  readonly traffic?: string;
  readonly errorRate?: string;
  /** Median and 99th percentile: `80ms,300ms`. */
  readonly latency?: string;
}

/** The traffic that was given, over what was seen; undefined when there is neither. */
export function trafficFor(
  options: TrafficOptions,
  seen: Traffic | undefined,
): Pick<Foresight, 'traffic' | 'from'> | undefined {
  const given = givenTraffic(options);
  if (Object.keys(given).length === 0) return seen && { traffic: seen, from: 'seen' };
  const { requestsPerSecond, errorRatio = 0, latency = [] } = { ...seen, ...given };
  if (requestsPerSecond === undefined) {
    throw new Failure('usage', 'no traffic was seen yet', { hint: 'Say how much there is: --traffic 200' });
  }
  return { traffic: { requestsPerSecond, errorRatio, latency }, from: 'given' };
}

function givenTraffic({ traffic, errorRate, latency }: TrafficOptions): Partial<Traffic> {
  return {
    ...(traffic === undefined ? {} : { requestsPerSecond: readRate(traffic) }),
    ...(errorRate === undefined ? {} : { errorRatio: readShare(errorRate) }),
    ...(latency === undefined ? {} : { latency: readLatency(latency) }),
  };
}

function readRate(text: string): number {
  const rate = Number(text);
  if (rate > 0 && Number.isFinite(rate)) return rate;
  throw new Failure('usage', `--traffic ${text} is not a rate`, {
    hint: 'Give requests per second: --traffic 200',
  });
}

function readShare(text: string): number {
  const share = parseShare(text);
  if (share !== undefined) return fractionOf(share);
  throw new Failure('usage', `--error-rate ${text} is not a share`, { hint: 'As in --error-rate 0.1%' });
}

function readLatency(text: string): Traffic['latency'] {
  const [median, p99] = text.split(',').map((part) => parseDuration(part.trim()));
  if (median !== undefined && p99 !== undefined && median > 0 && p99 > median) {
    return logNormalLatency(median, p99);
  }
  throw new Failure('usage', `--latency ${text} is not a median and a 99th percentile`, {
    hint: 'As in --latency 80ms,300ms',
  });
}
