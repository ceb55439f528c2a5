import type { LogHistogram, Exposure, Sample, UnitValues } from './measurement.ts';

/** Beyond this a count is no longer exact. */
const LARGEST = Number.MAX_SAFE_INTEGER;
/** Less is nothing that could be measured, and too small to divide by. */
const SMALLEST = 1e-9;

/**
 * The sample as it may be counted: one with a number that cannot be (negative, not finite, too large to be exact,
 * out of order) is missing, with the reason. Sources are read by others; this is where the analysis begins to trust.
 */
export function trusted(sample: Sample): Sample {
  const flaw = flawOf(sample);
  return flaw === undefined ? sample : { kind: 'missing', reason: `${flaw} was measured` };
}

/** A time or a count that can be added up; what cannot be is nothing. */
export function trustedAmount(amount: number): number {
  return isAmount(amount) ? amount : 0;
}

function flawOf(sample: Sample): string | undefined {
  switch (sample.kind) {
    case 'counts':
      return countsFlaw(sample.candidate) ?? countsFlaw(sample.control);
    case 'distribution':
      return histogramFlaw(sample.candidate) ?? histogramFlaw(sample.control);
    case 'gauge':
      return gaugeFlaw(sample.candidate) ?? gaugeFlaw(sample.control);
    case 'missing':
      return undefined;
  }
}

function countsFlaw({ trials, events }: Exposure): string | undefined {
  if (!isAmount(trials)) return `an exposure of ${String(trials)}`;
  return isAmount(events) ? undefined : `a count of ${String(events)}`;
}

function histogramFlaw(histogram: LogHistogram): string | undefined {
  let before = -Infinity;
  for (const [index, count] of histogram) {
    if (!isAmount(count)) return `a bucket with a count of ${String(count)}`;
    if (!Number.isSafeInteger(index)) return `a bucket numbered ${String(index)}`;
    if (index <= before) return 'a histogram out of order';
    before = index;
  }
  return undefined;
}

function gaugeFlaw(values: UnitValues): string | undefined {
  const odd = Object.values(values).find((value) => !Number.isFinite(value));
  return odd === undefined ? undefined : `a value of ${String(odd)}`;
}

function isAmount(value: number): boolean {
  return value === 0 || (value >= SMALLEST && value <= LARGEST);
}
