import { setTimeout as pause } from 'node:timers/promises';
import { findMarked, type MarkedProcess } from './marks.ts';
import { isAlive, type Machine, type ProcessIdentity } from './machine.ts';
import type { RunningProcess } from './running-process.ts';
import { signalGroup, signalProcess } from '../system/signals.ts';

const LOOK_EVERY_MS = 50;
const LEFTOVER_GRACE_MS = 1_000;
/** What was killed is looked for again after this long, by which it should be gone. */
const KILL_TAKES_MS = 1_000;

/** How to end a process. */
export interface EndOrder {
  readonly owner: string;
  readonly instance: string;
  /** The pid of the instance, which leads its group. */
  readonly groupId: number;
  readonly signal: string;
  readonly graceMs: number;
}

/**
 * Ends a process and everything it has started, wherever that has gone: the signal to its group, to others once it is
 * gone itself; `graceMs` for all of them, then SIGKILL. Returns when none is left; throws when `leave` is aborted, and
 * the process is then left in the state it is in.
 */
export async function endProcess(
  target: RunningProcess,
  order: EndOrder,
  surroundings: EndSurroundings,
): Promise<void> {
  const { machine, leave } = surroundings;
  const { identity } = target;
  const deadline = performance.now() + order.graceMs;
  if (isAlive(machine, identity)) signalGroup(identity.pid, order.signal);
  await untilGone([identity], deadline, surroundings);
  if (isAlive(machine, identity)) signalGroup(identity.pid, 'SIGKILL');
  await endMembers(order, Math.max(deadline, performance.now() + LEFTOVER_GRACE_MS), surroundings);
  while (isAlive(machine, identity)) await pause(LOOK_EVERY_MS, undefined, { signal: leave });
}

/** Looks at all processes of the machine only when those it knows of are gone, or their time is over. */
async function endMembers(order: EndOrder, deadline: number, surroundings: EndSurroundings): Promise<void> {
  for (;;) {
    const members = await membersOf(order, surroundings.machine);
    if (members.length === 0) return;
    const late = performance.now() > deadline;
    // The group has had its signal; some programs take a second one for impatience.
    const told = late ? members : members.filter(({ facts }) => facts.groupId !== order.groupId);
    for (const { facts } of told) signalProcess(facts.pid, late ? 'SIGKILL' : order.signal);
    const known = members.map((one) => one.facts);
    await untilGone(known, late ? performance.now() + KILL_TAKES_MS : deadline, surroundings);
  }
}

/** Waits until all of them are gone, or the deadline (of the monotonic clock) is over. */
async function untilGone(
  those: readonly ProcessIdentity[],
  deadline: number,
  { machine, leave }: EndSurroundings,
): Promise<void> {
  while (those.some((one) => isAlive(machine, one)) && performance.now() <= deadline)
    await pause(LOOK_EVERY_MS, undefined, { signal: leave });
}

/** Where a process ends: the machine it runs on, and the signal to leave it as it is. */
export interface EndSurroundings {
  readonly machine: Machine;
  readonly leave: AbortSignal;
}

/** Kills what an ended process has left behind; returns when none is left. */
export async function sweep(order: EndOrder, surroundings: EndSurroundings): Promise<void> {
  await endMembers(order, -Infinity, surroundings);
}

/** Ends processes that belong to no instance, gently first. */
export async function endLeftovers(leftovers: readonly ProcessIdentity[], machine: Machine): Promise<void> {
  const alive = (): readonly ProcessIdentity[] => leftovers.filter((one) => isAlive(machine, one));
  for (const one of alive()) signalProcess(one.pid, 'SIGTERM');
  const deadline = performance.now() + LEFTOVER_GRACE_MS;
  while (alive().length > 0 && performance.now() < deadline) await pause(LOOK_EVERY_MS);
  for (const one of alive()) signalProcess(one.pid, 'SIGKILL');
}

/** By their marks: a session of its own takes a process out of the group, and the group's number may be given away. */
async function membersOf(order: EndOrder, machine: Machine): Promise<readonly MarkedProcess[]> {
  const marked = await findMarked(machine, order.owner);
  return marked.filter((one) => one.instance === order.instance);
}
