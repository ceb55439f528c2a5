import { judgeVariants, type Variant, type VariantJudgement } from '../analysis/experiment/variants.ts';
import { exposureTogether, type Exposure, type Sample, type Tick } from '../analysis/measurement.ts';
import { formatDuration } from '../base/duration.ts';
import { fractionOf } from '../base/share.ts';
import type { Track } from '../rollout/model.ts';
import { variantOf, variantsIn, weightOf } from '../strategy/capacity.ts';
import type { ExperimentWait, Step } from '../strategy/plan.ts';
import { revisionOf } from './desired.ts';
import { stepOf } from './look.ts';
import type { Reading, ReleaseState } from './status.ts';

/** What was counted of each variant: users, and those of them who have converted. */
type Counts = Readonly<Partial<Record<Track, Exposure>>>;

/** What is remembered of an experiment. */
export interface ExperimentState {
  /** What was counted by gateways that were lost since, or all that a source has counted. */
  readonly before: Counts;
  /** What the one of now has counted. */
  readonly now: Counts;
  readonly epoch: string;
  readonly judgement: VariantJudgement;
}

const NOBODY: Exposure = { trials: 0, events: 0 };

/**
 * The release with what its users have done by now. A gateway that was lost has taken with it who was counted: whoever
 * comes back is counted once more, in whichever variant that is. Once it stands at something on its way on, the
 * experiment is over.
 */
export function withConversions(
  release: ReleaseState,
  reading: Reading,
  tick: Tick | undefined,
): ReleaseState {
  const step = stepOf(release);
  const { wait } = step;
  if (wait.kind !== 'experiment' || !release.counting || release.held !== undefined) return release;
  const { before, now } = countsBy(wait, release, { reading, tick });
  const variant = (track: Track, name: string): Variant => ({
    name,
    planned: fractionOf(weightOf(step, track)),
    ...sum(before[track], now[track]),
  });
  const candidates = variantsIn(step).map((track) => variant(track, variantOf(track) ?? track));
  const judgement = judgeVariants([variant('stable', wait.control), ...candidates], wait);
  return { ...release, experiment: { before, now, epoch: reading.epoch, judgement } };
}

/** Counted by the gateway, or by the source of the check that is the goal. */
function countsBy(
  { goal }: ExperimentWait,
  release: ReleaseState,
  { reading, tick }: { readonly reading: Reading; readonly tick: Tick | undefined },
): Pick<ExperimentState, 'before' | 'now'> {
  const { experiment } = release;
  const step = stepOf(release);
  if (goal?.check !== undefined) {
    const sample = tick?.measured?.[goal.check];
    return { before: withMeasured(step, experiment?.before ?? {}, sample), now: {} };
  }
  return {
    before: experiment === undefined ? {} : lostBefore(experiment, reading.epoch),
    now: mapTracks(step, (track) => metOn(reading, release, track)),
  };
}

/** What a source has counted since the last look is added up: it may count anew for itself, and for us does not. */
function withMeasured(step: Step, before: Counts, sample: Sample | undefined): Counts {
  if (sample?.kind !== 'counts') return before;
  return mapTracks(step, (track) =>
    sum(before[track], track === 'stable' ? sample.control : (sample.variants?.[track] ?? sample.candidate)),
  );
}

function mapTracks(step: Step, of: (track: Track) => Exposure): Counts {
  const tracks: readonly Track[] = ['stable', ...variantsIn(step)];
  return Object.fromEntries(tracks.map((track) => [track, of(track)]));
}

function lostBefore({ before, now, epoch }: ExperimentState, current: string): Counts {
  if (epoch === current) return before;
  const tracks = Object.keys({ ...before, ...now }) as Track[];
  return Object.fromEntries(tracks.map((track) => [track, sum(before[track], now[track])]));
}

function metOn({ series }: Reading, release: ReleaseState, track: Track): Exposure {
  const revision = revisionOf(release, track);
  const met = series.find((one) => one.track === track && one.revision === revision)?.met;
  return met?.id === String(release.number) ? { trials: met.users, events: met.converted } : NOBODY;
}

function sum(a: Exposure = NOBODY, b: Exposure = NOBODY): Exposure {
  return exposureTogether(a, b);
}

/** What an experiment does next. */
export type ExperimentOutcome =
  | { readonly kind: 'advance' }
  | { readonly kind: 'hold'; readonly message: string }
  | { readonly kind: 'ask'; readonly question: string }
  /** It is over, and what runs today stays. */
  | { readonly kind: 'complete'; readonly reason: string };

/** How an experiment ends. Nothing is promoted while users are not divided as planned. */
export function afterExperiment(wait: ExperimentWait, release: ReleaseState): ExperimentOutcome {
  const { judgement } = release.experiment ?? {};
  if (judgement === undefined) return hold('waiting for users', wait, release);
  const isBroken = judgement.verdict === 'invalid' || release.judgement?.verdict === 'invalid';
  const end = endOf(wait, release, judgement);
  if (end === undefined || (isBroken && end !== 'time')) return hold(judgement.reason, wait, release);
  return judgement.verdict === 'good' && !isBroken ? whenBetter(wait, judgement) : otherwise(wait, judgement);
}

function endOf(
  { untilDecided, users, atMostMs }: ExperimentWait,
  { stageMs }: ReleaseState,
  judgement: VariantJudgement,
): 'evidence' | 'users' | 'time' | undefined {
  if (stageMs >= atMostMs) return 'time';
  if (untilDecided && judgement.isDecided) return 'evidence';
  const all = [judgement.control, ...judgement.candidates].reduce((total, { trials }) => total + trials, 0);
  return users !== undefined && all >= users ? 'users' : undefined;
}

function whenBetter(
  { whenBetter: then }: ExperimentWait,
  { leader = '', reason }: VariantJudgement,
): ExperimentOutcome {
  if (then === 'promote') return { kind: 'advance' };
  return { kind: 'ask', question: `${leader} is better, ${reason}: promote or abort?` };
}

function otherwise(
  { otherwise: then }: ExperimentWait,
  { candidates, leader, reason }: VariantJudgement,
): ExperimentOutcome {
  const [only] = candidates.length === 1 ? candidates : [];
  if (then === 'keepStable') {
    const what = only === undefined ? 'no variant' : only.name;
    const how = only === undefined ? 'is promoted' : 'is not promoted';
    return { kind: 'complete', reason: `${what} ${how}: ${reason}` };
  }
  const what = only === undefined ? 'no variant is' : `${only.name} is not`;
  const which = leader === undefined || only !== undefined ? 'promote' : `promote ${leader}, which leads,`;
  return { kind: 'ask', question: `${what} shown to be better, ${reason}: ${which} or abort?` };
}

function hold(why: string, { atMostMs }: ExperimentWait, { stageMs }: ReleaseState): ExperimentOutcome {
  return { kind: 'hold', message: `${why}; at most ${formatDuration(Math.max(0, atMostMs - stageMs))} more` };
}
