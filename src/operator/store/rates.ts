import type { RateView } from '../../api/resources.ts';
import { quantileOf, type LogHistogram, type Sample, type Tick } from '../../analysis/measurement.ts';
import { coveredBy } from '../../analysis/sample.ts';
import type { RolloutRecord } from '../../controller/ports.ts';
import type { CountedTick } from '../../engine/decision.ts';
import { stepOf } from '../../engine/look.ts';
import type { Rollout, Track } from '../../rollout/model.ts';
import { controlTrackOf, judgedTracksOf } from '../../strategy/capacity.ts';
import type { Memory } from './memory.ts';

/**
 * What the tracks of a release serve now, as far as its newest tick tells: where a source counts requests. A source tells of
 * its scrapes, which are rarer than ticks: between two of them it is what the one before has told.
 */
export function ratesAfter(
  before: Memory['rates'],
  { rollout, status: { release } }: Pick<RolloutRecord, 'rollout' | 'status'>,
  counted: CountedTick | undefined,
): Pick<Memory, 'rates'> {
  if (release === undefined) return {};
  const old = before === undefined ? {} : { rates: before };
  if (counted === undefined) return release.counting ? old : {};
  const { tick } = counted;
  const sample = requestsIn(rollout, tick);
  if (sample === undefined) return {};
  const overMs = coveredBy(sample, tick.ms);
  if (overMs <= 0) return old;
  const step = stepOf(release);
  const [candidate, ...others] = judgedTracksOf(step);
  const times = timesIn(rollout, tick);
  const control = { track: controlTrackOf(step), ...rateOf(tick.control, { overMs, times: times?.control }) };
  if (others.length > 0) return { rates: [control, ...variantRates([candidate, ...others], tick, overMs)] };
  const own = rateOf(tick.candidate, { overMs, times: times?.candidate });
  return { rates: [control, { track: candidate, ...own }] };
}

/** Of each variant that the tick tells apart; how long answers took is told of all of them as one only. */
function variantRates(
  tracks: readonly Track[],
  { variants = {} }: Tick,
  overMs: number,
): readonly RateView[] {
  return tracks.flatMap((track) => {
    const served = variants[track];
    return served === undefined ? [] : [{ track, ...rateOf(served, { overMs, times: undefined }) }];
  });
}

function requestsIn({ analysis }: Rollout, { measured = {} }: Tick): Sample | undefined {
  const errors = analysis?.checks.find(({ metric }) => metric.kind === 'errors' && 'from' in metric);
  const sample = errors && measured[errors.name];
  return sample?.kind === 'counts' ? sample : undefined;
}

type Times = Extract<Sample, { readonly kind: 'distribution' }>;

function timesIn({ analysis }: Rollout, { measured = {} }: Tick): Times | undefined {
  const latency = analysis?.checks.find(({ metric }) => metric.kind === 'latency' && 'from' in metric);
  const sample = latency && measured[latency.name];
  return sample?.kind === 'distribution' ? sample : undefined;
}

function rateOf(
  { requests, errors }: Tick['candidate'],
  { overMs, times }: { readonly overMs: number; readonly times: LogHistogram | undefined },
): Omit<RateView, 'track'> {
  const p50Ms = times === undefined ? undefined : quantileOf(times, 0.5);
  const p99Ms = times === undefined ? undefined : quantileOf(times, 0.99);
  return {
    overMs,
    requestsPerSecond: (requests * 1_000) / overMs,
    errorRatio: requests === 0 ? 0 : errors / requests,
    ...(p50Ms === undefined ? {} : { p50Ms }),
    ...(p99Ms === undefined ? {} : { p99Ms }),
  };
}
