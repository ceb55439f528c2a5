import { messageOf } from '../base/failure.ts';
import { groupMemory } from './memory.ts';
import type { RevisionGroup } from './revision-group.ts';
import type { Site } from './site.ts';
import { waitFor } from './waiting.ts';

const LOOK_EVERY_MS = 2_000;

/** Looks again and again at what processes use: memory against its limit, and the size of their logs. */
export async function monitor(groups: () => readonly RevisionGroup[], site: Site): Promise<void> {
  for (;;) {
    await waitFor(LOOK_EVERY_MS, site.closing);
    if (site.closing.aborted) return;
    try {
      await measureMemory(groups(), site);
      for (const group of groups()) await tendLogs(group, site);
    } catch (error) {
      site.log.warn({}, `cannot look after memory and logs: ${messageOf(error)}`);
    }
  }
}

async function measureMemory(groups: readonly RevisionGroup[], site: Site): Promise<void> {
  const instances = groups.flatMap((group) => group.instances()).map((slot) => slot.instance);
  const limited = instances
    .filter((one) => one?.running)
    .filter((one) => one?.record.care?.limits.memoryBytes !== undefined);
  if (limited.length === 0) return;
  const totals = await groupMemory(site.machine, new Set(limited.map((one) => one?.pid ?? 0)));
  for (const one of limited) one?.measure(totals.get(one.pid) ?? 0);
}

async function tendLogs(group: RevisionGroup, site: Site): Promise<void> {
  const living = group.living();
  for (const instance of living) await site.logs.rotate(group.key, instance);
  await site.logs.prune(group.key, living);
}
