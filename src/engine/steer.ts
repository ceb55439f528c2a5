import { Failure } from '../base/failure.ts';
import { unreachable } from '../base/unreachable.ts';
import type { EngineEvent } from './decision.ts';
import { goToStep, withoutQuestion } from './forward.ts';
import { nextHurdle, isCommitted, pausedWords, stepOf, waitAt } from './look.ts';
import type { Wanted } from './wanted.ts';
import { event } from './release-events.ts';
import { turnBack } from './back.ts';
import type { Phase, RevisionId } from '../rollout/model.ts';
import { wantedIn, type Back, type Held, type ReleaseState, type Status } from './status.ts';

/** What a user may say to a running release, or about the last one. */
export type Command =
  /** `full`: all the traffic at once; else only past the step at hand. */
  | { readonly verb: 'promote'; readonly full?: boolean }
  | { readonly verb: 'pause' }
  | { readonly verb: 'resume' }
  | { readonly verb: 'abort'; readonly reason?: string }
  | { readonly verb: 'retry' }
  /** Without `to`: what was stable before. */
  | { readonly verb: 'undo'; readonly to?: RevisionId };

/** What a command changes. */
export interface Steered {
  readonly status: Status;
  /** Set when another revision is wanted from now on. */
  readonly wanted?: Wanted;
  readonly events: readonly EngineEvent[];
}

/**
 * Applies what somebody, by his name, commands to a status. Pure. Throws Failure `conflict` when there is nothing it could
 * mean.
 */
export function steer(status: Status, command: Command, who = 'a user'): Steered {
  switch (command.verb) {
    case 'promote':
      return promote(status, command.full === true, who);
    case 'pause':
      return pause(status, who);
    case 'resume':
      return resume(status, who);
    case 'abort':
      return abort(status, command.reason, who);
    case 'retry':
      return retry(status);
    case 'undo':
      return undo(status, command.to);
    default:
      return unreachable(command);
  }
}

function promote(status: Status, isFull: boolean, who: string): Steered {
  const release = forwardRelease(status, 'promote');
  refuseToPass(release);
  const step = stepOf(release);
  const target = targetOf(release, isFull);
  if (target === undefined) throw conflict('promote', `"${step.title}" ends by itself`);
  const skipped = `${who} promoted it ${isFull ? 'fully ' : ''}past "${step.title}"`;
  // A user passes waits over, not what is in the way.
  if (release.plan.retraces === true || hasHurdles(release, target))
    return passTo(status, { ...release, paused: false, skipped, passedTo: target }, skipped);
  // A route that was allowed to be written is served until the next one, confirmed or not.
  const confirmedStep = release.stage === 'route' ? release.step : release.confirmedStep;
  const move = goToStep({ ...release, paused: false, skipped, confirmedStep }, target);
  const told = event(release, 'Skipped', skipped);
  return {
    status: withRelease(status, move.release, ['Progressing', move.message]),
    events: [told, ...move.events],
  };
}

/** The step to go to; undefined at one that waits for nothing that could be passed over. */
function targetOf(release: ReleaseState, isFull: boolean): number | undefined {
  const target = isFull ? lastTrialStep(release) + 1 : release.step + 1;
  const isPossible = target > release.step && target < release.plan.steps.length;
  const endsByItself = stepOf(release).exclusive || (!isFull && waitAt(release).kind === 'none');
  return isPossible && !endsByItself ? target : undefined;
}

function refuseToPass(release: ReleaseState): void {
  if (isCommitted(release)) throw conflict('promote', 'it is being promoted already');
  if (release.held !== undefined) throw atHurdle(release.held);
}

/** A gate is opened by those who may; a hook ends by itself. */
function atHurdle({ kind, name }: Held): Failure {
  const what = kind === 'gate' ? 'it stands at the gate' : 'it waits for the hook';
  return new Failure('conflict', `cannot promote the release: ${what} ${name}`, {
    hint: `${kind === 'gate' ? `approve it (\`coalmine approve NAME ${name}\`), take it out of the Rollout,` : 'wait for it,'} or abort the release`,
  });
}

/** True when there is something to pass before a step, from the one at hand on. */
function hasHurdles(release: ReleaseState, target: number): boolean {
  const between = release.plan.steps.slice(release.step + 1, target);
  return nextHurdle(release) !== undefined || between.some((step) => step.hurdles !== undefined);
}

/** Where each step takes no more away than the next has been given, all are gone through, without waiting. */
function passTo(status: Status, release: ReleaseState, skipped: string): Steered {
  return {
    status: withRelease(status, withoutQuestion(release), ['Progressing', skipped]),
    events: [event(release, 'Skipped', skipped)],
  };
}

/** The last step that waits for something; what follows is the switch itself. */
function lastTrialStep(release: ReleaseState): number {
  return release.plan.steps.findLastIndex((step) => step.wait.kind !== 'none');
}

function pause(status: Status, who: string): Steered {
  const release = forwardRelease(status, 'pause');
  if (isCommitted(release)) throw conflict('pause', 'the old version is being retired');
  if (release.paused) return { status, events: [] };
  const paused = { ...release, paused: true, pausedBy: who };
  return {
    status: withRelease(status, paused, ['Paused', pausedWords(paused)]),
    events: [event(release, 'Paused', pausedWords(paused))],
  };
}

function resume(status: Status, who: string): Steered {
  const release = forwardRelease(status, 'resume');
  const events = [event(release, 'Resumed', `resumed by ${who}`)];
  if (release.paused) {
    return { status: withRelease(status, { ...release, paused: false }, ['Progressing', 'resumed']), events };
  }
  if (isPausedByPlan(release)) {
    const next = release.step + 1;
    if (nextHurdle(release) !== undefined) {
      return {
        status: withRelease(status, { ...release, passedTo: next }, ['Progressing', 'resumed']),
        events,
      };
    }
    const move = goToStep(release, next);
    return {
      status: withRelease(status, move.release, ['Progressing', move.message]),
      events: [...events, ...move.events],
    };
  }
  throw conflict('resume', 'it is not paused');
}

function abort(status: Status, reason: string | undefined, who: string): Steered {
  const release = forwardRelease(status, 'abort');
  if (isCommitted(release)) throw conflict('abort', 'the old version is being retired; undo afterwards');
  const why = reason === undefined ? `aborted by ${who}` : `aborted by ${who}: ${reason}`;
  const turned = turnBack(release, { kind: 'back', outcome: 'aborted', reason: why, reject: true });
  return { status: withRelease(status, turned.release, ['RollingBack', why]), events: [turned.event] };
}

function isPausedByPlan(release: ReleaseState): boolean {
  return release.stage === 'wait' && release.held === undefined && waitAt(release).kind === 'pause';
}

/** What is shown until the next look. */
export function withRelease(
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
      hint: 'release a changed version, or go back to an earlier one with `coalmine undo NAME`',
    });
  }
  const { revision, variants } = lastOutcome;
  return {
    status: withoutRejection(status, lastOutcome),
    wanted: { revision, ...(variants === undefined ? {} : { variants }), mode: 'strategy' },
    events: [wantedEvent(revision, 'once more')],
  };
}

function undo(status: Status, to: RevisionId | undefined): Steered {
  if (status.release !== undefined) {
    throw new Failure('conflict', 'cannot undo: a release is running', {
      hint: 'abort it: `coalmine abort NAME`',
    });
  }
  const { stable, previous } = status;
  const revision = to ?? previous;
  if (stable === undefined || revision === undefined) {
    throw new Failure('conflict', 'cannot undo: no earlier revision was promoted since the last undo', {
      hint: 'go further back with `coalmine undo NAME --to REVISION`; see `coalmine history NAME`',
    });
  }
  if (revision === stable) throw new Failure('conflict', `cannot undo: ${stable} serves already`);
  return {
    status: withoutRejection(status, { revision }),
    wanted: { revision, mode: 'direct' },
    events: [wantedEvent(revision, `back from ${stable}`)],
  };
}

function wantedEvent(revision: RevisionId, how: string): EngineEvent {
  return { type: 'Wanted', message: `${revision} is wanted, ${how}`, revision };
}

/** Lets what was rejected be tried again. */
export function withoutRejection(status: Status, wanted: Pick<Wanted, 'revision' | 'variants'>): Status {
  const again = wantedIn(wanted);
  return { ...status, rejected: status.rejected.filter((one) => !again.includes(one)) };
}

/** The running release, as long as it goes forward; throws Failure `conflict` otherwise. */
export function forwardRelease(status: Status, verb: string): ReleaseState {
  const { release } = status;
  if (release === undefined) {
    throw new Failure('conflict', `cannot ${verb}: no release is running`, {
      hint: 'see `coalmine history NAME` for what ended',
    });
  }
  if (release.direction.kind === 'back') throw conflict(verb, whyOnlyBack(release.direction));
  return release;
}

/** What has done what it was for takes nothing back. */
function whyOnlyBack({ outcome, reason }: Back): string {
  return outcome === 'completed'
    ? `it is ending already, and what ran before stays (${reason})`
    : `it is going back already (${reason})`;
}

function conflict(verb: string, why: string): Failure {
  return new Failure('conflict', `cannot ${verb} the release: ${why}`);
}
