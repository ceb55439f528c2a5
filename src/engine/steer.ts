import { Failure } from '../base/failure.ts';
import { unreachable } from '../base/unreachable.ts';
import type { EngineEvent } from './decision.ts';
import { goToStep } from './forward.ts';
import { isCommitted, stepOf } from './look.ts';
import type { Wanted } from './observation.ts';
import { event } from './release-events.ts';
import { turnBack } from './back.ts';
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
  const move = goToStep({ ...release, paused: false }, target);
  return { status: { ...status, release: move.release }, events: move.events };
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
    status: { ...status, release: { ...release, paused: true } },
    events: [event(release, 'Paused', 'paused by a user')],
  };
}

function resume(status: Status): Steered {
  const release = forwardRelease(status, 'resume');
  const events = [event(release, 'Resumed', 'resumed by a user')];
  if (release.paused) return { status: { ...status, release: { ...release, paused: false } }, events };
  if (release.stage === 'wait' && stepOf(release).wait.kind === 'pause') {
    const move = goToStep(release, release.step + 1);
    return { status: { ...status, release: move.release }, events: [...events, ...move.events] };
  }
  throw conflict('resume', 'it is not paused');
}

function abort(status: Status, reason: string | undefined): Steered {
  const release = forwardRelease(status, 'abort');
  if (isCommitted(release)) throw conflict('abort', 'the old version is being retired; undo afterwards');
  const turned = turnBack(release, {
    kind: 'back',
    outcome: 'aborted',
    reason: reason === undefined ? 'aborted by a user' : `aborted by a user: ${reason}`,
    reject: true,
  });
  return { status: { ...status, release: turned.release }, events: [turned.event] };
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
  const cleared = withoutRejection(status, previous);
  return {
    status: { ...cleared, rejected: [...cleared.rejected, stable] },
    wanted: { revision: previous, mode: 'direct' },
    events: [{ type: 'RevisionRejected', message: `${stable} was undone by a user`, revision: stable }],
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
