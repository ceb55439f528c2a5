import type { GroupView, InstanceView, ReleaseView, RolloutView } from '../api/resources.ts';
import type { JsonObject } from '../base/json.ts';
import type { RolloutRecord } from '../controller/ports.ts';
import type { Group, Observation } from '../engine/observation.ts';
import type { ReleaseState } from '../engine/status.ts';
import type { RevisionId, Track } from '../rollout/model.ts';
import { withoutValues } from './hidden-values.ts';
import type { RecentReadings } from './rates.ts';

/** What a view is made of. */
export interface ViewParts {
  readonly record: RolloutRecord;
  /** The newest look; absent before the first. */
  readonly seen: Observation | undefined;
  readonly instances: readonly (InstanceView & { readonly revision: RevisionId })[];
  readonly readings: RecentReadings | undefined;
  readonly address: string | undefined;
}

/** A Rollout as the API shows it. */
export function rolloutView(parts: ViewParts): RolloutView {
  const { record, seen, readings, address } = parts;
  const { rollout, status, generation } = record;
  return {
    name: rollout.name,
    generation,
    strategy: rollout.strategy.kind,
    ...phaseIn(parts),
    ...revisionsOf(record),
    replicas: rollout.workload.replicas,
    groups: (seen?.groups ?? []).map((group) => groupView(parts, group)),
    ...(seen?.route === undefined ? {} : { route: seen.route.parts }),
    ...(address === undefined ? {} : { address }),
    rates: readings?.rates(({ track, revision }) => revision === playerOf(record, track)) ?? [],
    ...(status.release === undefined ? {} : { release: releaseView(status.release, rollout.deadlineMs) }),
    ...(status.lastOutcome === undefined ? {} : { lastOutcome: status.lastOutcome }),
    document: withoutValues(JSON.parse(record.document) as JsonObject),
  };
}

/** What was saved before a start may not be so any more. */
function phaseIn({ record, seen }: ViewParts): Pick<RolloutView, 'phase' | 'message'> {
  if (seen === undefined)
    return { phase: 'Pending', message: 'not looked at yet since coalmine was started' };
  const { phase, message } = record.status;
  return { phase, message };
}

function revisionsOf({ status, wanted }: RolloutRecord): Pick<RolloutView, 'stable' | 'wanted'> {
  return {
    ...(status.stable === undefined ? {} : { stable: status.stable }),
    ...(wanted === undefined ? {} : { wanted: wanted.revision }),
  };
}

/** The revision that plays a role now. */
function playerOf({ status }: RolloutRecord, track: Track): RevisionId | undefined {
  return track === 'stable' ? status.stable : status.release?.to;
}

function groupView({ record, instances }: ViewParts, group: Group): GroupView {
  return {
    track: trackOf(record, group.revision),
    revision: group.revision,
    running: group.running,
    ready: group.ready,
    ...(group.failing === undefined ? {} : { failing: group.failing }),
    instances: instances.filter((instance) => instance.revision === group.revision),
  };
}

/** The role a revision plays now; what is on its way out still counts as the candidate it was. */
export function trackOf({ status }: RolloutRecord, revision: RevisionId): Track {
  return revision === status.stable ? 'stable' : 'canary';
}

function releaseView(release: ReleaseState, deadlineMs: number): ReleaseView {
  const { direction } = release;
  return {
    number: release.number,
    ...(release.from === undefined ? {} : { from: release.from }),
    to: release.to,
    startedAt: release.startedAt,
    plan: release.plan,
    step: release.step,
    stage: release.stage,
    stageMs: release.stageMs,
    ageMs: release.ageMs,
    deadlineMs,
    paused: release.paused,
    ...(direction.kind === 'forward'
      ? {}
      : { goingBack: { outcome: direction.outcome, reason: direction.reason } }),
    ...(release.judgement === undefined ? {} : { judgement: release.judgement }),
    served: release.served,
  };
}
