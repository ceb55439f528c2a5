import type { Check } from '../rollout/model.ts';
import {
  histogramBetween,
  type CheckReading,
  type Exposure,
  type LogHistogram,
  type Sample,
  type SampleOf,
  type Tick,
  type TrackCounters,
} from './measurement.ts';

/** From when on counts are evidence, and the shares of the traffic (or of the replicas) that are planned since. */
export interface Planned {
  readonly sinceMs: number;
  readonly candidate: number;
  readonly control: number;
}

/** What happened between two readings of a check; undefined when they cannot be compared. */
export function sampleBetween(
  earlier: CheckReading | undefined,
  later: CheckReading,
  planned: Planned,
): Sample | undefined {
  if (later.kind === 'missing') return later;
  if (later.kind === 'gauge') return gaugeSince(later, planned.sinceMs);
  return isComparable(earlier, later, planned) ? differenceOf(earlier, later, planned) : undefined;
}

type CountedReading = Extract<CheckReading, { readonly epoch: string }>;

/** What was counted before the step began may be from another one, where traffic was divided in another way. */
function isComparable(
  earlier: CheckReading | undefined,
  later: CountedReading,
  { sinceMs }: Planned,
): earlier is CountedReading {
  if (earlier === undefined || !('epoch' in earlier) || earlier.epoch !== later.epoch) return false;
  return earlier.toMs >= sinceMs && later.toMs >= earlier.toMs;
}

function differenceOf(earlier: CountedReading, later: CountedReading, planned: Planned): Sample | undefined {
  if (later.kind === 'distribution' && earlier.kind === 'distribution') {
    return both('distribution', histogramBetween, earlier, later);
  }
  if (later.kind === 'counts' && earlier.kind === 'counts') return countsBetween(earlier, later);
  if (later.kind !== 'events' || earlier.kind !== 'events') return undefined;
  return both('counts', exposureBetween, withTime(earlier, planned), withTime(later, planned));
}

/** A value of before is of another step. */
function gaugeSince(
  { candidate, control, toMs = Infinity }: Extract<CheckReading, { readonly kind: 'gauge' }>,
  sinceMs: number,
): SampleOf<'gauge'> | undefined {
  return toMs < sinceMs ? undefined : { kind: 'gauge', candidate, control };
}

/** Events with their exposure: the planned share times how long it was counted. */
function withTime({ candidate, control, toMs }: Both<number>, planned: Planned): Both<Exposure> {
  return {
    toMs,
    candidate: { trials: planned.candidate * toMs, events: candidate },
    control: { trials: planned.control * toMs, events: control },
  };
}

interface Both<Value> {
  readonly candidate: Value;
  readonly control: Value;
  readonly toMs: number;
}

function both<Kind extends 'counts' | 'distribution', Value>(
  kind: Kind,
  between: (earlier: Value, later: Value) => Value | undefined,
  ...[earlier, later]: readonly [Both<Value>, Both<Value>]
):
  | { readonly kind: Kind; readonly candidate: Value; readonly control: Value; readonly coveredMs: number }
  | undefined {
  const candidate = between(earlier.candidate, later.candidate);
  const control = between(earlier.control, later.control);
  if (candidate === undefined || control === undefined) return undefined;
  return { kind, candidate, control, coveredMs: later.toMs - earlier.toMs };
}

type CountsReading = Extract<CheckReading, { readonly kind: 'counts' }>;

function countsBetween(earlier: CountsReading, later: CountsReading): Sample | undefined {
  const sample = both('counts', exposureBetween, earlier, later);
  if (sample === undefined || later.variants === undefined) return sample;
  const variants = Object.entries(later.variants).map(
    ([track, now]) => [track, exposureBetween(earlier.variants?.[track] ?? NOTHING, now) ?? NOTHING] as const,
  );
  return { ...sample, variants: Object.fromEntries(variants) };
}

/** How much of a tick's time a sample tells of; what tells of none does not bring a measurement to its end. */
export function coveredBy(sample: Sample, tickMs: number): number {
  return 'coveredMs' in sample ? sample.coveredMs : tickMs;
}

function exposureBetween(earlier: Exposure, later: Exposure): Exposure | undefined {
  const trials = later.trials - earlier.trials;
  const events = later.events - earlier.events;
  return trials >= 0 && events >= 0 ? { trials, events } : undefined;
}

/** What a tick tells about a check; undefined when it was not measured in it. */
export function sampleOf({ name, metric }: Check, tick: Tick): Sample | undefined {
  if (metric.kind === 'errors' && metric.from === undefined) {
    const candidate = failuresOf(tick.candidate, metric.per);
    return { kind: 'counts', candidate, control: failuresOf(tick.control, metric.per) };
  }
  if (metric.kind === 'latency' && metric.from === undefined) {
    return { kind: 'distribution', candidate: tick.candidate.latency, control: tick.control.latency };
  }
  return tick.measured?.[name];
}

function failuresOf({ requests, errors, users }: TrackCounters, per: 'user' | undefined): Exposure {
  if (per === undefined) return { trials: requests, events: errors };
  return { trials: users?.seen ?? 0, events: users?.failed ?? 0 };
}

const NOTHING: Exposure = { trials: 0, events: 0 };

/** The sample as if the candidate had not been measured: during the warm-up only the control counts. */
export function withoutCandidate(sample: Sample): Sample {
  switch (sample.kind) {
    case 'counts':
      return { ...sample, candidate: NOTHING };
    case 'distribution':
      return { ...sample, candidate: [] };
    case 'gauge':
      return { ...sample, candidate: {} };
    case 'missing':
      return sample;
  }
}

/** How much a sample has measured of each arm: trials, values or units. */
export function amountOf(sample: Sample): { readonly candidate: number; readonly control: number } {
  switch (sample.kind) {
    case 'counts':
      return { candidate: sample.candidate.trials, control: sample.control.trials };
    case 'distribution':
      return { candidate: valuesIn(sample.candidate), control: valuesIn(sample.control) };
    case 'gauge':
      return {
        candidate: Object.keys(sample.candidate).length,
        control: Object.keys(sample.control).length,
      };
    case 'missing':
      return { candidate: 0, control: 0 };
  }
}

function valuesIn(histogram: LogHistogram): number {
  return histogram.reduce((sum, [, count]) => sum + count, 0);
}
