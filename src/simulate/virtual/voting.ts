import type { Voter } from '../../engine/gates/approval.ts';
import { approvalsAt } from '../../engine/gates/ask.ts';
import { vote } from '../../engine/gates/approve.ts';
import type { ReleaseState, Status } from '../../engine/status.ts';
import type { Steered } from '../../engine/steer.ts';
import type { ApprovalGate } from '../../rollout/model-outside.ts';
import type { Rollout } from '../../rollout/model.ts';
import { forVersion, type Answer } from '../scenario/circumstances.ts';
import type { GivenVote } from '../scenario/model.ts';

/** Who says something where, and when by the clocks. */
export interface Spoken {
  readonly given: GivenVote;
  readonly at: number;
}

/**
 * Takes down what somebody says at an approval; everybody has a token. Throws Failure `conflict`, `notPermitted` and
 * `notFound` as the controller does.
 */
export function voted(rollout: Rollout, status: Status, { given, at }: Spoken): Steered {
  const { gate, isYes, by, groups = [] } = given;
  const named = rollout.gates.find((one) => one.name === gate);
  const said = status.release?.approvals?.filter((one) => one.gate === gate) ?? [];
  const names = said.map((one) => one.by);
  const voter: Voter =
    by === undefined && named?.kind === 'approval'
      ? firstOf(named, names)
      : { author: { kind: 'token', name: by ?? SOMEBODY }, groups };
  return vote(rollout, status, { gate, voter, reject: !isYes, at });
}

const SOMEBODY = 'somebody';

/** Somebody who may say yes and has not yet. */
function firstOf({ by }: ApprovalGate, before: readonly string[]): Voter {
  for (const one of by) {
    const [, group] = /^group:(.*)$/.exec(one) ?? [];
    const name = group === undefined ? one.replace(/^(user|token):/, '') : `${group}-${before.length + 1}`;
    if (before.includes(name)) continue;
    return { author: { kind: 'token', name }, groups: group === undefined ? [] : [group] };
  }
  return { author: { kind: 'token', name: SOMEBODY }, groups: [] };
}

/** An approval that a release stands at, and what the scenario says is answered there. */
export interface Standing {
  /** Another time it stands there is another one. */
  readonly key: string;
  readonly gate: string;
  readonly answer: Answer;
  /** How many more have to say yes. */
  readonly lacking: number;
}

/** Undefined where a release stands at no approval, or nobody answers by himself. */
export function standingAt(
  rollout: Rollout,
  { release }: Status,
  answers: readonly Answer[],
): Standing | undefined {
  const gate = release === undefined ? undefined : approvalAt(rollout, release);
  if (release === undefined || gate === undefined) return undefined;
  const own = answers.filter(({ name }) => name === gate.name);
  const answer = forVersion(own, release.to);
  if (answer === undefined || answer.takesMs === Infinity) return undefined;
  const key = [release.number, release.step, release.passed ?? 0, gate.name].join(' ');
  return { key, gate: gate.name, answer, lacking: gate.count - approvalsAt(release, gate).length };
}

type Named = ApprovalGate & { readonly name: string };

function approvalAt({ gates }: Rollout, { held, direction }: ReleaseState): Named | undefined {
  if (held?.kind !== 'gate' || direction.kind === 'back') return undefined;
  const gate = gates.find(({ name }) => name === held.name);
  return gate?.kind === 'approval' ? gate : undefined;
}
