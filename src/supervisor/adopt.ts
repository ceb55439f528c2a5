import { setTimeout as pause } from 'node:timers/promises';
import { endLeftovers } from './end-process.ts';
import { Instance } from './instance.ts';
import { isAlive, type ProcessIdentity } from './machine.ts';
import { findBuilds, findMarked, type MarkedProcess } from './marks.ts';
import { foundProcess } from './running-process.ts';
import type { Site } from './site.ts';
import type { InstanceRecord } from './table.ts';

/** A process between fork and exec does not carry its marks yet: intents without a process are looked for twice. */
const SECOND_LOOK_MS = 250;

/**
 * Finds the processes earlier supervisors of this data directory have left, each once: by its record (boot, pid and
 * start time must agree), by its marks when it died between the intent and the record, by its marks alone when the
 * record is lost. A record whose process is gone adopts nobody: what carries its marks is a leftover, and is ended.
 */
export async function adoptInstances(site: Site): Promise<readonly Instance[]> {
  const records = await site.table.list();
  let marked = await findMarked(site.machine, site.owner);
  const mine = records.filter((record) => record.owner === site.owner && record.bootId === site.bootId);
  if (
    mine.some((record) => record.process === undefined && leaderOf(record.instance, marked) === undefined)
  ) {
    await pause(SECOND_LOOK_MS);
    marked = await findMarked(site.machine, site.owner);
  }
  const living = mine
    .map((record) => withProcess(record, marked, site))
    .filter((record) => record !== undefined);
  const recorded = new Set(mine.map((record) => record.instance));
  const orphans = [...new Set(marked.map((one) => one.instance))]
    .filter((instance) => !recorded.has(instance))
    .map((instance) => leaderOf(instance, marked))
    .filter((one) => one !== undefined)
    .map((one) => recordOf(one, site));
  const adopted = [...living, ...orphans];
  await tidy({ records, adopted, marked }, site);
  return Promise.all(adopted.map((record) => instanceOf(record, record.process, site)));
}

type LivingRecord = InstanceRecord & { readonly process: ProcessIdentity };

/** The eldest, since helpers may lead sessions of their own; pids mostly grow, which settles what starts together. */
function leaderOf(instance: string, marked: readonly MarkedProcess[]): MarkedProcess | undefined {
  return marked
    .filter((one) => one.leader && one.instance === instance)
    .sort((a, b) => a.facts.bornAt - b.facts.bornAt || a.facts.pid - b.facts.pid)[0];
}

function withProcess(
  record: InstanceRecord,
  marked: readonly MarkedProcess[],
  site: Site,
): LivingRecord | undefined {
  const identity = record.process ?? leaderOf(record.instance, marked)?.facts;
  if (identity === undefined || !isAlive(site.machine, identity)) return undefined;
  return { ...record, process: { pid: identity.pid, startTime: identity.startTime } };
}

/** What the marks tell; how it is probed and stopped comes with the revision's settings. */
function recordOf(one: MarkedProcess, site: Site): LivingRecord {
  const { owner, instance, rollout, revision, copy, port } = one;
  const { pid, startTime } = one.facts;
  const marks = { owner, instance, rollout, revision, port, ...(copy === undefined ? {} : { copy }) };
  const state = { startedAt: Date.now(), restarts: 0, ready: false, stopping: false };
  return { ...marks, ...state, bootId: site.bootId, process: { pid, startTime } };
}

interface Found {
  readonly records: readonly InstanceRecord[];
  readonly adopted: readonly LivingRecord[];
  readonly marked: readonly MarkedProcess[];
}

async function tidy(found: Found, site: Site): Promise<void> {
  const known = new Set(found.adopted.map((record) => record.instance));
  for (const record of found.records) {
    if (known.has(record.instance)) continue;
    site.log.info(
      { instance: record.instance, rollout: record.rollout, revision: record.revision },
      'is gone',
    );
    await site.table.remove(record.instance);
  }
  for (const record of found.adopted) await site.table.put(record);
  const strays = found.marked.filter((one) => !known.has(one.instance)).map((one) => one.facts);
  const leftovers = [...strays, ...(await findBuilds(site.machine, site.owner))];
  if (leftovers.length === 0) return;
  site.log.warn(
    { pids: leftovers.map((one) => one.pid) },
    'ending what ended instances and builds have left behind',
  );
  await endLeftovers(leftovers, site.machine);
}

async function instanceOf(record: InstanceRecord, identity: ProcessIdentity, site: Site): Promise<Instance> {
  const env = Object.fromEntries(await site.machine.environment(identity.pid));
  const process = foundProcess(site.machine, identity);
  site.log.info({ instance: record.instance, rollout: record.rollout, pid: identity.pid }, 'adopted');
  return new Instance(site, { record, process, env, patience: 1 });
}
