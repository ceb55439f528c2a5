import { parseDuration } from '../../base/duration.ts';
import { fractionOf, parseShare } from '../../base/share.ts';
import { parseMemorySize } from '../memory-size.ts';
import type { Metric } from '../model.ts';
import { tell, type Place } from '../place.ts';

/** In what a metric is measured, and so what its limits are written in. */
export type MetricUnit = 'share' | 'duration' | 'bytes' | 'number';

/** The unit of a metric. */
export function unitOf(metric: Metric): MetricUnit {
  switch (metric.kind) {
    case 'errors':
    case 'differences':
    case 'ratio':
      return 'share';
    case 'latency':
      return 'duration';
    case 'size':
      return 'bytes';
    case 'usage':
      return metric.of === 'memory' ? 'bytes' : 'number';
    case 'rate':
    case 'value':
      return 'number';
  }
}

/** A level in the unit of the metric: a ratio, milliseconds, bytes, or the number itself. */
export function readLevel(written: number | string, metric: Metric, place: Place): number {
  const text = String(written);
  switch (unitOf(metric)) {
    case 'share':
      return readShareLevel(text, place);
    case 'duration':
      return readDurationLevel(text, place);
    case 'bytes':
      return readBytes(text, place);
    case 'number':
      return readNumber(text, place);
  }
}

function readShareLevel(text: string, place: Place): number {
  const share = parseShare(text);
  const hint = isNumber(text) ? `did you mean ${text}%?` : 'shares are held against shares';
  if (share === undefined) tell(place, `${text} is not a share between 0% and 100%`, hint);
  return share === undefined ? 0 : fractionOf(share);
}

function readDurationLevel(text: string, place: Place): number {
  const ms = parseDuration(text);
  const hint = isNumber(text) ? `did you mean ${text}ms?` : 'latency is held against durations';
  if (ms === undefined) tell(place, `${text} is not a duration, as in 300ms`, hint);
  return ms ?? 0;
}

function readBytes(text: string, place: Place): number {
  const bytes = parseMemorySize(text);
  if (bytes === undefined) tell(place, `${text} is not an amount of bytes, as in 512Mi`);
  return bytes ?? 0;
}

function readNumber(text: string, place: Place): number {
  const number = isNumber(text) ? Number(text) : (parseMemorySize(text) ?? NaN);
  if (Number.isNaN(number)) tell(place, `${text} is not a number, as this metric is`);
  return Number.isNaN(number) ? 0 : number;
}

function isNumber(text: string): boolean {
  return text.trim() !== '' && Number.isFinite(Number(text));
}
