import type { Machine } from './machine.ts';

/** Resident bytes of whole process groups; pages that members share count for each of them. */
export async function groupMemory(
  machine: Machine,
  groupIds: ReadonlySet<number>,
): Promise<ReadonlyMap<number, number>> {
  const totals = new Map<number, number>();
  const members = (await machine.list()).filter((facts) => facts.alive && groupIds.has(facts.groupId));
  for (const { pid, groupId } of members) {
    totals.set(groupId, (totals.get(groupId) ?? 0) + (await machine.residentBytes(pid)));
  }
  return totals;
}

/** Writes bytes as limits are written: `600Mi`. */
export function formatMemory(bytes: number): string {
  return `${Math.ceil(bytes / (1_024 * 1_024))}Mi`;
}
