import { formatShare, NO_SHARE } from '../base/share.ts';
import type { RolloutRecord } from '../controller/ports.ts';
import type { ReleaseState } from '../engine/status.ts';
import type { Outcome } from '../rollout/model.ts';
import { spanIdOf, traceIdOf, type Attributes, type Span } from './span.ts';

/** What of a release has begun and not ended. It lives in memory: what goes on at a restart begins there anew. */
export interface OpenRelease {
  readonly traceId: string;
  readonly record: RolloutRecord;
  readonly release: ReleaseState;
  /** The step at hand, or the way back. */
  readonly part: OpenPart;
  /** What the part is doing. */
  readonly activity: OpenPart;
}

interface OpenPart {
  readonly name: string;
  readonly startedAt: number;
}

/** What has ended by a look, and what goes on. */
export interface Traced {
  readonly open?: OpenRelease;
  readonly ended: readonly Span[];
}

const FAILED: readonly Outcome[] = ['rolledBack', 'failed', 'aborted'];

/** What a look ends and begins: a trace for each release, in it its steps and the way back, in them what they do. Pure. */
export function trace(before: OpenRelease | undefined, record: RolloutRecord, now: number): Traced {
  const { release } = record.status;
  const isSame = before !== undefined && release?.number === before.release.number;
  if (before !== undefined && !isSame) {
    const { open, ended } = trace(undefined, record, now);
    return { ...(open === undefined ? {} : { open }), ended: [...closed(before, record, now), ...ended] };
  }
  if (release === undefined) return { ended: [] };
  if (before === undefined) return { open: begun(record, release, now), ended: [] };
  return goneOn(before, { record, release }, now);
}

function begun(record: RolloutRecord, release: ReleaseState, now: number): OpenRelease {
  const { namespace = '', name } = record.rollout;
  // A look may have been missed that began it; what the engine has measured of the stage says when that was.
  const startedAt = Math.max(release.startedAt, now - release.stageMs);
  return {
    traceId: traceIdOf(`${namespace}/${name} ${release.number} ${release.startedAt}`),
    record,
    release,
    part: { name: partOf(release), startedAt },
    activity: { name: activityOf(release), startedAt },
  };
}

interface Now {
  readonly record: RolloutRecord;
  readonly release: ReleaseState;
}

function goneOn(before: OpenRelease, { record, release }: Now, now: number): Traced {
  const isSamePart = partOf(release) === before.part.name;
  const isSameActivity = isSamePart && activityOf(release) === before.activity.name;
  const ended = [
    ...(isSameActivity ? [] : [activitySpan(before, now)]),
    ...(isSamePart ? [] : [partSpan(before, now)]),
  ];
  const part = isSamePart ? before.part : { name: partOf(release), startedAt: now };
  const activity = isSameActivity ? before.activity : { name: activityOf(release), startedAt: now };
  return { open: { traceId: before.traceId, record, release, part, activity }, ended };
}

/** Everything of a release that is over. */
function closed(open: OpenRelease, { status }: RolloutRecord, now: number): readonly Span[] {
  const { lastOutcome } = status;
  const end = lastOutcome?.release === open.release.number ? lastOutcome : undefined;
  const hasFailed = end === undefined || FAILED.includes(end.outcome);
  const { release, traceId, record } = open;
  const { name } = record.rollout;
  const root: Span = {
    traceId,
    spanId: rootOf(traceId),
    name: `release ${name} ${release.number}`,
    startedAt: release.startedAt,
    endedAt: Math.max(release.startedAt, now),
    attributes: {
      ...releaseAttributes(open),
      'coalmine.candidate.requests': release.served.requests,
      'coalmine.candidate.errors': release.served.errors,
      ...(end === undefined ? {} : { 'coalmine.outcome': end.outcome, 'coalmine.reason': end.reason }),
    },
    ...(hasFailed ? { error: end?.reason ?? 'it is not known how it ended' } : {}),
  };
  return [activitySpan(open, now), partSpan(open, now), root];
}

function releaseAttributes({ record: { rollout }, release }: OpenRelease): Attributes {
  return {
    'coalmine.rollout': rollout.name,
    ...(rollout.namespace === undefined ? {} : { 'k8s.namespace.name': rollout.namespace }),
    'coalmine.release': release.number,
    'coalmine.strategy': rollout.strategy.kind,
    ...(release.from === undefined ? {} : { 'coalmine.revision.from': release.from }),
    'coalmine.revision.to': release.to,
  };
}

function partSpan(open: OpenRelease, now: number): Span {
  const { traceId, part, release } = open;
  const step = release.plan.steps[release.step];
  const { direction, judgement } = release;
  return {
    traceId,
    spanId: partId(open),
    parentId: rootOf(traceId),
    name: part.name,
    startedAt: part.startedAt,
    endedAt: Math.max(part.startedAt, now),
    attributes: {
      'coalmine.step': release.step + 1,
      ...Object.fromEntries(
        Object.entries(step?.weights ?? {}).map(([track, weight = NO_SHARE]) => [
          `coalmine.weight.${track}`,
          formatShare(weight),
        ]),
      ),
      ...(judgement === undefined
        ? {}
        : { 'coalmine.verdict': judgement.verdict, 'coalmine.verdict.reason': judgement.reason }),
    },
    ...(direction.kind === 'back' ? { error: direction.reason } : {}),
  };
}

function activitySpan(open: OpenRelease, now: number): Span {
  const { traceId, activity, release } = open;
  return {
    traceId,
    spanId: spanIdOf(traceId, `${open.part.name} ${activity.name} ${activity.startedAt}`),
    parentId: partId(open),
    name: activity.name,
    startedAt: activity.startedAt,
    endedAt: Math.max(activity.startedAt, now),
    attributes: { 'coalmine.step': release.step + 1 },
  };
}

function rootOf(traceId: string): string {
  return spanIdOf(traceId, 'release');
}

/** What belongs to a part is told before the part is, by this process or the one before: the name alone decides. */
function partId({ traceId, part }: OpenRelease): string {
  return spanIdOf(traceId, part.name);
}

function partOf({ direction, step, plan }: ReleaseState): string {
  if (direction.kind === 'back') return 'go back';
  return `step ${step + 1}: ${plan.steps[step]?.title ?? ''}`;
}

const STAGES: Readonly<Record<ReleaseState['stage'], string>> = {
  start: 'start',
  grow: 'start processes',
  route: 'write route',
  shrink: 'stop processes',
  wait: 'wait',
};

function activityOf({ paused, held, stage }: ReleaseState): string {
  if (paused) return 'paused';
  return held === undefined ? STAGES[stage] : `${held.kind} ${held.name}`;
}
