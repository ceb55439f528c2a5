import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import type { Labels, SampledSeries, SourceSample } from './answer.ts';
import { readNativeHistogram } from './native-histogram.ts';
import { readMoment, readNumber } from './numbers.ts';

/** Reads a `vector` or a `matrix`: series with one sample, or with many. Undefined when it is neither. */
export function readSeries(result: Json): readonly SampledSeries[] | undefined {
  if (!Array.isArray(result)) return undefined;
  const series = (result as readonly Json[]).map(readOne);
  return series.every((one) => one !== undefined) ? series : undefined;
}

/** Reads a `scalar`, which is a sample without labels. */
export function readScalar(result: Json): readonly SampledSeries[] | undefined {
  const sample = readSample(result, readNumberSample);
  return sample === undefined ? undefined : [{ labels: {}, samples: [sample] }];
}

function readOne(value: Json): SampledSeries | undefined {
  if (!isJsonObject(value)) return undefined;
  const labels = readLabels(value['metric']);
  const samples = samplesIn(value);
  return labels === undefined || samples === undefined ? undefined : { labels, samples };
}

function readLabels(value: Json | undefined): Labels | undefined {
  if (!isJsonObject(value)) return undefined;
  const labels: Record<string, string> = {};
  for (const [name, text] of Object.entries(value)) {
    if (typeof text !== 'string') return undefined;
    labels[name] = text;
  }
  return labels;
}

/** A series may change from numbers to histograms on the way. */
function samplesIn(value: JsonObject): readonly SourceSample[] | undefined {
  const numbers = value['value'] === undefined ? (value['values'] ?? []) : [value['value']];
  const histograms = value['histogram'] === undefined ? (value['histograms'] ?? []) : [value['histogram']];
  if (!Array.isArray(numbers) || !Array.isArray(histograms)) return undefined;
  const samples = [
    ...(numbers as readonly Json[]).map((one) => readSample(one, readNumberSample)),
    ...(histograms as readonly Json[]).map((one) => readSample(one, readHistogramSample)),
  ];
  if (!samples.every((sample) => sample !== undefined)) return undefined;
  return histograms.length === 0 ? samples : samples.sort((a, b) => a.atMs - b.atMs);
}

type ReadSample = (atMs: number, value: Json | undefined) => SourceSample | undefined;

function readSample(pair: Json, read: ReadSample): SourceSample | undefined {
  const [moment, value] = Array.isArray(pair) ? (pair as readonly Json[]) : [];
  const atMs = readMoment(moment);
  return atMs === undefined ? undefined : read(atMs, value);
}

function readNumberSample(atMs: number, text: Json | undefined): SourceSample | undefined {
  const value = readNumber(text);
  return value === undefined ? undefined : { atMs, value };
}

function readHistogramSample(atMs: number, value: Json | undefined): SourceSample | undefined {
  const histogram = readNativeHistogram(value);
  return histogram === undefined ? undefined : { atMs, histogram };
}
