import type { Tick } from '../../src/analysis/measurement.ts';
import { isSameJson } from '../../src/base/same-json.ts';
import { countFor, FULL_SHARE, type Share } from '../../src/base/share.ts';
import type { Decision, Desired, DesiredGroup } from '../../src/engine/decision.ts';
import {
  copyOf,
  isSameRoute,
  type Copy,
  type Observation,
  type RoutePart,
} from '../../src/engine/observation.ts';
import { waitAt } from '../../src/engine/look.ts';
import type { ReleaseState, Status } from '../../src/engine/status.ts';
import type { CountOrShare, RevisionId, Rollout } from '../../src/rollout/model.ts';
import { replicasOf } from '../../src/strategy/capacity.ts';

/** A breach of an invariant, found while a history ran. */
export class Breach extends Error {}

/** A decision, and what it was taken from. */
export interface Taken {
  readonly rollout: Rollout;
  readonly before: Status;
  readonly seen: Observation;
  readonly decision: Decision;
  /** True: what was seen is of some looks ago. */
  readonly isStale: boolean;
  /** The look before, and what was saved of it. */
  readonly last: { readonly status: Status; readonly seen: Observation } | undefined;
  /** Revisions that were rolled back, and that no user wants all the same. */
  readonly rejected: ReadonlySet<RevisionId>;
  /** The sizes that were decided before. */
  readonly decided: Desired['groups'];
}

// The invariants, numbered as in the design.

/** Throws a Breach when a decision breaks an invariant. */
export function checkDecision(taken: Taken): void {
  checkCapacityBeforeRoute(taken);
  checkStableKept(taken);
  checkCapacityBounds(taken);
  checkEvidence(taken);
  checkAtRest(taken);
  checkRejected(taken);
  checkOutcomeTold(taken);
  checkHurdles(taken);
  checkMaintenance(taken);
}

/** Users are sent away when and only when somebody wants that; meanwhile nothing is evidence, and no step's time passes. */
function checkMaintenance({ before, seen, decision }: Taken): void {
  const { route } = decision.desired;
  if (route !== undefined && !isSameJson(route.maintenance, before.maintenance))
    throw new Breach('maintenance: the route does not say what the status says');
  if (before.maintenance === undefined && seen.route?.maintenance === undefined) return;
  if (decision.counted !== undefined) throw new Breach('maintenance: evidence was counted');
  const [release, next] = [before.release, decision.status.release];
  if (release?.stage !== 'wait' || next?.direction.kind !== 'forward') return;
  if (next.stage === 'wait' && next.step === release.step && next.stageMs > release.stageMs)
    throw new Breach('maintenance: the time of a step went on');
  if (next.step > release.step && waitAt(release).kind !== 'none')
    throw new Breach('maintenance: a step that waits for users was left');
}

/** Nothing is left behind that was not passed, and no approval is passed that was not given. */
function checkHurdles({ rollout, before, decision }: Taken): void {
  const release = before.release;
  if (release?.direction.kind !== 'forward') return;
  const passed = decision.events
    .filter(({ type }) => ['GatePassed', 'HookDone'].includes(type))
    .map(({ message }) => message);
  for (const gate of rollout.gates) {
    if (
      gate.kind !== 'approval' ||
      !passed.some((message) => message.startsWith(`gate ${gate.name}: approved`))
    )
      continue;
    const given = (release.approvals ?? []).filter(
      (one) => one.gate === gate.name && one.step === release.step && one.by !== 'nobody',
    );
    if (new Set(given.map(({ by }) => by)).size < gate.count)
      throw new Breach(`gates: ${gate.name} was passed with ${given.length} of ${gate.count}`);
  }
  const hasLeft =
    decision.ended?.outcome === 'promoted' || (decision.status.release?.step ?? release.step) > release.step;
  const hurdles = release.plan.steps[release.step]!.hurdles ?? [];
  if (hasLeft && (release.passed ?? 0) + passed.length < hurdles.length)
    throw new Breach(
      `gates: step ${release.step} was left with ${hurdles.length} hurdles, of which ${passed.length} were passed now`,
    );
}

/** Throws a Breach when deciding again gave something else. */
export function checkPure(again: Decision, decision: Decision): void {
  if (JSON.stringify(again) !== JSON.stringify(decision))
    throw new Breach('equal arguments gave another decision');
}

function checkCapacityBeforeRoute({ rollout, seen, decision }: Taken): void {
  const { release } = decision.status;
  const { route } = decision.desired;
  if (release?.direction.kind !== 'forward' || release.stage !== 'route' || route === undefined) return;
  const step = release.plan.steps[release.step]!;
  const { replicas } = rollout.workload;
  for (const part of route.parts) {
    const ready = readyOf(seen, part.revision, copyOf(part.track));
    const byTraffic = Math.max(part.match === undefined ? 0 : 1, countFor(loadOf(part), replicas));
    const needed = step.bySize ? replicasOf(step, part.track, replicas) : byTraffic;
    const isOld = seen.route !== undefined && isSameRoute(seen.route, route);
    if (ready < needed && !isOld)
      throw new Breach(`1: ${part.track} gets ${part.weight} with ${ready} of ${needed} ready`);
  }
  for (const { track, revision, share } of route.mirrors ?? []) {
    const ready = readyOf(seen, revision);
    const isOld = seen.route !== undefined && isSameRoute(seen.route, route);
    if (ready < countFor(share, replicas) && !isOld)
      throw new Breach(`1: ${track} gets copies of ${share} with ${ready} ready`);
  }
}

/** An audience of nobody knows how many may be everybody. */
function loadOf({ weight, match = [] }: RoutePart): Share {
  const audience = match.reduce((sum, { user = FULL_SHARE }) => sum + user, 0);
  return Math.min(FULL_SHARE, weight + audience) as Share;
}

function checkReadyToTakeOver({ rollout, seen }: Taken, to: RevisionId): void {
  const ready = readyOf(seen, to);
  if (ready < rollout.workload.replicas)
    throw new Breach(`2: stable goes while only ${ready} of ${to} are ready`);
}

function checkStableKept(taken: Taken): void {
  const { rollout, decision } = taken;
  const { release } = decision.status;
  if (release?.from === undefined || release.plan.steps.some((step) => step.exclusive)) return;
  if (release.plan.retraces) {
    checkAvailable(taken, release);
    return;
  }
  const step = release.plan.steps[release.step]!;
  const isCommitted = step.promoting && (release.stage === 'shrink' || release.stage === 'wait');
  const keeper = isCommitted ? release.to : release.from;
  if (isCommitted && release.stage === 'shrink') checkReadyToTakeOver(taken, release.to);
  const kept = usualGroup(decision.desired, keeper)?.replicas ?? 0;
  if (kept < rollout.workload.replicas) throw new Breach(`2: ${keeper} has only ${kept} replicas`);
}

function usualGroup({ groups }: Desired, id: RevisionId): DesiredGroup | undefined {
  return groups.find((group) => group.revision === id && group.track !== 'baseline');
}

/** Stable gives capacity away only for what is ready, and can be restored: nothing falls below the bounds. */
function checkAvailable(taken: Taken, { from, to }: ReleaseState): void {
  const { rollout, seen, isStale, decided } = taken;
  const { groups } = taken.decision.desired;
  const least = rollout.workload.replicas - boundsOf(rollout).unavailable;
  const total = groups.reduce((sum, group) => sum + group.replicas, 0);
  if (total < least) throw new Breach(`5: only ${total} replicas are to run, ${least} must`);
  const isDecidedBefore = JSON.stringify(groups) === JSON.stringify(decided);
  if (isStale || isDecidedBefore || seen.groups === undefined) return;
  const kept = (id: RevisionId): number => groups.find((group) => group.revision === id)?.replicas ?? 0;
  const both = [from!, to];
  const before = both.reduce((sum, id) => sum + readyOf(seen, id), 0);
  const after = both.reduce((sum, id) => sum + Math.min(readyOf(seen, id), kept(id)), 0);
  if (after < Math.min(before, least))
    throw new Breach(`5: ${after} of ${before} ready are kept, ${least} must`);
}

function checkCapacityBounds({ rollout, decision }: Taken): void {
  const { replicas } = rollout.workload;
  const total = decision.desired.groups.reduce((sum, group) => sum + group.replicas, 0);
  const isRamp = decision.status.release?.plan.retraces === true;
  const most = replicas + (isRamp ? boundsOf(rollout).surge : routedSurge(rollout));
  if (total > most) throw new Breach(`5: ${total} replicas at once, ${most} may be`);
}

function checkEvidence({ rollout, before, seen, decision, last }: Taken): void {
  const { counted } = decision;
  if (counted === undefined) return;
  const isSameStep = last?.status.release?.step === counted.step && before.release?.step === counted.step;
  const isCandidate = before.release?.number === counted.release;
  if (!isSameStep || !isCandidate) throw new Breach('8: evidence of another step or release was counted');
  if (rollout.traffic !== undefined && (seen.route === undefined || last.seen.route === undefined)) {
    throw new Breach('8: evidence was counted without a confirmed route');
  }
  if (rollout.traffic !== undefined && !isSameRoute(seen.route!, last.seen.route!)) {
    throw new Breach('8: evidence was counted across a change of the route');
  }
  checkVariants(counted.tick);
}

function checkVariants({ candidate, variants }: Tick): void {
  if (variants === undefined) return;
  const all = Object.values(variants);
  const requests = all.reduce((sum, one) => sum + one.requests, 0);
  const errors = all.reduce((sum, one) => sum + one.errors, 0);
  if (all.length < 2 || requests !== candidate.requests || errors !== candidate.errors)
    throw new Breach('8: what several variants served each is not what they served together');
}

function checkAtRest({ rollout, decision }: Taken): void {
  const { route, groups } = decision.desired;
  const { release, stable, kept } = decision.status;
  if (release !== undefined || rollout.traffic === undefined) return;
  const isOnlyStable =
    route?.parts.every((part) => part.revision === stable && part.weight === FULL_SHARE) ?? false;
  if (route?.mirrors !== undefined) throw new Breach('4: somebody is to get copies at rest');
  if (!isOnlyStable) throw new Breach('4: somebody other than stable is to serve at rest');
  if (groups.some(({ track }) => track === 'baseline')) throw new Breach('4: a baseline is kept at rest');
  if (groups.some((group) => group.revision !== stable && group.revision !== kept?.revision))
    throw new Breach('4: the candidate keeps processes at rest');
}

function checkRejected({ rejected, decision }: Taken): void {
  const started = decision.events.some((event) => event.type === 'ReleaseStarted');
  const { to, variants = {} } = decision.status.release ?? {};
  const again = [...(to === undefined ? [] : [to]), ...Object.values(variants)].find((id) =>
    rejected.has(id),
  );
  if (!started || again === undefined) return;
  throw new Breach(`10: ${again} was rejected and is released again`);
}

function checkOutcomeTold({ decision }: Taken): void {
  const told = decision.events.filter((event) =>
    ['Promoted', 'RolledBack', 'Aborted', 'Failed', 'Completed'].includes(event.type),
  );
  if (told.length !== (decision.ended === undefined ? 0 : 1))
    throw new Breach(`11: ${told.length} outcomes told`);
}

function readyOf(seen: Observation, id: RevisionId, copy?: Copy): number {
  return seen.groups?.find((group) => group.revision === id && group.copy === copy)?.ready ?? 0;
}

/** As many again, for each variant; beside a baseline both are at most half, rounded up. */
function routedSurge({ workload: { replicas }, strategy }: Rollout): number {
  if (strategy.kind === 'ab') return strategy.challengers.length * replicas;
  const hasBaseline = strategy.kind === 'canary' && strategy.baseline === true;
  return hasBaseline ? 2 * Math.ceil(replicas / 2) : replicas;
}

/** How far the number of replicas may be off, where they are replaced a few at a time. */
function boundsOf({ workload, strategy }: Rollout): { readonly surge: number; readonly unavailable: number } {
  const { replicas } = workload;
  if (strategy.kind !== 'ramped') return { surge: Math.ceil(replicas / 4), unavailable: 0 };
  const partOf = (size: CountOrShare, round: (count: number) => number): number =>
    Math.min(replicas, 'count' in size ? size.count : round((size.share * replicas) / FULL_SHARE));
  const surge = partOf(strategy.maxSurge, Math.ceil);
  const unavailable = partOf(strategy.maxUnavailable, Math.floor);
  return { surge, unavailable: surge + unavailable === 0 ? 1 : unavailable };
}
