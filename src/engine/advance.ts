import type { Author } from './author.ts';
import type { RevisionId, Rollout } from '../rollout/model.ts';
import type { Plan } from '../strategy/plan.ts';
import { furtherBack, moveBack, turnBack } from './back.ts';
import type { Decision, EngineEvent } from './decision.ts';
import { desiredAtRest, desiredBack, desiredForward } from './desired.ts';
import { goToStep, moveForward, type Move } from './forward.ts';
import { turnIn, undoWithGroup } from './group.ts';
import { keptAfter, stillKept, withKept } from './kept.ts';
import { countRequests } from './judging.ts';
import { withLasting } from './lasting.ts';
import { withClocks, type Look, type ReleaseLook } from './look.ts';
import type { Observation } from './observation.ts';
import { withNotices } from './notices.ts';
import { isClosed, withMaintenance } from './maintenance.ts';
import { phaseAtRest, phaseOf } from './phase.ts';
import { errandIn, errandOf, hooksAfter, withAnswers } from './errand.ts';
import { endEvent, event, historyOf, type Ending } from './release-events.ts';
import { standingAtRest, withHalves } from './standing.ts';
import { isServing, rejects, type Back, type ReleaseState, type Status } from './status.ts';
import { reasonToGoBack } from './turn-back.ts';
import type { Wanted } from './wanted.ts';
import { pastAfter, wayTo } from './window.ts';

/** Something just changed: look again at once. */
const AT_ONCE_MS = 0;
/** A release waits for processes or for the data plane. */
const SOON_MS = 250;
/** The tick of the analysis; a 600th of a step that has lasted longer, so that evidence kept does not grow for ever. */
const TICK_MS = 1_000;
const LONGEST_TICK_MS = 30_000;
const TICKS_PER_STEP = 600;
/** Nothing goes on: look for drift. */
const AT_REST_MS = 5_000;
/** How many rejected revisions are remembered. */
const REJECTED_KEPT = 50;

/**
 * Decides what to do about a Rollout. Pure: equal arguments give an equal decision, for ever. Whoever keeps
 * the Rollout calls it again and again with what is true then.
 */
// eslint-disable-next-line max-params -- the contract: what is asked, what is remembered, what is true, when
export function advance(rollout: Rollout, status: Status, seen: Observation, now: number): Decision {
  const look: Look = { rollout, status, seen, now };
  const decision = withNotices(look, withMaintenance(withErrands(look, decide(look))));
  return { ...decision, status: withLasting(decision.status, now) };
}

/** What is asked and run outside, for the release and after earlier ones. Only what is saved is begun. */
function withErrands(look: Look, decision: Decision): Decision {
  const { rollout } = look;
  const { release, pendingHooks: _, ...status } = decision.status;
  const { pending, events } = withAnswers(look);
  const { ended } = decision;
  const isEnded = ended !== undefined && look.status.release !== undefined;
  const added = isEnded ? hooksAfter(rollout, look.status.release, ended.outcome) : [];
  const hooks = [...pending, ...added];
  const own = release === undefined ? undefined : errandOf(rollout, release);
  const errands = [...(own === undefined ? [] : [own]), ...hooks.map(errandIn)];
  return {
    ...decision,
    status: {
      ...status,
      ...(release === undefined ? {} : { release }),
      ...(hooks.length === 0 ? {} : { pendingHooks: hooks }),
    },
    desired: errands.length === 0 ? decision.desired : { ...decision.desired, errands },
    events: [...events, ...decision.events],
  };
}

function decide(look: Look): Decision {
  const { status, seen, now } = look;
  if (status.release !== undefined)
    return runRelease({ ...look, release: withClocks(status.release, now, isClosed(look)) });
  const undo = undoWithGroup(look);
  if (undo !== undefined) return startRelease(look, undoing(undo.to, seen.wanted), undo.why);
  const wanted = revisionToStart(look);
  const turn = wanted === undefined ? undefined : turnIn(look, wanted);
  if (wanted === undefined || turn?.kind === 'wait') return rest(look);
  return turn?.kind === 'drop' ? drop(look, wanted, turn.why) : startRelease(look, wanted);
}

function undoing(to: RevisionId, wanted: Partial<Wanted> = {}): Wanted {
  const { variants: _, ...others } = wanted;
  return { ...others, revision: to, mode: 'direct' };
}

function revisionToStart({ rollout, status, seen }: Look): Wanted | undefined {
  const { wanted } = seen;
  if (wanted === undefined || isServing(status, wanted)) return undefined;
  // The way back to what was trusted before stays open.
  if (rollout.suspend && wanted.mode !== 'direct') return undefined;
  // Its part is over: it was taken back, or never begun.
  if (wanted.together !== undefined && wanted.together === status.part?.together) return undefined;
  return rejects(status, wanted) ? undefined : wanted;
}

/** Notes that it has no part in the release of its group any more, so that it is not begun later either. */
function drop(look: Look, { together, revision }: Wanted, why: string): Decision {
  const part = together === undefined ? {} : { part: { together, state: 'dropped' as const } };
  const decision = rest({ ...look, status: { ...look.status, ...part } });
  return { ...decision, events: [{ type: 'Dropped', message: `not released: ${why}`, revision }] };
}

function rest(before: Look): Decision {
  const { standing: compared, kept: keptBefore, ...status } = before.status;
  const kept = keptBefore === undefined ? undefined : stillKept(before);
  const look: Look = { ...before, status: kept === undefined ? status : { ...status, kept } };
  const standing = standingAtRest(look, compared);
  return {
    status: { ...look.status, ...(standing === undefined ? {} : { standing }), ...phaseAtRest(look) },
    desired: withKept(withHalves(desiredAtRest(look.rollout, status.stable), standing), look, kept),
    events: [],
    wakeInMs: AT_REST_MS,
  };
}

function startRelease(look: Look, wanted: Wanted, undoes?: string): Decision {
  const { rollout, status, now } = look;
  const way = wayTo(wanted, rollout, status);
  const release: ReleaseState = {
    number: status.releases + 1,
    ...(status.stable === undefined ? {} : { from: status.stable }),
    to: wanted.revision,
    ...variantsOn(way.plan, wanted),
    mode: wanted.mode,
    ...(wanted.together === undefined ? {} : { together: wanted.together }),
    ...(undoes === undefined ? askedBy(wanted) : { undoes }),
    startedAt: now,
    ...way,
    step: 0,
    stage: 'grow',
    confirmedStep: -1,
    stageMs: 0,
    measuredMs: 0,
    ageMs: 0,
    seenAt: now,
    paused: false,
    direction: { kind: 'forward' },
    counting: false,
    served: { requests: 0, errors: 0 },
  };
  const first = goToStep(release, 0);
  const from = status.stable === undefined ? 'first release' : `from ${status.stable}`;
  const told = event(release, 'ReleaseStarted', `release ${release.number} of ${release.to}, ${from}`);
  const started = { ...told, ...askedBy(release) };
  // What is wanted again has its processes already; what is not makes room.
  const { kept: _, ...others } = status;
  const next = { ...look, status: { ...others, releases: release.number } };
  return going(next, { ...first, events: [started, ...first.events] }, AT_ONCE_MS);
}

/** Who asked for it, where anybody did. */
function askedBy({ by }: { readonly by?: Author }): { readonly by?: Author } {
  return by === undefined ? {} : { by };
}

/** A plan without an experiment has one candidate. */
function variantsOn({ steps }: Plan, { variants }: Wanted): Pick<ReleaseState, 'variants'> {
  const isCompared = steps.some(({ wait }) => wait.kind === 'experiment');
  return variants === undefined || !isCompared ? {} : { variants };
}

function going(look: Look, move: Move, wakeInMs: number): Decision {
  const { message, release } = move;
  return {
    status: { ...look.status, ...phaseOf({ ...look, release }, message), release },
    desired: desiredForward({ ...look, release }),
    events: move.events,
    wakeInMs,
  };
}

function runRelease(look: ReleaseLook): Decision {
  const { release, tick } = countRequests(look);
  const current = { ...look, release };
  const decision = release.direction.kind === 'back' ? goBack(current, release.direction, []) : goOn(current);
  return tick === undefined ? decision : { ...decision, counted: tick };
}

function goOn(look: ReleaseLook): Decision {
  const reason = reasonToGoBack(look);
  if (reason !== undefined) return startBack(look, reason, []);
  const move = moveForward(look);
  if (move.end === 'done') {
    return look.release.plan.keepsStable === true
      ? completed(look, move.events)
      : promoted(look, move.events);
  }
  if (move.end !== undefined) return startBack(look, move.end, move.events);
  const isMoved = move.release.stage !== look.release.stage || move.release.step !== look.release.step;
  return going(look, move, isMoved ? AT_ONCE_MS : nextLookInMs(move.release));
}

function nextLookInMs({ stage, stageMs, held }: ReleaseState): number {
  if (stage !== 'wait' && held === undefined) return SOON_MS;
  const waitedMs = held === undefined ? stageMs : held.forMs;
  return Math.min(LONGEST_TICK_MS, Math.max(TICK_MS, waitedMs / TICKS_PER_STEP));
}

function startBack(look: ReleaseLook, direction: Back, events: readonly EngineEvent[]): Decision {
  const turned = turnBack(look.release, direction);
  return goBack({ ...look, release: turned.release }, direction, [...events, turned.event]);
}

function goBack(before: ReleaseLook, direction: Back, events: readonly EngineEvent[]): Decision {
  const look = { ...before, release: furtherBack(before) };
  const move = moveBack(look);
  if (move.kind !== 'going') {
    const forcedBy = move.kind === 'forced' ? move.why : undefined;
    return ended(look, endOfWayBack(look.release, direction, forcedBy), events);
  }
  return {
    status: { ...look.status, ...phaseOf(look, move.message), release: look.release },
    desired: desiredBack(look),
    events,
    wakeInMs: SOON_MS,
  };
}

function endOfWayBack(release: ReleaseState, direction: Back, forcedBy: string | undefined): Ending {
  const { reason, reject } = direction;
  if (forcedBy !== undefined) return { outcome: 'failed', reason: `${reason}; and ${forcedBy}`, reject };
  const hasNothingToGoBackTo = release.from === undefined && direction.outcome === 'rolledBack';
  return { outcome: hasNothingToGoBackTo ? 'failed' : direction.outcome, reason, reject };
}

function promoted(look: ReleaseLook, events: readonly EngineEvent[]): Decision {
  const { release, status } = look;
  const { previous: _, ...kept } = status;
  const undoneOf = release.mode === 'direct' ? release.from : undefined;
  const isUndo = undoneOf !== undefined;
  const before = isUndo ? undefined : keptAfter(release.plan, release.from, look.now);
  const next: Status = {
    ...kept,
    stable: release.to,
    past: pastAfter(status, release),
    // What was undone is not to be gone back to, by a second undo or by itself.
    ...(release.from === undefined || isUndo ? {} : { previous: release.from }),
    rejected: withRejected(status.rejected, isUndo ? [undoneOf] : losersOf(release)),
    ...(before === undefined ? {} : { kept: before }),
  };
  const { from = '', undoes } = release;
  const undone = undoes === undefined ? `undone: ${from}` : `undone: ${from}, because ${undoes}`;
  const reason = reasonOf(release, isUndo ? undone : undefined);
  return ended({ ...look, status: next }, { outcome: 'promoted', reason, reject: false }, events);
}

/** It has done what it was for. It is not what serves, and is not begun again by itself. */
function completed(look: ReleaseLook, events: readonly EngineEvent[]): Decision {
  const reason = reasonOf(look.release, undefined);
  return ended(look, { outcome: 'completed', reason, reject: true }, events);
}

/** Why it was promoted: what a user did, and what was judged. */
function reasonOf({ skipped, judgement, experiment }: ReleaseState, undone: string | undefined): string {
  const found = experiment?.judgement ?? judgement;
  const judged = found?.reason ?? (skipped === undefined ? 'every step was passed' : undefined);
  return [skipped, undone ?? judged].filter((one) => one !== undefined).join('; ');
}

function ended(look: ReleaseLook, ending: Ending, events: readonly EngineEvent[]): Decision {
  const { status, release, now } = look;
  const { release: _, ...kept } = status;
  const next: Status = {
    ...kept,
    lastOutcome: {
      release: release.number,
      revision: release.to,
      ...(release.variants === undefined ? {} : { variants: release.variants }),
      outcome: ending.outcome,
      reason: ending.reason,
    },
    rejected: ending.reject
      ? withRejected(status.rejected, [release.to, ...losersOf(release)])
      : status.rejected,
    ...partAfter(release, ending),
  };
  return {
    ...rest({ ...look, status: next }),
    events: [...events, endEvent(release, ending)],
    ended: historyOf(release, ending, now),
    wakeInMs: AT_ONCE_MS,
  };
}

function partAfter({ together, undoes }: ReleaseState, { outcome }: Ending): Pick<Status, 'part'> {
  if (together === undefined) return {};
  if (undoes === undefined) return { part: { together, state: outcome } };
  // An undo that does not succeed is not tried again.
  return { part: { together, state: outcome === 'promoted' ? 'undone' : 'failed' } };
}

/** The variants that have not won. */
function losersOf({ to, variants = {} }: ReleaseState): readonly RevisionId[] {
  return Object.values(variants).filter((revision) => revision !== to);
}

function withRejected(
  rejected: readonly RevisionId[],
  revisions: readonly RevisionId[],
): readonly RevisionId[] {
  return [...rejected.filter((one) => !revisions.includes(one)), ...revisions].slice(-REJECTED_KEPT);
}
