import type { Metric } from '../../rollout/model.ts';
import { unitOf } from '../../rollout/resolve/level.ts';
import { bytes, figure, milliseconds, percent } from '../words.ts';

const USUAL_QUANTILE = 0.99;

/** The quantile that one number stands for: the 99th percentile when the check names none. */
export function quantileOf(metric: Metric): number {
  return 'quantile' in metric ? (metric.quantile ?? USUAL_QUANTILE) : USUAL_QUANTILE;
}

/** A value of a metric for people: `4.8 %`, `p99 230 ms`, `14.2 per second`. */
export function quantity(metric: Metric, value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const text = inItsUnit(metric, value);
  if (metric.kind === 'rate') return `${text} per second`;
  if (metric.kind !== 'latency' && metric.kind !== 'size') return text;
  return `p${String(Number((quantileOf(metric) * 100).toPrecision(6)))} ${text}`;
}

function inItsUnit(metric: Metric, value: number): string {
  switch (unitOf(metric)) {
    case 'share':
      return percent(value);
    case 'duration':
      return milliseconds(value);
    case 'bytes':
      return bytes(value);
    case 'number':
      return figure(value);
  }
}
