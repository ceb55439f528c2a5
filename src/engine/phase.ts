import type { Phase } from '../rollout/model.ts';
import { desiredAtRest } from './desired.ts';
import { groupOf, isCommitted, readyOf, stepOf, type Look, type ReleaseLook } from './look.ts';
import { isServed } from './observation.ts';

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
  const isPastTrial = !release.plan.steps.slice(release.step).some((step) => step.wait.kind !== 'none');
  return { phase: isPastTrial && release.from !== undefined ? 'Promoting' : 'Progressing', message };
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

function readiness(look: Look): PhaseAndMessage {
  const { rollout, status, seen } = look;
  const { replicas } = rollout.workload;
  if (seen.groups === undefined) return { phase: 'Degraded', message: 'the workload does not answer' };
  const ready = readyOf(seen, status.stable);
  if (ready < replicas) {
    const failing = groupOf(seen, status.stable)?.failing;
    const why = failing === undefined ? '' : `: ${failing}`;
    return { phase: 'Degraded', message: `${ready} of ${replicas} stable replicas ready${why}` };
  }
  return (
    reachability(look) ?? { phase: 'Healthy', message: `${String(status.stable)} serves, ${ready} ready` }
  );
}

/** What stands between users and a version that is ready. */
function reachability({ rollout, status, seen }: Look): PhaseAndMessage | undefined {
  if (isServed(seen, desiredAtRest(rollout, status.stable).route)) return undefined;
  return seen.route === undefined
    ? { phase: 'Degraded', message: 'the data plane does not confirm the route' }
    : { phase: 'Progressing', message: 'the data plane is being told where traffic goes' };
}
