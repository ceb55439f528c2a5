import type { RolloutView } from '../api/resources.ts';
import { Failure } from '../base/failure.ts';
import { hasArrived, hasFailed, type MemberState } from '../engine/group.ts';
import { silentDisplay } from './display.ts';
import { follow, tellEnd } from './follow.ts';
import type { End, Goal } from './goals.ts';
import type { Session } from './session.ts';

/** Waits until the newest release of a group has ended, and answers the exit status. */
export async function waitForGroup(
  session: Session,
  group: string,
  { timeout }: { readonly timeout?: number },
): Promise<number> {
  const client = await session.client();
  const members = (await client.list()).filter((view) => view.group?.name === group);
  if (members.length === 0) {
    throw new Failure('notFound', `no Rollout is in a group ${group}`, { hint: 'see "coalmine get"' });
  }
  const end = await follow(session, {
    goal: groupEnds(members),
    display: silentDisplay(session),
    ...(timeout === undefined ? {} : { timeoutMs: timeout }),
  });
  return tellEnd(session, group, end);
}

/** Every member has ended in the group's newest release, and what others took along is taken back. */
export function groupEnds(members: readonly RolloutView[]): Goal {
  const views = new Map(members.map((view) => [view.name, view]));
  const group = members[0]?.group?.name ?? '';
  return (view) => {
    if (view.group?.name === group) views.set(view.name, view);
    return Promise.resolve(endOf(group, [...views.values()]));
  };
}

function endOf(group: string, views: readonly RolloutView[]): End | undefined {
  const parts = views.flatMap(partOf);
  if (parts.length === 0) return { reached: true, message: `${group}: it is not being released` };
  if (parts.some(({ state }) => !hasArrived(state) && !hasFailed(state))) return undefined;
  if (parts.some(({ state }) => state === 'goingBack')) return undefined;
  const told = parts.map(({ name, state }) => `${name} ${WORDS[state] ?? state}`).join(', ');
  if (!parts.some(({ state }) => hasFailed(state))) return { reached: true, message: `${group}: ${told}` };
  const isTakenBack = parts.every(({ state, stays }) => state !== 'promoted' || stays);
  return isTakenBack ? { reached: false, message: `${group}: ${told}` } : undefined;
}

interface Part {
  readonly name: string;
  readonly state: MemberState;
  readonly stays: boolean;
}

function partOf({ name, group }: RolloutView): readonly Part[] {
  return group?.state === undefined ? [] : [{ name, state: group.state, stays: group.stays }];
}

const WORDS: Readonly<Partial<Record<MemberState, string>>> = {
  rolledBack: 'rolled back',
  unchanged: 'unchanged',
  dropped: 'not released',
};
