import type { Metric } from '../../rollout/model.ts';
import type { Exposure, LogHistogram, Sample, SampleOf, UnitValues } from '../measurement.ts';

/** A gauge of a source. */
export const VALUE: Metric = { kind: 'value', source: 'prom', query: 'lag' };
/** Events of a source. */
export const RATE: Metric = { kind: 'rate', source: 'prom', query: 'orders' };
/** Latencies of the data plane. */
export const LATENCY: Metric = { kind: 'latency' };

/** Counts of the candidate; of the control 2 of 100. */
export function counts(
  trials: number,
  events: number,
  control: Exposure = { trials: 100, events: 2 },
): SampleOf<'counts'> {
  return { kind: 'counts', candidate: { trials, events }, control };
}

/** Values of the candidate; of the control fifty of about 79 ms. */
export function distribution(
  candidate: LogHistogram,
  control: LogHistogram = [[202, 50]],
): SampleOf<'distribution'> {
  return { kind: 'distribution', candidate, control };
}

/** Units of the candidate; of the control one of 1. */
export function gauge(candidate: UnitValues, control: UnitValues = { a: 1 }): SampleOf<'gauge'> {
  return { kind: 'gauge', candidate, control };
}

/** Nothing, and why. */
export const MISSING: Sample = { kind: 'missing', reason: 'prom does not answer' };
