import {
  NO_REQUESTS,
  type CheckReading,
  type Exposure,
  type Sample,
  type Tick,
  type TrackCounters,
} from '../analysis/measurement.ts';
import { sampleBetween, sampleOf, type Planned } from '../analysis/sample.ts';
import { FULL_SHARE } from '../base/share.ts';
import type { RevisionId, Track } from '../rollout/model.ts';
import { controlTrackOf, isMirrored, judgedTracksOf, mirroredTo, weightOf } from '../strategy/capacity.ts';
import { answersBetween } from './answers.ts';
import { revisionOf } from './desired.ts';
import { readyOf, stepOf, type ReleaseLook } from './look.ts';
import { copyOf } from './observation.ts';
import { servedBetween } from './served.ts';
import type { Reading } from './status.ts';

/**
 * What happened since the release's last reading; undefined when there is nothing to compare with: a first
 * reading, a new epoch, a counter that went back.
 */
export function tickBetween(look: ReleaseLook, now: Reading): Tick | undefined {
  const { release } = look;
  const before = release.reading;
  if (before === undefined || before.epoch !== now.epoch) return undefined;
  const counted = servedBetween(release, before, now);
  if (counted === undefined) return undefined;
  const ms = Math.max(0, now.at - before.at);
  const measured = {
    ...samplesBetween(before.measured ?? {}, now.measured ?? {}, plannedOf(look)),
    ...answersBetween(look, before, now),
  };
  const router = now.series.length > 0 ? undefined : servedByRouter(look, measured);
  return {
    ms,
    ...counted,
    // A router's counters do not tell who was sent where by a match.
    ...(router ?? dividedAs(look)),
    ...(now.measured === undefined && Object.keys(measured).length === 0 ? {} : { measured }),
  };
}

/** What a router of a cluster has served, which a source tells of: a data plane of our own counts that itself. */
function servedByRouter(
  { rollout }: ReleaseLook,
  measured: Readonly<Record<string, Sample>>,
): Pick<Tick, 'candidate' | 'control' | 'variants'> | undefined {
  const errors = rollout.analysis?.checks.find(({ metric }) => metric.kind === 'errors' && 'from' in metric);
  const sample = errors && measured[errors.name];
  if (sample?.kind !== 'counts') return undefined;
  const served = ({ trials, events }: Exposure): TrackCounters => ({
    ...NO_REQUESTS,
    requests: trials,
    errors: events,
  });
  const variants = Object.entries(sample.variants ?? {}).map(([track, one]) => [track, served(one)] as const);
  return {
    candidate: served(sample.candidate),
    control: served(sample.control),
    ...(variants.length === 0 ? {} : { variants: Object.fromEntries(variants) }),
  };
}

/** Why a check of the release was not measured in a tick; undefined when all were. */
export function whatIsMissing({ rollout }: ReleaseLook, tick: Tick): string | undefined {
  for (const check of rollout.analysis?.checks ?? []) {
    const sample = sampleOf(check, tick);
    if (sample === undefined) return `${check.name}: nothing to compare in this step yet`;
    if (sample.kind === 'missing') return `${check.name}: not measured now: ${sample.reason}`;
  }
  return undefined;
}

function samplesBetween(
  before: Readonly<Record<string, CheckReading>>,
  now: Readonly<Record<string, CheckReading>>,
  planned: Planned,
): Readonly<Record<string, Sample>> {
  const samples: Record<string, Sample> = {};
  for (const [name, reading] of Object.entries(now)) {
    const sample = sampleBetween(before[name], reading, planned);
    if (sample !== undefined) samples[name] = sample;
  }
  return samples;
}

/** The candidate's part of the requests that either of the two compared tracks is to get. */
function dividedAs({ rollout, release }: ReleaseLook): Pick<Tick, 'plannedShare'> {
  const step = stepOf(release);
  // Copies are no part of the traffic.
  if (rollout.traffic === undefined || isMirrored(step)) return {};
  const candidate = judgedTracksOf(step).reduce((sum, track) => sum + weightOf(step, track), 0);
  const both = candidate + weightOf(step, controlTrackOf(step));
  return both === 0 ? {} : { plannedShare: candidate / both };
}

/** Events without a denominator happen in proportion to the traffic a track is planned to get, or to its size. */
function plannedOf({ rollout, release, seen }: ReleaseLook): Planned {
  const { traffic } = rollout;
  const step = stepOf(release);
  const amount = (track: Track, revision: RevisionId | undefined): number =>
    traffic === undefined
      ? readyOf(seen, revision, copyOf(track))
      : (weightOf(step, track) + mirroredTo(step, track)) / FULL_SHARE;
  return {
    sinceMs: release.countingSince ?? Infinity,
    candidate: judgedTracksOf(step).reduce(
      (sum, track) => sum + amount(track, revisionOf(release, track)),
      0,
    ),
    control: amount(controlTrackOf(step), release.from),
  };
}
