import { Failure } from '../../base/failure.ts';
import type { ApprovalGate, Gate } from '../../rollout/model-outside.ts';
import type { Rollout } from '../../rollout/model.ts';
import { turnBack } from '../back.ts';
import { event } from '../release-events.ts';
import type { ReleaseState, Status } from '../status.ts';
import { forwardRelease, withRelease, type Steered } from '../steer.ts';
import { mayApprove, takesTokensOnly, type Approval, type Voter } from './approval.ts';
import { approvalsAt } from './ask.ts';

/** What somebody says at a gate. */
export interface Vote {
  /** Absent: the gate the release stands at. */
  readonly gate?: string;
  readonly voter: Voter;
  /** True: no, so that the release is aborted. */
  readonly reject: boolean;
  readonly comment?: string;
  /** Wall clock, milliseconds since 1970. */
  readonly at: number;
}

/** Where the release stands, and who says what. */
interface Ballot {
  readonly status: Status;
  readonly release: ReleaseState;
  readonly gate: ApprovalGate & { readonly name: string };
  readonly vote: Vote;
}

/**
 * Takes down what somebody says at an approval. Pure, and safe to repeat. Throws Failure `conflict` when the release
 * does not stand there, and `notPermitted` for somebody who has no say.
 */
export function vote(rollout: Rollout, status: Status, given: Vote): Steered {
  const release = forwardRelease(status, given.reject ? 'reject' : 'approve');
  if (isRepeated(release, given)) return { status, events: [] };
  const gate = gateAt(rollout, release, given.gate);
  if (!mayApprove(gate, given.voter)) throw noSay(gate, given.voter);
  const ballot = { status, release, gate, vote: given };
  return given.reject ? rejected(ballot) : approved(ballot);
}

/** Said before, and heard: the answer may have been lost on its way. */
function isRepeated({ approvals = [], held }: ReleaseState, { gate, reject, voter }: Vote): boolean {
  if (reject || gate === undefined || held?.name === gate) return false;
  return approvals.some((one) => one.gate === gate && one.by === voter.author.name);
}

function gateAt(rollout: Rollout, release: ReleaseState, named: string | undefined): Ballot['gate'] {
  const { held } = release;
  const name = named ?? held?.name;
  const gate = rollout.gates.find((one) => one.name === name);
  if (named !== undefined && gate === undefined) throw unknownGate(rollout, named);
  const isThere = held?.kind === 'gate' && held.name === name;
  if (gate === undefined || !isThere) throw elsewhere(rollout, release, named);
  if (gate.kind !== 'approval') throw opensByItself(gate);
  return gate;
}

function elsewhere({ name }: Rollout, { number, held }: ReleaseState, named: string | undefined): Failure {
  const where = held === undefined ? '' : `; it stands at the ${held.kind} ${held.name}`;
  const what = named === undefined ? 'at no gate' : `not at the gate ${named}`;
  return new Failure('conflict', `release ${number} of ${name} stands ${what}${where}`);
}

function unknownGate({ name, gates }: Rollout, wanted: string): Failure {
  const there =
    gates.length === 0 ? 'it has none' : `there are: ${gates.map((gate) => gate.name).join(', ')}`;
  return new Failure('notFound', `${name} has no gate ${wanted}`, { hint: there });
}

function opensByItself({ name, kind }: Gate): Failure {
  return new Failure('conflict', `the gate ${name} is no approval: it is a ${kind}, and opens by itself`, {
    hint: 'to go on without it, take it out of the Rollout and apply that',
  });
}

function noSay(gate: Ballot['gate'], { author, groups }: Voter): Failure {
  const of = groups.length === 0 ? '' : `, of ${groups.join(', ')},`;
  const isClaim = author.kind === 'user' && takesTokensOnly(gate);
  return new Failure('notPermitted', `${author.name}${of} has no say at the gate ${gate.name}`, {
    hint: `it is for ${gate.by.join(', ')}${isClaim ? ', and takes a token (COALMINE_TOKEN), or in a cluster a user whom its webhook has seen (coalmine install --hold webhook)' : ''}`,
  });
}

function approved({ status, release, gate, vote: { voter, comment, at } }: Ballot): Steered {
  const { author, groups } = voter;
  if (approvalsAt(release, gate).some(({ by }) => by === author.name)) return { status, events: [] };
  const approval: Approval = {
    gate: gate.name,
    step: release.step,
    by: author.name,
    ...(author.kind === 'user' ? {} : { groups }),
    at,
    ...(comment === undefined ? {} : { comment }),
  };
  const next = { ...release, approvals: [...others(release, approval), approval] };
  const said = `${author.name} approved the gate ${gate.name}${comment === undefined ? '' : `: ${comment}`}`;
  return {
    status: withRelease(status, next, ['Waiting', said]),
    events: [event(release, 'Approved', said)],
  };
}

/** Without what the same person has said there before, which did not count. */
function others({ approvals = [] }: ReleaseState, { gate, step, by }: Approval): readonly Approval[] {
  return approvals.filter((one) => one.gate !== gate || one.step !== step || one.by !== by);
}

function rejected({ status, release, gate, vote: { voter, comment } }: Ballot): Steered {
  const reason = `${voter.author.name} rejected it at the gate ${gate.name}${comment === undefined ? '' : `: ${comment}`}`;
  const turned = turnBack(release, { kind: 'back', outcome: 'aborted', reason, reject: true });
  return { status: withRelease(status, turned.release, ['RollingBack', reason]), events: [turned.event] };
}
