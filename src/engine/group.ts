import type { GroupSettings } from '../rollout/model-group.ts';
import type { Outcome, RevisionId, Rollout } from '../rollout/model.ts';
import type { Look } from './look.ts';
import { isServing, rejects, type Back, type ReleaseState, type Status } from './status.ts';
import { isReleaseOf } from './variants.ts';
import type { Wanted } from './wanted.ts';

/** Where a member stands in a release of its group. */
export type MemberState =
  | 'waiting'
  | 'running'
  | 'goingBack'
  /** It had the wanted revision before. */
  | 'unchanged'
  /** It was taken back after it had been promoted, because another member failed. */
  | 'undone'
  /** It was never begun, because another member failed. */
  | 'dropped'
  | Outcome;

/** How a member's part in a release of its group ended. */
export interface Part {
  /** The release of the group. */
  readonly together: string;
  readonly state: Extract<MemberState, 'undone' | 'dropped' | Outcome>;
}

/** Another member of the group, in the same release of it. */
export interface Peer {
  readonly name: string;
  readonly order: number;
  readonly state: MemberState;
}

/** What a member's place in a release of its group is read from. */
export interface Member {
  readonly rollout: Pick<Rollout, 'name' | 'group'>;
  readonly wanted?: Wanted;
  readonly status: Status;
}

/** Where a member stands; undefined when what it wants is no part of a release of its group. */
export function memberState({ wanted, status }: Member): MemberState | undefined {
  if (wanted?.together === undefined) return undefined;
  const { release, part } = status;
  if (release?.together === wanted.together) return runningState(release, wanted);
  return part?.together === wanted.together ? part.state : stateAtRest(status, wanted);
}

function runningState(release: ReleaseState, wanted: Wanted): MemberState {
  return release.direction.kind === 'back' || !isReleaseOf(release, wanted) ? 'goingBack' : 'running';
}

function stateAtRest(status: Status, wanted: Wanted): MemberState {
  if (isServing(status, wanted)) return 'unchanged';
  return rejects(status, wanted) ? 'dropped' : 'waiting';
}

/** The others in the same release of a group as `name`. */
export function peersAmong(
  members: readonly Member[],
  { name, group, together }: { readonly name: string; readonly group: string; readonly together: string },
): readonly Peer[] {
  return members.flatMap((member) => {
    const { rollout, wanted } = member;
    const state = wanted?.together === together ? memberState(member) : undefined;
    if (state === undefined || rollout.name === name || rollout.group?.name !== group) return [];
    return [{ name: rollout.name, order: rollout.group.order, state }];
  });
}

const ARRIVED: readonly MemberState[] = ['promoted', 'unchanged', 'completed'];
const UNDER_WAY: readonly MemberState[] = ['waiting', 'running'];

/** True for a member that is to stay as it is. */
export function hasArrived(state: MemberState): boolean {
  return ARRIVED.includes(state);
}

/** True for a member whose release did not, or will not, become stable. */
export function hasFailed(state: MemberState): boolean {
  return !hasArrived(state) && !UNDER_WAY.includes(state);
}

/** What the group says to a revision that is wanted and not begun. */
export type Turn =
  | { readonly kind: 'start' }
  | { readonly kind: 'wait'; readonly message: string }
  /** Another has failed: it is never begun. */
  | { readonly kind: 'drop'; readonly why: string };

/** Whether it is the turn of a revision; always, when it is no part of a release of a group. */
export function turnIn({ rollout: { name, group }, seen }: Look, { together }: Wanted): Turn {
  return together === undefined || group === undefined ? { kind: 'start' } : turnOf(name, group, seen.peers);
}

/** Whether it is a member's turn. Members that see the same agree on who is next. */
export function turnOf(name: string, group: GroupSettings, peers: readonly Peer[] | undefined): Turn {
  if (peers === undefined) return { kind: 'wait', message: `waits to hear of the others of ${group.name}` };
  const failed = peers.find(({ state }) => hasFailed(state));
  if (failed !== undefined) return { kind: 'drop', why: failure(failed, group) };
  const before = peers.find(({ order, state }) => order < group.order && !hasArrived(state));
  if (before !== undefined) return waitFor(before, group);
  const beside = peers.filter(({ order }) => order === group.order);
  const ahead = beside.filter(
    (peer) => peer.state === 'running' || (peer.state === 'waiting' && peer.name < name),
  );
  const [first] = ahead;
  const isFull = group.concurrency !== undefined && ahead.length >= group.concurrency;
  return first !== undefined && isFull ? waitFor(first, group) : { kind: 'start' };
}

function waitFor({ name, state }: Peer, group: GroupSettings): Turn {
  const what = state === 'waiting' ? 'which waits itself' : 'which is being released';
  return { kind: 'wait', message: `waits for ${name} of its group ${group.name}, ${what}` };
}

function failure({ name, state }: Peer, group: GroupSettings): string {
  return `${name} of its group ${group.name} ${FAILED[state] ?? 'failed'}`;
}

const FAILED: Readonly<Partial<Record<MemberState, string>>> = {
  goingBack: 'is going back',
  rolledBack: 'was rolled back',
  aborted: 'was aborted',
  undone: 'was undone',
  dropped: 'is not released',
};

/** Why the others take a member along on their way back; undefined while none fails, and where it is to stay. */
function takenAlong({ rollout: { group }, seen }: Pick<Look, 'rollout' | 'seen'>): string | undefined {
  if (group === undefined || group.onFailure === 'keep') return undefined;
  const failed = seen.peers?.find(({ state }) => hasFailed(state));
  return failed === undefined ? undefined : failure(failed, group);
}

/** The way back of a running release that another member of the group takes along. */
export function backWithGroup(look: Look): Back | undefined {
  const { release } = look.status;
  if (release?.together === undefined || release.undoes !== undefined) return undefined;
  const why = takenAlong(look);
  if (why === undefined) return undefined;
  return { kind: 'back', outcome: 'aborted', reason: why, reject: false };
}

/** The undo of what was promoted together with a member that has failed since. */
export function undoWithGroup(look: Look): { readonly to: RevisionId; readonly why: string } | undefined {
  const { part, previous } = look.status;
  const { wanted } = look.seen;
  if (wanted === undefined || previous === undefined || part?.state !== 'promoted') return undefined;
  if (part.together !== wanted.together || !isServing(look.status, wanted)) return undefined;
  const why = takenAlong(look);
  return why === undefined ? undefined : { to: previous, why };
}
