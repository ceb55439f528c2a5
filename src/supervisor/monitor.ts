import { messageOf } from '../base/failure.ts';
import { groupMemory } from './memory.ts';
import type { RevisionGroup } from './revision-group.ts';
import type { GroupKey } from './settings.ts';
import type { Site } from './site.ts';
import { waitFor } from '../system/waiting.ts';

const LOOK_EVERY_MS = 2_000;

/** Looks again and again at what processes use: memory against its limit, and the size of their logs. */
export async function monitor(groups: () => readonly RevisionGroup[], site: Site): Promise<void> {
  for (;;) {
    await waitFor(LOOK_EVERY_MS, site.closing);
    if (site.closing.aborted) return;
    await orWarn(site, {}, () => measureMemory(groups(), site));
    for (const { key } of groups()) await tendLogs({ key, living: () => livingOf(key, groups()) }, site);
  }
}

/** A revision and its copy write into one directory. */
function livingOf({ rollout, revision }: GroupKey, groups: readonly RevisionGroup[]): ReadonlySet<string> {
  const own = groups.filter(({ key }) => key.rollout === rollout && key.revision === revision);
  return new Set(own.flatMap((group) => [...group.living()]));
}

/** One thing that cannot be looked after now must not keep the others from it; the next look tries again. */
async function orWarn(
  { log }: Pick<Site, 'log'>,
  fields: Readonly<Record<string, unknown>>,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    log.warn(fields, `cannot look after memory and logs: ${messageOf(error)}`);
  }
}

async function measureMemory(groups: readonly RevisionGroup[], site: Site): Promise<void> {
  const instances = groups.flatMap((group) => group.slots()).map((slot) => slot.instance);
  const limited = instances
    .filter((one) => one?.running)
    .filter((one) => one?.record.care?.limits.memoryBytes !== undefined);
  if (limited.length === 0) return;
  const totals = await groupMemory(site.machine, new Set(limited.map((one) => one?.pid ?? 0)));
  for (const one of limited) one?.measure(totals.get(one.pid) ?? 0);
}

/** Keeps the logs of one revision within their limits; one that cannot be tended does not keep the others from it. */
export async function tendLogs(
  { key, living }: Tended,
  { logs, log }: Pick<Site, 'logs' | 'log'>,
): Promise<void> {
  for (const { instance } of await logs.list(key)) {
    await orWarn({ log }, { ...key, instance }, () => logs.rotate(key, instance));
  }
  await orWarn({ log }, { ...key }, () => logs.prune(key, living()));
}

/** Whose logs, and which of its instances run. */
interface Tended {
  readonly key: GroupKey;
  readonly living: () => ReadonlySet<string>;
}
