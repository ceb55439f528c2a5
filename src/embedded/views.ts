import { isStandingFor } from '../analysis/standing.ts';
import { standingReport } from '../analysis/standing-report.ts';
import { releaseView, untoldIn } from '../api/release-view.ts';
import type { FollowingView, GroupView, InstanceView, RolloutView, TakeoverView } from '../api/resources.ts';
import type { JsonObject } from '../base/json.ts';
import type { RolloutRecord } from '../controller/ports.ts';
import { memberState } from '../engine/group.ts';
import { revisionOf } from '../engine/desired.ts';
import { stepOf } from '../engine/look.ts';
import type { Copy, Group, Observation, Role } from '../engine/observation.ts';
import type { RevisionId, Track } from '../rollout/model.ts';
import { sideOf, tracksOf } from '../strategy/capacity.ts';
import { withoutValues } from './hidden-values.ts';
import { maintenanceView } from './maintenance.ts';
import type { RecentReadings } from './rates.ts';

/** What a view is made of. */
export interface ViewParts {
  readonly record: RolloutRecord;
  /** The newest look; absent before the first. */
  readonly seen: Observation | undefined;
  readonly instances: readonly (InstanceView & { readonly revision: RevisionId; readonly copy?: Copy })[];
  readonly readings: RecentReadings | undefined;
  readonly address: string | undefined;
  readonly takeover: TakeoverView | undefined;
  readonly following: FollowingView | undefined;
}

/** A Rollout as the API shows it. */
export function rolloutView(parts: ViewParts): RolloutView {
  const { record, seen, readings, address, takeover, following } = parts;
  const { rollout, generation } = record;
  return {
    name: rollout.name,
    generation,
    strategy: rollout.strategy.kind,
    ...phaseIn(parts),
    ...revisionsOf(record),
    ...membershipOf(record),
    replicas: rollout.workload.replicas,
    groups: (seen?.groups ?? []).map((group) => groupView(parts, group)),
    ...routeIn(seen),
    ...(address === undefined ? {} : { address }),
    rates: readings?.rates(({ track, revision }) => revision === playerOf(record, track)) ?? [],
    ...(takeover === undefined ? {} : { takeover }),
    ...(following === undefined ? {} : { following }),
    ...maintenanceIn(record),
    ...releasesIn(record),
    ...standingOf(record),
    document: withoutValues(JSON.parse(record.document) as JsonObject),
  };
}

function routeIn(seen: Observation | undefined): Pick<RolloutView, 'route' | 'mirrors'> {
  if (seen?.route === undefined) return {};
  const { parts, mirrors } = seen.route;
  return mirrors === undefined ? { route: parts } : { route: parts, mirrors };
}

function maintenanceIn({ status: { maintenance } }: RolloutRecord): Pick<RolloutView, 'maintenance'> {
  return maintenance === undefined ? {} : { maintenance: maintenanceView(maintenance) };
}

function releasesIn({
  rollout,
  status,
}: RolloutRecord): Pick<RolloutView, 'release' | 'lastOutcome' | 'untold'> {
  const { release, lastOutcome } = status;
  return {
    ...(release === undefined ? {} : { release: releaseView(release, rollout.deadlineMs) }),
    ...(lastOutcome === undefined ? {} : { lastOutcome }),
    ...untoldIn(status),
  };
}

function membershipOf(record: RolloutRecord): Pick<RolloutView, 'group'> {
  const { rollout, wanted, status } = record;
  if (rollout.group === undefined) return {};
  const { name, order, onFailure } = rollout.group;
  const isFirst = status.part?.state === 'promoted' && status.previous === undefined;
  const state = memberState(record);
  const release =
    state === undefined || wanted?.together === undefined ? {} : { release: wanted.together, state };
  return { group: { name, order, stays: onFailure === 'keep' || isFirst, ...release } };
}

/** How stable compares with itself, for as long as the checks are judged as they were then. */
function standingOf({
  rollout: { analysis },
  status: { standing },
}: RolloutRecord): Pick<RolloutView, 'standing'> {
  if (analysis === undefined || standing === undefined || !isStandingFor(analysis, standing.standing))
    return {};
  return { standing: standingReport(analysis, standing.standing) };
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
  const { release, stable } = status;
  if (sideOf(track) !== 'candidate') return stable;
  return release === undefined ? undefined : revisionOf(release, track);
}

function groupView({ record, instances }: ViewParts, group: Group): GroupView {
  return {
    track: group.copy ?? trackOf(record, group.revision),
    revision: group.revision,
    running: group.running,
    ready: group.ready,
    ...(group.failing === undefined ? {} : { failing: group.failing }),
    instances: instances.filter(({ revision, copy }) => revision === group.revision && copy === group.copy),
  };
}

/** The role a revision plays now; what is on its way out still counts as the candidate it was. */
export function trackOf({ status }: RolloutRecord, revision: RevisionId): Role {
  if (revision === status.stable) return 'stable';
  if (revision === status.kept?.revision) return 'previous';
  const { release } = status;
  if (release === undefined) return 'canary';
  const { variants = {} } = release;
  const tracks = [...tracksOf(stepOf(release)), ...(Object.keys(variants) as Track[])];
  const isPlayed = (track: Track): boolean =>
    sideOf(track) === 'candidate' &&
    (release.variants === undefined || revisionOf(release, track) === revision);
  return tracks.find(isPlayed) ?? 'canary';
}
