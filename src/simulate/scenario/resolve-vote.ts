import type { Rollout } from '../../rollout/model.ts';
import { field, tell, type Place } from '../../rollout/place.ts';
import type { GivenVote } from './model.ts';
import { tellUnknown } from './resolve-circumstances.ts';
import type { WrittenHappening } from './resolve-happenings.ts';

/** What a happening says at an approval; undefined when it says nothing. */
export function voteOf({ approve, reject }: WrittenHappening): GivenVote | undefined {
  const said = approve ?? reject;
  if (said === undefined) return undefined;
  const { gate, by, groups } = said;
  return {
    gate,
    isYes: approve !== undefined,
    ...(by === undefined ? {} : { by }),
    ...(groups === undefined ? {} : { groups }),
  };
}

/** Tells of a gate that there is not, or at which nobody is heard. */
export function tellVote(written: WrittenHappening, place: Place, rollouts: readonly Rollout[]): void {
  const vote = voteOf(written);
  if (vote === undefined) return;
  const at = field(place, vote.isYes ? 'approve' : 'reject');
  const gates = rollouts.flatMap((one) => one.gates);
  const approvals = gates.filter(({ kind }) => kind === 'approval').map(({ name }) => name);
  const other = gates.find(({ name }) => name === vote.gate);
  if (vote.groups !== undefined && vote.by === undefined) {
    tell(field(at, 'groups'), 'are of nobody', 'write by: as well');
  }
  if (other === undefined || approvals.includes(vote.gate)) {
    tellUnknown(vote.gate, approvals, { what: 'approval', place: field(at, 'gate') });
    return;
  }
  const hint = other.kind === 'webhook' ? 'say what it comes to in answers' : 'it opens by itself';
  tell(field(at, 'gate'), `the gate ${vote.gate} is no approval: it is a ${other.kind}`, hint);
}
