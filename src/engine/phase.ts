import type { Phase } from '../rollout/model.ts';
import { isCommitted, readyOf, stepOf, type Look, type ReleaseLook } from './look.ts';

/** A phase and the sentence that goes with it. */
export interface PhaseAndMessage {
  readonly phase: Phase;
  readonly message: string;
}

/** The phase of a running release; `message` says what it waits for. */
export function phaseOf({ release }: ReleaseLook, message: string): PhaseAndMessage {
  const { wait } = stepOf(release);
  if (release.direction.kind === 'back')
    return { phase: 'RollingBack', message: `${message}; ${release.direction.reason}` };
  if (isCommitted(release)) return { phase: 'Promoting', message };
  if (release.paused || (release.stage === 'wait' && wait.kind === 'pause'))
    return { phase: 'Paused', message };
  if (release.asking !== undefined) return { phase: 'Waiting', message };
  const isLastTrial = !release.plan.steps.slice(release.step).some((step) => step.wait.kind !== 'none');
  return { phase: isLastTrial && release.from !== undefined ? 'Promoting' : 'Progressing', message };
}

/** The phase of a Rollout without a running release. */
export function phaseAtRest(look: Look): PhaseAndMessage {
  const { rollout, status, seen } = look;
  const { stable, lastOutcome } = status;
  const wanted = seen.wanted?.revision;
  if (stable === undefined) {
    if (lastOutcome !== undefined)
      return { phase: 'Degraded', message: `nothing serves: ${lastOutcome.reason}` };
    return { phase: 'Pending', message: rollout.suspend ? 'suspended' : 'no release yet' };
  }
  if (wanted !== undefined && status.rejected.includes(wanted)) {
    const why = lastOutcome?.revision === wanted ? `: ${lastOutcome.reason}` : '';
    return { phase: 'Degraded', message: `${stable} serves; ${wanted} was rejected${why}` };
  }
  return readiness(look);
}

function readiness({ rollout, status, seen }: Look): PhaseAndMessage {
  const { replicas } = rollout.workload;
  if (seen.groups === undefined) return { phase: 'Degraded', message: 'the workload does not answer' };
  const ready = readyOf(seen, status.stable);
  if (ready >= replicas)
    return { phase: 'Healthy', message: `${String(status.stable)} serves, ${ready} ready` };
  const failing = seen.groups.find((group) => group.revision === status.stable)?.failing;
  const why = failing === undefined ? '' : `: ${failing}`;
  return { phase: 'Degraded', message: `${ready} of ${replicas} stable replicas ready${why}` };
}
