import { formatDuration } from '../../base/duration.ts';
import type { ApprovalGate } from '../../rollout/model-outside.ts';
import type { Author } from '../author.ts';
import type { GateAnswer } from './answer.ts';

/** What somebody said at a gate. */
export interface Approval {
  readonly gate: string;
  /** The step of the plan, since a gate may be met more than once. */
  readonly step: number;
  readonly by: string;
  /** The groups that his token named, or the cluster; absent: he gave himself the name. */
  readonly groups?: readonly string[];
  /** Wall clock, milliseconds since 1970. */
  readonly at: number;
  readonly comment?: string;
}

/** What an approval is judged by. */
export interface ApprovalLook {
  /** Those given at this gate and step that count, each by somebody else. */
  readonly approvals: readonly Approval[];
  /** How long it has been waited for. */
  readonly heldMs: number;
  /** What to run, to say yes. */
  readonly command: string;
}

/** Whether enough people have said yes, or it was waited for long enough. */
export function approvalAnswer(gate: ApprovalGate, { approvals, heldMs, command }: ApprovalLook): GateAnswer {
  if (approvals.length >= gate.count) {
    return { kind: 'yes', why: `approved by ${approvals.map(({ by }) => by).join(', ')}` };
  }
  const { withinMs } = gate;
  if (withinMs !== undefined && heldMs >= withinMs) return inVain(gate, withinMs);
  const lacking = gate.count - approvals.length;
  const people = lacking === 1 ? 'one' : `${lacking}`;
  const left =
    withinMs === undefined ? '' : `; ${formatDuration(withinMs - heldMs)} left, then ${THEN[gate.otherwise]}`;
  return { kind: 'notYet', why: `waits for ${people} of ${gate.by.join(', ')}: ${command}${left}` };
}

const THEN: Readonly<Record<ApprovalGate['otherwise'], string>> = {
  abort: 'the release is aborted',
  advance: 'it goes on without',
  hold: 'it goes on waiting',
};

function inVain({ otherwise, by }: ApprovalGate, withinMs: number): GateAnswer {
  const why = `nobody of ${by.join(', ')} has said enough within ${formatDuration(withinMs)}`;
  switch (otherwise) {
    case 'abort':
      return { kind: 'no', why };
    case 'advance':
      return { kind: 'yes', why: `${why}; it goes on without` };
    case 'hold':
      return { kind: 'notYet', why: `${why}; it goes on waiting` };
  }
}

/** Who says something, and the groups that his token names, or the cluster. */
export interface Voter {
  readonly author: Author;
  readonly groups: readonly string[];
}

/**
 * True for somebody who may say yes or no. Where a group or a token is named, a name that somebody gives himself counts
 * for nothing, not even for a plain name: it would be the way around the others.
 */
export function mayApprove({ by }: Pick<ApprovalGate, 'by'>, { author, groups }: Voter): boolean {
  const { kind, name } = author;
  if (kind === 'user') return !takesTokensOnly({ by }) && by.includes(name);
  const names = [name, `token:${name}`, `user:${name}`, ...groups.map((group) => `group:${group}`)];
  return by.some((one) => names.includes(one));
}

/** True for a gate that hears nobody who gives himself his name. */
export function takesTokensOnly({ by }: Pick<ApprovalGate, 'by'>): boolean {
  return by.some((one) => one.includes(':'));
}

/** Who has given an approval, as he was when he did. */
function voterOf({ by, groups }: Approval): Voter {
  return { author: { kind: groups === undefined ? 'user' : 'token', name: by }, groups: groups ?? [] };
}

/** Those that count at a gate as it is declared now. */
export function counting(gate: ApprovalGate, approvals: readonly Approval[]): readonly Approval[] {
  return approvals.filter((one) => mayApprove(gate, voterOf(one)));
}
