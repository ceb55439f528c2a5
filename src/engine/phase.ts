import { formatDuration } from '../base/duration.ts';
import type { Phase, Workload } from '../rollout/model.ts';
import { takesTime } from '../strategy/plan.ts';
import { memberState, turnIn } from './group.ts';
import { desiredAtRest } from './desired.ts';
import { groupOf, isCommitted, readyOf, waitAt, type Look, type ReleaseLook } from './look.ts';
import { isServed, unconfirmedWords } from './observation.ts';
import { isServing, rejects, wantedIn, type ReleaseState } from './status.ts';
import type { Wanted } from './wanted.ts';

/** A phase and the sentence that goes with it. */
export interface PhaseAndMessage {
  readonly phase: Phase;
  readonly message: string;
}

/** The phase of a running release; `message` says what it waits for. */
export function phaseOf({ release }: ReleaseLook, message: string): PhaseAndMessage {
  if (release.direction.kind === 'back') {
    const { outcome, reason } = release.direction;
    // What has done what it was for takes nothing back: stable is, and was, what users get.
    const phase = outcome === 'completed' ? 'Progressing' : 'RollingBack';
    return { phase, message: `${message}; ${reason}` };
  }
  return { phase: phaseForward(release), message };
}

function phaseForward(release: ReleaseState): Phase {
  if (isCommitted(release)) return 'Promoting';
  if (release.paused) return 'Paused';
  if (release.held !== undefined) return release.held.kind === 'gate' ? 'Waiting' : 'Progressing';
  if (release.stage === 'wait' && waitAt(release).kind === 'pause') return 'Paused';
  if (release.asking !== undefined) return 'Waiting';
  return isPastTrial(release) && release.from !== undefined ? 'Promoting' : 'Progressing';
}

function isPastTrial({ plan, step, passedTo = 0 }: ReleaseState): boolean {
  return !plan.steps.slice(Math.max(step, passedTo)).some(takesTime);
}

/** The phase of a Rollout without a running release. */
export function phaseAtRest(look: Look): PhaseAndMessage {
  const { status, seen } = look;
  const { stable } = status;
  const { wanted } = seen;
  const turn = waitsForGroup(look);
  if (turn !== undefined) return turn;
  if (stable === undefined) return withoutStable(look);
  const isUnwanted = wanted !== undefined && !isServing(status, wanted) && rejects(status, wanted);
  return isUnwanted ? besidesUnwanted(look, wanted) : readiness(look);
}

function withoutStable({ rollout, status: { lastOutcome } }: Look): PhaseAndMessage {
  if (lastOutcome !== undefined)
    return { phase: 'Degraded', message: `nothing serves: ${lastOutcome.reason}` };
  return { phase: 'Pending', message: rollout.suspend ? 'suspended' : 'no release yet' };
}

/** Stable serves, and what is wanted is not released: it was found bad, or its release was to end with stable. */
function besidesUnwanted(look: Look, asked: Wanted): PhaseAndMessage {
  const { stable, lastOutcome } = look.status;
  const tried = wantedIn(asked).join(', ');
  const wanted = asked.variants === undefined ? tried : `an experiment of ${tried}`;
  const isLast = lastOutcome !== undefined && wantedIn(asked).includes(lastOutcome.revision);
  const last = isLast ? lastOutcome : undefined;
  if (last?.outcome === 'completed') {
    const { phase, message } = readiness(look);
    return { phase, message: `${message}; ${wanted} was tried, and is not released` };
  }
  const why = last === undefined ? '' : `: ${last.reason}`;
  return { phase: 'Degraded', message: `${String(stable)} serves; ${wanted} was rejected${why}` };
}

/** What is wanted and may not begin yet. */
function waitsForGroup(look: Look): PhaseAndMessage | undefined {
  const { rollout, status, seen } = look;
  const { wanted } = seen;
  const state = memberState({ rollout, status, ...(wanted === undefined ? {} : { wanted }) });
  if (wanted === undefined || state !== 'waiting' || rollout.suspend) return undefined;
  const turn = turnIn(look, wanted);
  if (turn.kind !== 'wait') return undefined;
  const serves = status.stable === undefined ? '' : `; ${status.stable} serves`;
  return { phase: 'Waiting', message: `${wanted.revision} ${turn.message}${serves}` };
}

function readiness(look: Look): PhaseAndMessage {
  const { rollout, status, seen } = look;
  const { replicas } = rollout.workload;
  if (seen.groups === undefined) return { phase: 'Degraded', message: 'the workload does not answer' };
  if (isScaledToZero(rollout.workload))
    return { phase: 'Healthy', message: `scaled to zero; ${String(status.stable)} is what comes up again` };
  const ready = readyOf(seen, status.stable);
  if (ready < replicas) {
    const failing = groupOf(seen, status.stable)?.failing;
    const why = failing === undefined ? '' : `: ${failing}`;
    return { phase: 'Degraded', message: `${ready} of ${replicas} stable replicas ready${why}` };
  }
  const { kept } = status;
  const also =
    kept === undefined ? '' : `; ${kept.revision} is kept ready for ${formatDuration(kept.leftMs)} more`;
  const message = `${String(status.stable)} serves, ${ready} ready${also}`;
  return reachability(look) ?? { phase: 'Healthy', message };
}

/** Nothing is to run: that nothing is ready is as it should be. */
export function isScaledToZero(workload: Workload): boolean {
  return workload.kind === 'deployment' && workload.scaledToZero === true;
}

/** What stands between users and a version that is ready. */
function reachability({ rollout, status, seen }: Look): PhaseAndMessage | undefined {
  if (isServed(seen, desiredAtRest(rollout, status.stable).route)) return undefined;
  return seen.route === undefined
    ? { phase: 'Degraded', message: unconfirmedWords(seen, 'does not confirm the route') }
    : { phase: 'Progressing', message: 'the data plane is being told where traffic goes' };
}
