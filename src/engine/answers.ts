import type { Exposure, Sample } from '../analysis/measurement.ts';
import { judgedTrackOf } from '../strategy/capacity.ts';
import { stepOf, type ReleaseLook } from './look.ts';
import type { Reading, Series } from './status.ts';

/** What was compared of answers between two readings, by the name of the check that judges it. */
export function answersBetween(
  { rollout, release }: ReleaseLook,
  before: Reading,
  now: Reading,
): Readonly<Record<string, Sample>> {
  const checks = rollout.analysis?.checks.filter(({ metric }) => metric.kind === 'differences') ?? [];
  if (checks.length === 0) return {};
  const track = judgedTrackOf(stepOf(release));
  const [earlier, later] = [before, now].map((reading) => comparedIn(reading, track));
  const between = (arm: 'copies' | 'repeats'): Exposure => difference(earlier?.[arm], later?.[arm]);
  const sample: Sample = { kind: 'counts', candidate: between('copies'), control: between('repeats') };
  return Object.fromEntries(checks.map(({ name }) => [name, sample]));
}

function comparedIn({ series }: Reading, track: Series['track']): Series['compared'] {
  return series.find((one) => one.track === track)?.compared;
}

/** In a step without copies nothing is compared, which is no lack. */
function difference(earlier: Exposure = NONE, later: Exposure = NONE): Exposure {
  const trials = Math.max(0, later.trials - earlier.trials);
  return { trials, events: Math.min(trials, Math.max(0, later.events - earlier.events)) };
}

const NONE: Exposure = { trials: 0, events: 0 };
