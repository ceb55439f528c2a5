import { FULL_SHARE } from '../base/share.ts';
import type { RevisionId, Rollout, Track } from '../rollout/model.ts';
import { isExclusive, type Step } from '../strategy/plan.ts';
import { replicasOf, sideOf, SIDES, tracksOf, weightOf } from '../strategy/capacity.ts';
import type { Desired, DesiredGroup } from './decision.ts';
import { followsPods, groupOf, readyOf, servedStep, stepOf, type ReleaseLook } from './look.ts';
import { copyOf, type Observation, type Route, type RouteMirror, type RoutePart } from './observation.ts';
import type { ReleaseState } from './status.ts';
import { candidatesOf } from './variants.ts';

/** So long a new version waits for a stable that runs and is not ready. */
const LONGEST_FOR_STABLE_MS = 30_000;

/** At rest: stable at full size with all traffic, nothing else; without a stable revision nobody serves. */
export function desiredAtRest(rollout: Rollout, stable: RevisionId | undefined): Desired {
  if (stable === undefined) return withRoute(rollout, [], NOBODY);
  const groups: DesiredGroup[] = [{ track: 'stable', revision: stable, replicas: rollout.workload.replicas }];
  return withRoute(rollout, groups, allTo('stable', stable));
}

/** On the way forward: what the step at hand needs, never less than what is served until it is confirmed. */
export function desiredForward(look: ReleaseLook): Desired {
  const { rollout, release, seen } = look;
  const step = stepOf(release);
  const sizedBy = sizedForward(release);
  const groups = groupsOf(rollout, release, sizedBy).filter(
    (group) => group.track === 'stable' || !isStableFirst(look) || isThere(seen, group),
  );
  const isServing = release.stage === 'start' || release.stage === 'grow';
  return withRoute(rollout, groups, isServing ? servedRoute(release) : routeOf(release, step));
}

/** The steps whose capacity is needed: until the route of the step at hand is confirmed, that of the served one too. */
function sizedForward(release: ReleaseState): readonly Step[] {
  const served = servedStep(release) ?? beforeFirstStep();
  switch (release.stage) {
    case 'start':
      return [served];
    case 'grow':
    case 'route':
      return [stepOf(release), served];
    case 'shrink':
    case 'wait':
      return [stepOf(release)];
  }
}

/**
 * After a reboot nothing runs: stable starts first. A candidate that was ready before it would be sent all users,
 * for want of another. A stable that does not come up by itself is not waited for; nor for long one that lost its
 * readiness, where nobody divides requests.
 */
function isStableFirst({ rollout, release, seen }: ReleaseLook): boolean {
  if (followsPods(rollout) && release.stageMs >= LONGEST_FOR_STABLE_MS) return false;
  const step = stepOf(release);
  const isServing = weightOf(step, 'stable') + weightOf(step, 'baseline') > 0;
  const isComing = readyOf(seen, release.from) === 0 && groupOf(seen, release.from)?.failing === undefined;
  return isServing && seen.groups !== undefined && isComing;
}

function isThere(seen: Observation, { track, revision }: DesiredGroup): boolean {
  return groupOf(seen, revision, copyOf(track)) !== undefined;
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
  if (release.plan.retraces === true) return desiredRetracing(look);
  // A candidate that was never let in is not started for the way back.
  const left = release.stage === 'start' ? [] : [stepOf(release), servedStep(release) ?? beforeFirstStep()];
  return withRoute(rollout, groupsOf(rollout, release, [beforeFirstStep(), ...left]), backRoute(look));
}

/** From one step to the one before it: what that needs is there before anything is taken away. */
function desiredRetracing(look: ReleaseLook): Desired {
  const { rollout, release } = look;
  const target = stepBefore(release);
  const sizedBy = release.stage === 'shrink' ? [target] : [target, stepOf(release)];
  return withRoute(rollout, groupsOf(rollout, release, sizedBy), retracedRoute(look));
}

/** The route on the way from one step to the one before it; whoever is ready gets all while the other is not. */
export function retracedRoute(look: ReleaseLook): Route {
  const { release, seen } = look;
  const isOneDown = [release.from, release.to].some((revision) => readyOf(seen, revision) === 0);
  if (isOneDown && seen.groups !== undefined) return backRoute(look);
  return routeOf(release, release.stage === 'grow' ? stepOf(release) : stepBefore(release));
}

function backRoute({ release, seen }: ReleaseLook): Route {
  if (release.from === undefined) return NOBODY;
  const isStableDown = seen.groups !== undefined && readyOf(seen, release.from) === 0;
  const ready = candidatesOf(release).find((revision) => readyOf(seen, revision) > 0);
  if (isStableDown && ready !== undefined) return allTo('canary', ready);
  return allTo('stable', release.from);
}

/** The route of a step, by revision. */
export function routeOf(release: ReleaseState, step: Step): Route {
  const parts: RoutePart[] = [];
  for (const track of tracksOf(step)) {
    const revision = revisionOf(release, track);
    const weight = weightOf(step, track);
    const match = step.matches?.[track];
    if (revision === undefined || (weight === 0 && match === undefined)) continue;
    parts.push({ track, revision, weight, ...(match === undefined ? {} : { match }) });
  }
  const mirrors = mirrorsOf(release, step);
  const { experiment } = step;
  return {
    parts,
    ...(mirrors.length === 0 ? {} : { mirrors }),
    ...(experiment === undefined ? {} : { experiment: { ...experiment, id: String(release.number) } }),
  };
}

function mirrorsOf(release: ReleaseState, { mirrors = [] }: Step): readonly RouteMirror[] {
  return mirrors.flatMap((mirror) => {
    const revision = revisionOf(release, mirror.track);
    return revision === undefined ? [] : [{ ...mirror, revision }];
  });
}

/** The step that a release which retraces its steps goes back to. */
export function stepBefore({ plan, step }: ReleaseState): Step {
  return plan.steps[step - 1] ?? beforeFirstStep();
}

/** What is served until the step at hand is confirmed. */
function servedRoute(release: ReleaseState): Route {
  const served = servedStep(release);
  if (served !== undefined) return routeOf(release, served);
  return release.from === undefined ? NOBODY : allTo('stable', release.from);
}

/** The revision that plays a track's role in a release. */
export function revisionOf(release: ReleaseState, track: Track): RevisionId | undefined {
  return release.variants?.[track] ?? (sideOf(track) === 'candidate' ? release.to : release.from);
}

/** For each set of processes what the largest of the steps needs; the first of them is the one that is gone to. */
export function groupsOf(rollout: Rollout, release: ReleaseState, steps: readonly Step[]): DesiredGroup[] {
  const { replicas } = rollout.workload;
  const groups = new Map<string, DesiredGroup>();
  for (const step of steps) {
    for (const [set, group] of groupsIn(step, release, replicas)) {
      const known = groups.get(set);
      const isLarger = known === undefined || group.replicas > known.replicas;
      if (isLarger) groups.set(set, { ...group, track: known?.track ?? group.track });
    }
  }
  const [target] = steps;
  const later = target === undefined ? groups : groupsIn(target, release, replicas);
  return [...groups]
    .filter(([, group]) => group.replicas > 0)
    .map(([set, group]) => {
      const then = later.get(set)?.replicas ?? 0;
      return { ...group, ...(then === group.replicas ? {} : { then }) };
    })
    .sort(bySide);
}

/** What one step needs: tracks that the same processes serve share them. */
function groupsIn(step: Step, release: ReleaseState, replicas: number): ReadonlyMap<string, DesiredGroup> {
  const groups = new Map<string, DesiredGroup>();
  for (const track of tracksOf(step)) {
    const revision = revisionOf(release, track);
    if (revision === undefined) continue;
    const set = `${revision} ${copyOf(track) ?? ''}`;
    const count = (groups.get(set)?.replicas ?? 0) + replicasOf(step, track, replicas);
    groups.set(set, { track: groups.get(set)?.track ?? track, revision, replicas: count });
  }
  return groups;
}

function bySide(a: DesiredGroup, b: DesiredGroup): number {
  return sideIndex(a) - sideIndex(b);
}

function sideIndex({ track }: DesiredGroup): number {
  return track === 'previous' ? SIDES.length : SIDES.indexOf(sideOf(track));
}

/** The state a release begins in and goes back to, as if it were a step. */
export function beforeFirstStep(): Step {
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

/** Everything to one track. */
export function allTo(track: Track, revision: RevisionId): Route {
  return { parts: [{ track, revision, weight: FULL_SHARE }] };
}

/** Groups with a route, where there is traffic. */
export function withRoute(rollout: Rollout, groups: readonly DesiredGroup[], route: Route): Desired {
  return rollout.traffic === undefined ? { groups } : { groups, route };
}
