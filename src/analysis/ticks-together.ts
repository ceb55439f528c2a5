import {
  countersTogether,
  exposureTogether,
  histogramTogether,
  type Sample,
  type SampleOf,
  type Tick,
} from './measurement.ts';

/**
 * What happened in two ticks of a step that follow each other, and were planned to divide the traffic alike, as one that
 * lasts as long as both.
 */
export function ticksTogether(earlier: Tick, later: Tick): Tick {
  const { plannedShare } = later;
  const matched = both(earlier.matched, later.matched, (a, b) => ({
    requests: a.requests + b.requests,
    errors: a.errors + b.errors,
  }));
  const variants = both(earlier.variants, later.variants, (a, b) =>
    eachTogether(a, b, (one, other) => countersTogether([one, other])),
  );
  const measured = both(earlier.measured, later.measured, (a, b) => measuredTogether(a, b, [earlier, later]));
  return {
    ms: earlier.ms + later.ms,
    candidate: countersTogether([earlier.candidate, later.candidate]),
    control: countersTogether([earlier.control, later.control]),
    ...(variants === undefined ? {} : { variants }),
    ...(matched === undefined ? {} : { matched }),
    ...(measured === undefined ? {} : { measured }),
    ...(plannedShare === undefined ? {} : { plannedShare }),
  };
}

type Measured = NonNullable<Tick['measured']>;
type Lengths = readonly [Pick<Tick, 'ms'>, Pick<Tick, 'ms'>];

function both<Value>(
  a: Value | undefined,
  b: Value | undefined,
  together: (a: Value, b: Value) => Value,
): Value | undefined {
  return a === undefined || b === undefined ? (b ?? a) : together(a, b);
}

function measuredTogether(earlier: Measured, later: Measured, lengths: Lengths): Measured {
  const names = new Set([...Object.keys(earlier), ...Object.keys(later)]);
  const entries = [...names].flatMap((name) => {
    const sample = both(earlier[name], later[name], (a, b) => samplesTogether(a, b, lengths));
    return sample === undefined ? [] : [[name, sample] as const];
  });
  return Object.fromEntries(entries);
}

/** What was measured counts, though it was missing for a while; of gauges the newest values do. */
function samplesTogether(earlier: Sample, later: Sample, lengths: Lengths): Sample {
  if (later.kind === 'missing') return earlier;
  if (earlier.kind === 'counts' && later.kind === 'counts') return countsTogether(earlier, later, lengths);
  if (earlier.kind === 'distribution' && later.kind === 'distribution') {
    return {
      kind: 'distribution',
      candidate: histogramTogether(earlier.candidate, later.candidate),
      control: histogramTogether(earlier.control, later.control),
      ...coveredTogether(earlier, later, lengths),
    };
  }
  return later;
}

function countsTogether(
  earlier: SampleOf<'counts'>,
  later: SampleOf<'counts'>,
  lengths: Lengths,
): SampleOf<'counts'> {
  const variants = both(earlier.variants, later.variants, (a, b) => eachTogether(a, b, exposureTogether));
  return {
    kind: 'counts',
    candidate: exposureTogether(earlier.candidate, later.candidate),
    control: exposureTogether(earlier.control, later.control),
    ...(variants === undefined ? {} : { variants }),
    ...coveredTogether(earlier, later, lengths),
  };
}

/** What is there by name in either, together where it is in both. */
export function eachTogether<Value>(
  earlier: Readonly<Record<string, Value>>,
  later: Readonly<Record<string, Value>>,
  together: (a: Value, b: Value) => Value,
): Readonly<Record<string, Value>> {
  const added = Object.entries(later).map(
    ([name, one]) => [name, both(ownOf(earlier, name), one, together) ?? one] as const,
  );
  return { ...earlier, ...Object.fromEntries(added) };
}

/** Names are people's: one may be called as something that every object has. */
function ownOf<Value>(named: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(named, name) ? named[name] : undefined;
}

interface Covering {
  readonly coveredMs?: number;
}

function coveredTogether(earlier: Covering, later: Covering, [before, after]: Lengths): Covering {
  if (earlier.coveredMs === undefined && later.coveredMs === undefined) return {};
  return { coveredMs: (earlier.coveredMs ?? before.ms) + (later.coveredMs ?? after.ms) };
}
