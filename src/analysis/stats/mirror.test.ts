import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LogHistogram } from '../measurement.ts';
import { addToRun, EMPTY_RUN } from './bucket-run.ts';
import { mirroredHistogram, mirroredRun } from './mirror.ts';

const histograms: fc.Arbitrary<LogHistogram> = fc
  .uniqueArray(fc.tuple(fc.integer({ min: -100, max: 250 }), fc.integer({ min: 1, max: 9 })), {
    selector: ([index]) => index,
  })
  .map((rows) => rows.sort(([a], [b]) => a - b));

test('in reverse twice is as it was, and a run of what is in reverse is the run in reverse', () => {
  fc.assert(
    fc.property(histograms, (histogram) => {
      expect(mirroredHistogram(mirroredHistogram(histogram))).toEqual(histogram);
      const mirrored = addToRun(EMPTY_RUN, mirroredHistogram(histogram));
      if (histogram.length > 0) expect(mirrored).toEqual(mirroredRun(addToRun(EMPTY_RUN, histogram)));
    }),
  );
});
