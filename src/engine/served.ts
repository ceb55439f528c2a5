import {
  countersBetween,
  countersTogether,
  NO_REQUESTS,
  withoutMatched,
  type Tick,
  type TrackCounters,
} from '../analysis/measurement.ts';
import type { RevisionId, Track } from '../rollout/model.ts';
import { controlTrackOf, isMirrored, judgedTracksOf, weightOf } from '../strategy/capacity.ts';
import type { Step } from '../strategy/plan.ts';
import { revisionOf } from './desired.ts';
import { stepOf } from './look.ts';
import type { Reading, ReleaseState, Series } from './status.ts';

/** What both sides have served between two readings; undefined when a counter went back. */
export function servedBetween(
  release: ReleaseState,
  before: Reading,
  now: Reading,
): Pick<Tick, 'candidate' | 'control' | 'variants' | 'matched'> | undefined {
  const step = stepOf(release);
  const tracks = judgedTracksOf(step);
  const [judged] = tracks;
  const who = { track: judged, revision: revisionOf(release, judged) };
  const each = tracks.map((track) => between(before, now, { track, revision: revisionOf(release, track) }));
  const served = together(each);
  const control = isMirrored(step)
    ? countersBetween(countersOf(before, who).originals, countersOf(now, who).originals)
    : between(before, now, { track: controlTrackOf(step), revision: release.from })?.drawn;
  if (served === undefined || control === undefined) return undefined;
  return {
    ...comparedOf(served, step, judged),
    control,
    ...(now.series.length === 0 ? {} : apart(step, each)),
  };
}

/** What each of several variants has served: they are judged as one, and shown one by one. */
function apart(step: Step, each: readonly (Served | undefined)[]): Pick<Tick, 'variants'> {
  const tracks = judgedTracksOf(step);
  if (tracks.length < 2) return {};
  const variants = tracks.flatMap((track, index) => {
    const served = each[index];
    return served === undefined ? [] : [[track, comparedOf(served, step, track).candidate] as const];
  });
  return { variants: Object.fromEntries(variants) };
}

/** Who has chosen the candidate is no sample of all users: compared is who was sent there by chance, if anybody is. */
function comparedOf(
  { drawn, matched }: Served,
  step: Step,
  track: Track,
): Pick<Tick, 'candidate' | 'matched'> {
  const isOnlyMatched = weightOf(step, track) === 0 && step.matches?.[track] !== undefined;
  if (isOnlyMatched) return { candidate: matched };
  const { requests, errors } = matched;
  return { candidate: drawn, ...(requests === 0 ? {} : { matched: { requests, errors } }) };
}

interface Who {
  readonly track: Track;
  readonly revision: RevisionId | undefined;
}

/** What weights have sent to somebody, and what a match has. */
interface Served {
  readonly drawn: TrackCounters;
  readonly matched: TrackCounters;
}

function between(before: Reading, now: Reading, who: Who): Served | undefined {
  const [earlier, later] = [countersOf(before, who), countersOf(now, who)];
  const all = countersBetween(earlier.counters, later.counters);
  const matched = countersBetween(earlier.matched, later.matched);
  const drawn = all === undefined || matched === undefined ? undefined : withoutMatched(all, matched);
  return drawn === undefined || matched === undefined ? undefined : { drawn, matched };
}

/** Of several variants everything counts together. */
function together(all: readonly (Served | undefined)[]): Served | undefined {
  const known = all.filter((one) => one !== undefined);
  if (known.length < all.length) return undefined;
  return {
    drawn: countersTogether(known.map(({ drawn }) => drawn)),
    matched: countersTogether(known.map(({ matched }) => matched)),
  };
}

type Counted = Required<Pick<Series, 'counters' | 'matched' | 'originals'>>;

function countersOf({ series }: Reading, { track, revision }: Who): Counted {
  const found = series.find((one) => one.track === track && one.revision === revision);
  return { counters: NO_REQUESTS, matched: NO_REQUESTS, originals: NO_REQUESTS, ...found };
}
