import { setTimeout as pause } from 'node:timers/promises';
import { findMarked, type MarkedProcess } from './marks.ts';
import { isAlive, type Machine } from './machine.ts';
import type { RunningProcess } from './running-process.ts';
import { signalGroup, signalProcess } from './signals.ts';

const LOOK_EVERY_MS = 50;
const LEFTOVER_GRACE_MS = 1_000;

/** How to end a process. */
export interface EndOrder {
  readonly owner: string;
  readonly instance: string;
  readonly signal: string;
  readonly graceMs: number;
}

/**
 * Ends a process and its group: the signal, `graceMs` for all of them to go, then SIGKILL. Returns when none of
 * the group is left; throws when `leave` is aborted, and the process is then left in the state it is in.
 */
export async function endProcess(
  target: RunningProcess,
  order: EndOrder,
  surroundings: EndSurroundings,
): Promise<void> {
  const { machine, leave } = surroundings;
  const groupId = target.identity.pid;
  if (isAlive(machine, target.identity)) signalGroup(groupId, order.signal);
  const deadline = performance.now() + order.graceMs;
  while (await isGroupLeft(target, order, machine)) {
    if (performance.now() > deadline) await killGroup(target, order, machine);
    await pause(LOOK_EVERY_MS, undefined, { signal: leave });
  }
}

/** Where a process ends: the machine it runs on, and the signal to leave it as it is. */
export interface EndSurroundings {
  readonly machine: Machine;
  readonly leave: AbortSignal;
}

/** Kills what an ended process left behind in its group. */
export async function sweepGroup(target: RunningProcess, order: EndOrder, machine: Machine): Promise<void> {
  for (const member of await groupMembers(target, order, machine)) signalProcess(member.facts.pid, 'SIGKILL');
}

/** Ends processes that belong to no instance, gently first. */
export async function endLeftovers(leftovers: readonly MarkedProcess[], machine: Machine): Promise<void> {
  const alive = (): readonly MarkedProcess[] => leftovers.filter((one) => isAlive(machine, one.facts));
  for (const one of alive()) signalProcess(one.facts.pid, 'SIGTERM');
  const deadline = performance.now() + LEFTOVER_GRACE_MS;
  while (alive().length > 0 && performance.now() < deadline) await pause(LOOK_EVERY_MS);
  for (const one of alive()) signalProcess(one.facts.pid, 'SIGKILL');
}

async function isGroupLeft(target: RunningProcess, order: EndOrder, machine: Machine): Promise<boolean> {
  if (isAlive(machine, target.identity)) return true;
  return (await groupMembers(target, order, machine)).length > 0;
}

async function killGroup(target: RunningProcess, order: EndOrder, machine: Machine): Promise<void> {
  if (isAlive(machine, target.identity)) signalGroup(target.identity.pid, 'SIGKILL');
  else await sweepGroup(target, order, machine);
}

/** By their marks, not the group's number alone: once a group is empty its number may be given to strangers. */
async function groupMembers(
  target: RunningProcess,
  order: EndOrder,
  machine: Machine,
): Promise<readonly MarkedProcess[]> {
  const marked = await findMarked(machine, order.owner, target.identity.pid);
  return marked.filter((one) => one.instance === order.instance);
}
