import { formatDuration } from '../../base/duration.ts';
import type { ApprovalGate, Gate, Hook, WebhookGate } from '../../rollout/model-outside.ts';
import { errandOf } from '../errand.ts';
import type { ReleaseLook } from '../look.ts';
import type { GateAnswer } from './answer.ts';
import { approvalAnswer, counting, type Approval } from './approval.ts';
import { neighbourAnswer } from './neighbour.ts';
import { isOpen, opensAt } from './window.ts';
import type { Held, ReleaseState } from '../status.ts';

/** What a gate says at this look, after it was waited at so. */
export function askGate(gate: Gate, look: ReleaseLook, { forMs: heldMs, steady }: Held): GateAnswer {
  const { rollout, release, now } = look;
  switch (gate.kind) {
    case 'approval': {
      const command = `coalmine approve ${rollout.name} ${gate.name}`;
      return approvalAnswer(gate, { approvals: approvalsAt(release, gate), heldMs, command });
    }
    case 'window': {
      if (isOpen(gate, now)) return { kind: 'yes', why: 'its hours have begun' };
      return { kind: 'notYet', why: `opens in ${formatDuration(opensAt(gate, now) - now)}` };
    }
    case 'freeze': {
      if (now < gate.fromMs || now >= gate.toMs) return { kind: 'yes', why: 'there is no freeze' };
      return { kind: 'notYet', why: `frozen for another ${formatDuration(gate.toMs - now)}` };
    }
    case 'webhook':
      return webhookAnswer(gate, look, heldMs);
    case 'rollout':
      return neighbourAnswer(gate, look, steady);
  }
}

/** A gate is not closed for good by what another system says, only by the end of the time for it. */
function webhookAnswer(
  gate: WebhookGate,
  { rollout, release, seen }: ReleaseLook,
  heldMs: number,
): GateAnswer {
  const errand = errandOf(rollout, release);
  const answer = errand === undefined ? undefined : seen.answers?.[errand.key];
  if (answer?.kind === 'yes') return answer;
  const why = answer?.why ?? 'is being asked';
  const leftMs = gate.withinMs - heldMs;
  if (leftMs <= 0) return { kind: 'no', why: `no yes within ${formatDuration(gate.withinMs)}; it ${why}` };
  return { kind: 'notYet', why: `${why}; ${formatDuration(leftMs)} left, then the release is aborted` };
}

/** What came of a hook, after it was waited for so. */
export function askHook(
  hook: Hook,
  { rollout, release, seen }: ReleaseLook,
  { forMs: heldMs }: Held,
): GateAnswer {
  const errand = errandOf(rollout, release);
  const answer = errand === undefined ? undefined : seen.answers?.[errand.key];
  if (answer !== undefined && answer.kind !== 'notYet') return answer;
  const leftMs = hook.timeoutMs - heldMs;
  if (leftMs <= 0) return { kind: 'no', why: `it did not end within ${formatDuration(hook.timeoutMs)}` };
  return { kind: 'notYet', why: `${answer?.why ?? 'runs'}; at most ${formatDuration(leftMs)} more` };
}

/** Who has said yes at the gate of the step at hand, as far as it counts. */
export function approvalsAt(
  { approvals = [], step }: ReleaseState,
  gate: ApprovalGate & { readonly name: string },
): readonly Approval[] {
  const given = approvals.filter((one) => one.gate === gate.name && one.step === step);
  return counting(gate, given);
}
