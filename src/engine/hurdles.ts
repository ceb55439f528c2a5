import type { Hurdle } from '../strategy/plan.ts';
import type { EngineEvent } from './decision.ts';
import type { GateAnswer } from './gates/answer.ts';
import { askGate, askHook } from './gates/ask.ts';
import { steadyAt } from './gates/neighbour.ts';
import { nextHurdle, type ReleaseLook } from './look.ts';
import { event } from './release-events.ts';
import type { Back, Held, ReleaseState } from './status.ts';

/** What became of the hurdles before a stage. */
export interface Passage {
  readonly release: ReleaseState;
  readonly events: readonly EngineEvent[];
  /** What is waited for; absent once all of them are passed. */
  readonly waitsFor?: string;
  /** Set when the release must go back. */
  readonly back?: Back;
}

/** Passes what can be passed before a stage, one after another, as far as it goes. What is passed is not met again. */
export function passHurdles(look: ReleaseLook, before: Hurdle['before']): Passage {
  let passage: Passage = { release: look.release, events: [] };
  for (;;) {
    const hurdle = nextHurdle(passage.release);
    if (hurdle?.before !== before) return passage;
    const next = meet({ ...look, release: passage.release }, hurdle);
    passage = { ...next, events: [...passage.events, ...next.events] };
    if (next.waitsFor !== undefined || next.back !== undefined) return passage;
  }
}

/** One that is no longer declared holds nobody up. */
function meet(look: ReleaseLook, hurdle: Hurdle): Passage {
  const { release } = look;
  const held = heldAt(look, hurdle);
  const answer = answerOf(look, hurdle, held);
  const what = `${hurdle.kind} ${hurdle.name}`;
  switch (answer?.kind) {
    case undefined:
      return passed(release, hurdle, 'it is no longer declared');
    case 'yes':
      return passed(release, hurdle, answer.why);
    case 'notYet': {
      const waitsFor = `${what} ${answer.why}`;
      const begun = hurdle.kind === 'gate' ? 'Waiting' : 'HookStarted';
      const events = release.held === undefined ? [event(release, begun, waitsFor)] : [];
      return { release: { ...release, held }, events, waitsFor };
    }
    case 'no':
      return refused(release, hurdle, `${what}: ${answer.why}`);
  }
}

function answerOf(look: ReleaseLook, { kind, name }: Hurdle, held: Held): GateAnswer | undefined {
  const { gates, hooks } = look.rollout;
  if (kind === 'hook') {
    const hook = hooks.find((one) => one.name === name);
    return hook === undefined ? undefined : askHook(hook, look, held);
  }
  const gate = gates.find((one) => one.name === name);
  return gate === undefined ? undefined : askGate(gate, look, held);
}

/** A gate that says no aborts the release; a hook that fails shows that the version is no good. */
function refused(release: ReleaseState, { kind }: Hurdle, reason: string): Passage {
  const outcome = kind === 'gate' ? 'aborted' : 'rolledBack';
  const events = kind === 'gate' ? [] : [event(release, 'HookFailed', reason)];
  return { release, events, back: { kind: 'back', outcome, reason, reject: true } };
}

/** How long it has been waited here: what the looks have seen of it, without pauses. */
function heldAt(look: ReleaseLook, { kind, name, before }: Hurdle): Held {
  const { release, status } = look;
  const { steady, ...held } = release.held ?? { kind, name, before, forMs: 0 };
  const sinceLastLook = release.stageMs - (status.release?.stageMs ?? 0);
  const passedMs = release.held === undefined ? 0 : Math.max(0, sinceLastLook);
  const next: Held = { ...held, forMs: held.forMs + passedMs };
  const gate = look.rollout.gates.find((one) => kind === 'gate' && one.name === name);
  if (gate?.kind !== 'rollout') return next;
  const now = steadyAt(gate, look, { passedMs, ...(steady === undefined ? {} : { steady }) });
  return now === undefined ? next : { ...next, steady: now };
}

function passed(release: ReleaseState, { kind, name }: Hurdle, why: string): Passage {
  const { held: _, ...rest } = release;
  const next = { ...rest, passed: (release.passed ?? 0) + 1 };
  return {
    release: next,
    events: [event(release, kind === 'gate' ? 'GatePassed' : 'HookDone', `${kind} ${name}: ${why}`)],
  };
}

/** Nothing is met before the way back. */
export function withoutHurdles({ held: _, passed: _passed, ...release }: ReleaseState): ReleaseState {
  return release;
}
