import { revisionOf } from './desired.ts';
import type { Reading, ReleaseState } from './status.ts';

/** Only what this release compares: the data plane remembers more. */
export function relevantPart({ epoch, at, series, measured }: Reading, release: ReleaseState): Reading {
  return {
    epoch,
    at,
    series: series.filter(({ track, revision }) => revision === revisionOf(release, track)),
    ...(measured === undefined ? {} : { measured }),
  };
}

/** With what was measured last in place of what could not be measured now: it is compared with that when it can be. */
export function withLast(reading: Reading, last: Reading | undefined): Reading {
  if (last?.measured === undefined) return reading;
  const now = Object.entries(reading.measured ?? {});
  const told = now.filter(([name, one]) => one.kind !== 'missing' || last.measured?.[name] === undefined);
  return { ...reading, measured: { ...last.measured, ...Object.fromEntries(told) } };
}
