import { FULL_SHARE } from '../base/share.ts';
import type { RevisionId, Rollout, Track } from '../rollout/model.ts';
import { isExclusive, type Step } from '../strategy/plan.ts';
import { replicasOf, tracksOf, weightOf } from '../strategy/compile.ts';
import type { Desired, DesiredGroup } from './decision.ts';
import { groupOf, readyOf, servedStep, stepOf, type ReleaseLook } from './look.ts';
import type { Observation, Route, RoutePart } from './observation.ts';
import type { ReleaseState } from './status.ts';

/** At rest: stable at full size with all traffic, nothing else; without a stable revision nobody serves. */
export function desiredAtRest(rollout: Rollout, stable: RevisionId | undefined): Desired {
  if (stable === undefined) return withRoute(rollout, [], NOBODY);
  const groups: DesiredGroup[] = [{ track: 'stable', revision: stable, replicas: rollout.workload.replicas }];
  return withRoute(rollout, groups, allTo('stable', stable));
}

/** On the way forward: what the step at hand needs, never less than what is served until it is confirmed. */
export function desiredForward({ rollout, release, seen }: ReleaseLook): Desired {
  const step = stepOf(release);
  const isMoving = release.stage === 'grow' || release.stage === 'route';
  const sizedBy = isMoving ? [step, servedStep(release) ?? beforeFirstStep()] : [step];
  const groups = groupsOf(rollout, release, sizedBy).filter(
    (group) => group.track === 'stable' || !isStableFirst(release, seen) || isThere(seen, group),
  );
  const route = release.stage === 'grow' ? servedRoute(release) : routeOf(release, step);
  return withRoute(rollout, groups, route);
}

/**
 * After a reboot nothing runs: stable starts first. A candidate that was ready before it would be sent all users,
 * for want of another. A stable that does not come up by itself is not waited for.
 */
function isStableFirst(release: ReleaseState, seen: Observation): boolean {
  const isServing = weightOf(stepOf(release), 'stable') > 0;
  const isComing = readyOf(seen, release.from) === 0 && groupOf(seen, release.from)?.failing === undefined;
  return isServing && seen.groups !== undefined && isComing;
}

function isThere(seen: Observation, { revision }: DesiredGroup): boolean {
  return groupOf(seen, revision) !== undefined;
}

/**
 * On the way back: stable at full size; traffic to stable, or to the candidate while only the candidate can
 * serve. The candidate keeps its processes until nothing is sent to it, unless the two may not run together.
 */
export function desiredBack(look: ReleaseLook): Desired {
  const { rollout, release } = look;
  if (isExclusive(release.plan)) {
    // Stable starts once the candidate was seen to be gone.
    const groups = release.stage === 'grow' ? desiredAtRest(rollout, release.from).groups : [];
    return withRoute(rollout, groups, backRoute(look));
  }
  const sizedBy = [beforeFirstStep(), stepOf(release), servedStep(release) ?? beforeFirstStep()];
  return withRoute(rollout, groupsOf(rollout, release, sizedBy), backRoute(look));
}

function backRoute({ release, seen }: ReleaseLook): Route {
  if (release.from === undefined) return NOBODY;
  const isStableDown = seen.groups !== undefined && readyOf(seen, release.from) === 0;
  if (isStableDown && readyOf(seen, release.to) > 0) return allTo('canary', release.to);
  return allTo('stable', release.from);
}

/** The route of a step, by revision. */
export function routeOf(release: ReleaseState, step: Step): Route {
  const parts: RoutePart[] = [];
  for (const track of tracksOf(step)) {
    const revision = revisionOf(release, track);
    const weight = weightOf(step, track);
    if (revision !== undefined && weight > 0) parts.push({ track, revision, weight });
  }
  return { parts };
}

/** What is served until the step at hand is confirmed. */
function servedRoute(release: ReleaseState): Route {
  const served = servedStep(release);
  if (served !== undefined) return routeOf(release, served);
  return release.from === undefined ? NOBODY : allTo('stable', release.from);
}

/** The revision that plays a track's role in a release. */
export function revisionOf(release: ReleaseState, track: Track): RevisionId | undefined {
  return track === 'stable' ? release.from : release.to;
}

function groupsOf(rollout: Rollout, release: ReleaseState, steps: readonly Step[]): DesiredGroup[] {
  const { replicas } = rollout.workload;
  const tracks = new Set(steps.flatMap((step) => tracksOf(step)));
  const groups: DesiredGroup[] = [];
  for (const track of tracks) {
    const revision = revisionOf(release, track);
    const count = Math.max(...steps.map((step) => replicasOf(step, track, replicas)));
    if (revision !== undefined && count > 0) groups.push({ track, revision, replicas: count });
  }
  return groups;
}

/** The state a release begins in and goes back to, as if it were a step. */
function beforeFirstStep(): Step {
  return {
    title: 'before',
    size: { stable: { share: FULL_SHARE } },
    weights: { stable: FULL_SHARE },
    wait: { kind: 'none' },
    exclusive: false,
    promoting: false,
  };
}

const NOBODY: Route = { parts: [] };

function allTo(track: Track, revision: RevisionId): Route {
  return { parts: [{ track, revision, weight: FULL_SHARE }] };
}

function withRoute(rollout: Rollout, groups: readonly DesiredGroup[], route: Route): Desired {
  return rollout.traffic === undefined ? { groups } : { groups, route };
}
