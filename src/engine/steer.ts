import { Failure } from '../base/failure.ts';
import { unreachable } from '../base/unreachable.ts';
import type { EngineEvent } from './decision.ts';
import { goToStep } from './forward.ts';
import { isCommitted, stepOf } from './look.ts';
import type { Wanted } from './wanted.ts';
import { event } from './release-events.ts';
import { turnBack } from './back.ts';
import type { Phase } from '../rollout/model.ts';
import type { ReleaseState, Status } from './status.ts';

/** What a user may say to a running release, or about the last one. */
export type Command =
  /** `full`: all the traffic at once; else only past the step at hand. */
  | { readonly verb: 'promote'; readonly full?: boolean }
  | { readonly verb: 'pause' }
  | { readonly verb: 'resume' }
  | { readonly verb: 'abort'; readonly reason?: string }
  | { readonly verb: 'retry' }
  | { readonly verb: 'undo' };

/** What a command changes. */
export interface Steered {
  readonly status: Status;
  /** Set when another revision is wanted from now on. */
  readonly wanted?: Wanted;
  readonly events: readonly EngineEvent[];
}

/** Applies a user's command to a status. Pure. Throws Failure `conflict` when there is nothing it could mean. */
export function steer(status: Status, command: Command): Steered {
  switch (command.verb) {
    case 'promote':
      return promote(status, command.full === true);
    case 'pause':
      return pause(status);
    case 'resume':
      return resume(status);
    case 'abort':
      return abort(status, command.reason);
    case 'retry':
      return retry(status);
    case 'undo':
      return undo(status);
    default:
      return unreachable(command);
  }
}

function promote(status: Status, isFull: boolean): Steered {
  const release = forwardRelease(status, 'promote');
  if (isCommitted(release)) throw conflict('promote', 'it is being promoted already');
  const step = stepOf(release);
  const target = isFull ? lastTrialStep(release) + 1 : release.step + 1;
  const isPossible = target > release.step && target < release.plan.steps.length;
  if (!isPossible || step.exclusive) throw conflict('promote', `"${step.title}" ends by itself`);
  const skipped = `a user promoted it ${isFull ? 'fully ' : ''}past "${step.title}"`;
  // A route that was allowed to be written is served until the next one, confirmed or not.
  const confirmedStep = release.stage === 'route' ? release.step : release.confirmedStep;
  const move = goToStep({ ...release, paused: false, skipped, confirmedStep }, target);
  const told = event(release, 'Skipped', skipped);
  return {
    status: withRelease(status, move.release, ['Progressing', move.message]),
    events: [told, ...move.events],
  };
}

/** The last step that waits for something; what follows is the switch itself. */
function lastTrialStep(release: ReleaseState): number {
  return release.plan.steps.findLastIndex((step) => step.wait.kind !== 'none');
}

function pause(status: Status): Steered {
  const release = forwardRelease(status, 'pause');
  if (isCommitted(release)) throw conflict('pause', 'the old version is being retired');
  if (release.paused) return { status, events: [] };
  return {
    status: withRelease(status, { ...release, paused: true }, ['Paused', 'paused by a user']),
    events: [event(release, 'Paused', 'paused by a user')],
  };
}

function resume(status: Status): Steered {
  const release = forwardRelease(status, 'resume');
  const events = [event(release, 'Resumed', 'resumed by a user')];
  if (release.paused) {
    return { status: withRelease(status, { ...release, paused: false }, ['Progressing', 'resumed']), events };
  }
  if (release.stage === 'wait' && stepOf(release).wait.kind === 'pause') {
    const move = goToStep(release, release.step + 1);
    return {
      status: withRelease(status, move.release, ['Progressing', move.message]),
      events: [...events, ...move.events],
    };
  }
  throw conflict('resume', 'it is not paused');
}

function abort(status: Status, reason: string | undefined): Steered {
  const release = forwardRelease(status, 'abort');
  if (isCommitted(release)) throw conflict('abort', 'the old version is being retired; undo afterwards');
  const why = reason === undefined ? 'aborted by a user' : `aborted by a user: ${reason}`;
  const turned = turnBack(release, { kind: 'back', outcome: 'aborted', reason: why, reject: true });
  return { status: withRelease(status, turned.release, ['RollingBack', why]), events: [turned.event] };
}

/** What is shown until the next look. */
function withRelease(
  status: Status,
  release: ReleaseState,
  [phase, message]: readonly [Phase, string],
): Status {
  return { ...status, phase, message, release };
}

function retry(status: Status): Steered {
  if (status.release !== undefined) throw conflict('retry', 'a release is running');
  const { lastOutcome } = status;
  if (lastOutcome === undefined || lastOutcome.outcome === 'promoted') {
    throw new Failure('conflict', 'cannot retry: the last release did not fail', {
      hint: 'release a new revision with `coalmine release NAME`',
    });
  }
  return {
    status: withoutRejection(status, lastOutcome.revision),
    wanted: { revision: lastOutcome.revision, mode: 'strategy' },
    events: [],
  };
}

function undo(status: Status): Steered {
  if (status.release !== undefined) {
    throw new Failure('conflict', 'cannot undo: a release is running', {
      hint: 'abort it: `coalmine abort NAME`',
    });
  }
  const { stable, previous } = status;
  if (stable === undefined || previous === undefined) {
    throw new Failure('conflict', 'cannot undo: no earlier revision was ever promoted');
  }
  return {
    status: withoutRejection(status, previous),
    wanted: { revision: previous, mode: 'direct' },
    events: [],
  };
}

/** Lets a rejected revision be tried again. */
export function withoutRejection(status: Status, revision: string): Status {
  return { ...status, rejected: status.rejected.filter((one) => one !== revision) };
}

function forwardRelease(status: Status, verb: string): ReleaseState {
  const { release } = status;
  if (release === undefined) {
    throw new Failure('conflict', `cannot ${verb}: no release is running`, {
      hint: 'see `coalmine history NAME` for what ended',
    });
  }
  if (release.direction.kind === 'back') throw conflict(verb, 'it is going back already');
  return release;
}

function conflict(verb: string, why: string): Failure {
  return new Failure('conflict', `cannot ${verb} the release: ${why}`);
}
