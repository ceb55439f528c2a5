import { formatDuration } from '../../base/duration.ts';
import type { RolloutGate } from '../../rollout/model-outside.ts';
import type { Phase, RevisionId } from '../../rollout/model.ts';
import { lastingIn } from '../lasting.ts';
import type { ReleaseLook } from '../look.ts';
import type { Status } from '../status.ts';
import type { GateAnswer } from './answer.ts';

/** What is known of another Rollout that a gate waits for. */
export interface Neighbour {
  readonly phase: Phase;
  /** Since when that and `stable` are so, without interruption, by the wall clock; absent: not for as long as a look. */
  readonly since?: number;
  readonly stable?: RevisionId;
  /** True: its stable revision is made of the artefact that the candidate is made of. */
  readonly isSameArtefact: boolean;
}

/** How long another Rollout has been as a gate wants it, as far as the engine counts. */
export interface Steady {
  /** Since when, by the wall clock: another time is another beginning, and what was counted is over. */
  readonly since: number;
  readonly forMs: number;
}

/** What a gate of another Rollout sees, from what that one remembers. */
export function neighbourOf(status: Status, isSameArtefact: boolean): Neighbour {
  const { phase, stable } = status;
  const since = lastingIn(status)?.since;
  return {
    phase,
    ...(since === undefined ? {} : { since }),
    ...(stable === undefined ? {} : { stable }),
    isSameArtefact,
  };
}

/**
 * How long the other has been as the gate wants it, after `passedMs` more. What was so before the first look counts by
 * the wall clock, from then on only time in which somebody looked: a jump of the clock opens no gate. Undefined while it
 * is not so; a look that could not ask adds nothing and takes nothing away.
 */
export function steadyAt(
  gate: RolloutGate,
  { seen, release, now }: ReleaseLook,
  last: { readonly steady?: Steady; readonly passedMs: number },
): Steady | undefined {
  const { steady: before, passedMs } = last;
  const other = seen.neighbours?.[gate.rollout];
  if (other === undefined) return before;
  if (other === 'none' || other.since === undefined) return undefined;
  if (whatIsLacking(gate, other, release.to).length > 0) return undefined;
  const { since } = other;
  if (before?.since === since) return { since, forMs: before.forMs + passedMs };
  return { since, forMs: Math.max(0, now - since) };
}

/** Whether the other Rollout is as the gate wants it, for as long as it wants. */
export function neighbourAnswer(
  gate: RolloutGate,
  { seen, release }: ReleaseLook,
  steady: Steady | undefined,
): GateAnswer {
  const { rollout: name, phase, forMs } = gate;
  const other = seen.neighbours?.[name];
  if (other === undefined) return { kind: 'notYet', why: `waits to hear of ${name}` };
  if (other === 'none') return { kind: 'notYet', why: `waits for ${name}: there is none` };
  const lacking = whatIsLacking(gate, other, release.to);
  if (lacking.length > 0) return { kind: 'notYet', why: `waits until ${name} ${lacking.join(', and ')}` };
  if (forMs === undefined) return { kind: 'yes', why: `${name} is ${phase}` };
  const lasted = steady?.forMs ?? 0;
  if (lasted >= forMs) return { kind: 'yes', why: `${name} has been ${phase} for ${formatDuration(forMs)}` };
  const counted = lasted < 1_000 ? '0s' : formatDuration(Math.floor(lasted / 1_000) * 1_000);
  return { kind: 'notYet', why: `waits for ${name}: ${phase} for ${counted} of ${formatDuration(forMs)}` };
}

/** What the other has to become, each with what it is instead. */
function whatIsLacking(
  { same, phase }: RolloutGate,
  other: Neighbour,
  candidate: RevisionId,
): readonly string[] {
  const lacking: string[] = [];
  if (same === 'artefact' && !other.isSameArtefact)
    lacking.push(`runs this artefact (it runs ${other.stable ?? 'nothing'})`);
  if (same === 'revision' && other.stable !== candidate)
    lacking.push(`runs ${candidate} (${instead(other)})`);
  if (other.phase !== phase) lacking.push(`is ${phase} (it is ${other.phase})`);
  return lacking;
}

function instead({ stable, isSameArtefact }: Neighbour): string {
  if (stable === undefined) return 'it runs nothing';
  return isSameArtefact ? `it runs ${stable}, another revision of the same artefact` : `it runs ${stable}`;
}
