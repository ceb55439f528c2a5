import { compilePlan } from '../strategy/compile.ts';
import type { RevisionId, Rollout } from '../rollout/model.ts';
import { afterCandidate, moveBack, turnBack } from './back.ts';
import type { Decision, EngineEvent } from './decision.ts';
import { desiredAtRest, desiredBack, desiredForward } from './desired.ts';
import { goToStep, moveForward, type Move } from './forward.ts';
import { countRequests } from './judging.ts';
import { withClocks, type Look, type ReleaseLook } from './look.ts';
import type { Observation } from './observation.ts';
import { phaseAtRest, phaseOf } from './phase.ts';
import { endEvent, event, historyOf, type Ending } from './release-events.ts';
import type { Back, ReleaseState, Status } from './status.ts';
import { reasonToGoBack } from './turn-back.ts';
import type { Wanted } from './wanted.ts';

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
  if (status.release !== undefined) {
    return runRelease({ ...look, release: withClocks(status.release, now) });
  }
  const wanted = revisionToStart(look);
  return wanted === undefined ? rest(look) : startRelease(look, wanted);
}

function revisionToStart({ rollout, status, seen }: Look): Wanted | undefined {
  const { wanted } = seen;
  if (wanted === undefined || wanted.revision === status.stable) return undefined;
  // The way back to what was trusted before stays open.
  if (rollout.suspend && wanted.mode !== 'direct') return undefined;
  return status.rejected.includes(wanted.revision) ? undefined : wanted;
}

function rest(look: Look): Decision {
  return {
    status: { ...look.status, ...phaseAtRest(look) },
    desired: desiredAtRest(look.rollout, look.status.stable),
    events: [],
    wakeInMs: AT_REST_MS,
  };
}

function startRelease(look: Look, wanted: Wanted): Decision {
  const { rollout, status, now } = look;
  const release: ReleaseState = {
    number: status.releases + 1,
    ...(status.stable === undefined ? {} : { from: status.stable }),
    to: wanted.revision,
    mode: wanted.mode,
    startedAt: now,
    plan: compilePlan(rollout, { hasStable: status.stable !== undefined, direct: wanted.mode === 'direct' }),
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
  const started = event(release, 'ReleaseStarted', `release ${release.number} of ${release.to}, ${from}`);
  const next = { ...look, status: { ...status, releases: release.number } };
  return going(next, { ...first, events: [started, ...first.events] }, AT_ONCE_MS);
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
  if (reason !== undefined) return startBack(look, reason);
  const move = moveForward(look);
  if (move.end === 'done') return promoted(look);
  if (move.end !== undefined) return startBack(look, move.end);
  const isMoved = move.release.stage !== look.release.stage || move.release.step !== look.release.step;
  return going(look, move, isMoved ? AT_ONCE_MS : nextLookInMs(move.release));
}

function nextLookInMs({ stage, stageMs }: ReleaseState): number {
  if (stage !== 'wait') return SOON_MS;
  return Math.min(LONGEST_TICK_MS, Math.max(TICK_MS, stageMs / TICKS_PER_STEP));
}

function startBack(look: ReleaseLook, direction: Back): Decision {
  const turned = turnBack(look.release, direction);
  return goBack({ ...look, release: turned.release }, direction, [turned.event]);
}

function goBack(before: ReleaseLook, direction: Back, events: readonly EngineEvent[]): Decision {
  const look = { ...before, release: afterCandidate(before) };
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

function promoted(look: ReleaseLook): Decision {
  const { release, status } = look;
  const { previous: _, ...kept } = status;
  const isUndo = release.mode === 'direct' && release.from !== undefined;
  const next: Status = {
    ...kept,
    stable: release.to,
    // What was undone is not to be gone back to, by a second undo or by itself.
    ...(release.from === undefined || isUndo ? {} : { previous: release.from }),
    rejected: isUndo ? withRejected(status.rejected, release.from) : status.rejected,
  };
  const judged =
    release.judgement?.reason ?? (release.skipped === undefined ? 'every step was passed' : undefined);
  const reason = [release.skipped, isUndo ? `undone: ${release.from}` : judged].filter(
    (one) => one !== undefined,
  );
  return ended(
    { ...look, status: next },
    { outcome: 'promoted', reason: reason.join('; '), reject: false },
    [],
  );
}

function ended(look: ReleaseLook, ending: Ending, events: readonly EngineEvent[]): Decision {
  const { status, release, now } = look;
  const { release: _, ...kept } = status;
  const next: Status = {
    ...kept,
    lastOutcome: {
      release: release.number,
      revision: release.to,
      outcome: ending.outcome,
      reason: ending.reason,
    },
    rejected: ending.reject ? withRejected(status.rejected, release.to) : status.rejected,
  };
  return {
    ...rest({ ...look, status: next }),
    events: [...events, endEvent(release, ending)],
    ended: historyOf(release, ending, now),
    wakeInMs: AT_ONCE_MS,
  };
}

function withRejected(rejected: readonly RevisionId[], revision: RevisionId): readonly RevisionId[] {
  return [...rejected.filter((one) => one !== revision), revision].slice(-REJECTED_KEPT);
}
