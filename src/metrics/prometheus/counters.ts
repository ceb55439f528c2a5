import type { AskingFailed, SamplesAnswer } from './answer.ts';
import { areClassicBuckets, classicHistograms } from './classic-histogram.ts';

/** Samples of a counter: an answer with histograms in it is turned down. */
export function asCounters(answer: SamplesAnswer): SamplesAnswer {
  if (answer.kind !== 'series') return answer;
  const hasHistogram = answer.series.some(({ samples }) => samples.some((sample) => 'histogram' in sample));
  return hasHistogram
    ? wrong('a counter', 'histograms', 'Use the counter that belongs to it, or histogram_count().')
    : answer;
}

/** Samples of histograms: native ones as they are, classic ones made of their buckets, anything else turned down. */
export function asHistograms(answer: SamplesAnswer): SamplesAnswer {
  if (answer.kind !== 'series') return answer;
  if (areClassicBuckets(answer.series)) return { ...answer, series: classicHistograms(answer.series) };
  const hasNumber = answer.series.some(({ samples }) => samples.some((sample) => 'value' in sample));
  return hasNumber
    ? wrong(
        'a histogram',
        'plain numbers',
        'Name the buckets, as in request_seconds_bucket, or a native histogram.',
      )
    : answer;
}

function wrong(wanted: string, found: string, hint: string): AskingFailed {
  return {
    kind: 'failed',
    fault: 'query',
    reason: `the query gives ${found}, where ${wanted} is wanted`,
    hint,
  };
}
