import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { setImmediate as turnOfOthers } from 'node:timers/promises';
import { hasCode } from '../base/errno.ts';
import type { GroupUsage, ReadUsage } from './usage.ts';

/** Who belongs to a group is looked up among all processes of the machine, and so not each time. */
const MEMBERS_MS = 10_000;
/** Processes looked at before others get a turn. */
const AT_ONCE = 32;
/** Fifty numbers and a name, in bytes. */
const LONGEST_STAT = 2_048;

/** Keys of the auxiliary vector (getauxval(3)), which tells what the kernel counts in. */
const PAGE_SIZE_KEY = 6;
const CLOCK_TICKS_KEY = 17;
const USUAL_PAGE_BYTES = 4_096;
const USUAL_TICKS_PER_SECOND = 100;

/** What the kernel counts memory and time in. */
export interface Units {
  readonly pageBytes: number;
  readonly ticksPerSecond: number;
}

/** What `/proc/<pid>/stat` says of a living process. */
export interface StatUsage extends GroupUsage {
  readonly groupId: number;
}

/** Linux: from `/proc`, one small file per process. */
export function linuxUsage(clock: () => number = () => performance.now()): ReadUsage {
  const units = kernelUnits();
  let members: ReadonlyMap<number, number> = new Map();
  let lookedAt = -Infinity;

  return async (groupIds) => {
    const known = new Set(members.values());
    const isNew = [...groupIds].some((groupId) => !known.has(groupId));
    if (isNew || clock() - lookedAt > MEMBERS_MS) {
      members = await membersOf(groupIds, units);
      lookedAt = clock();
    }
    const totals = new Map<number, GroupUsage>();
    for (const [pid, groupId] of members) {
      const stat = groupIds.has(groupId) ? statOf(pid, units) : undefined;
      if (stat?.groupId !== groupId) continue;
      const { cpuMs = 0, rssBytes = 0 } = totals.get(groupId) ?? {};
      totals.set(groupId, { cpuMs: cpuMs + stat.cpuMs, rssBytes: rssBytes + stat.rssBytes });
    }
    return totals;
  };
}

async function membersOf(groupIds: ReadonlySet<number>, units: Units): Promise<ReadonlyMap<number, number>> {
  const members = new Map<number, number>();
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  for (const [index, pid] of pids.entries()) {
    const stat = statOf(pid, units);
    if (stat !== undefined && groupIds.has(stat.groupId)) members.set(pid, stat.groupId);
    if (index % AT_ONCE === AT_ONCE - 1) await turnOfOthers();
  }
  return members;
}

function statOf(pid: number, units: Units): StatUsage | undefined {
  try {
    return parseStatUsage(readBriefly(`/proc/${pid}/stat`), units);
  } catch (error) {
    // Only these codes say that a process is gone.
    if (hasCode(error, 'ENOENT', 'ESRCH')) return undefined;
    throw error;
  }
}

/** One read is enough for such a file, and half the work of reading to its end. */
function readBriefly(path: string): string {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.allocUnsafe(LONGEST_STAT);
    return buffer.toString('latin1', 0, readSync(file, buffer, 0, LONGEST_STAT, 0));
  } finally {
    closeSync(file);
  }
}

/**
 * Fields of proc(5), counted from the end of the name, which may itself hold anything. Time of children is included
 * once they have been waited for; before, they are members of the group themselves. Undefined when it has ended.
 */
export function parseStatUsage(text: string, { pageBytes, ticksPerSecond }: Units): StatUsage | undefined {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state = 'X', , groupId] = fields;
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  const pages = Number(fields[21]);
  if ('ZX'.includes(state) || !Number.isFinite(ticks + pages)) return undefined;
  return { groupId: Number(groupId), cpuMs: (ticks * 1_000) / ticksPerSecond, rssBytes: pages * pageBytes };
}

function kernelUnits(): Units {
  const vector = readVector();
  return {
    pageBytes: vector.get(PAGE_SIZE_KEY) ?? USUAL_PAGE_BYTES,
    ticksPerSecond: vector.get(CLOCK_TICKS_KEY) ?? USUAL_TICKS_PER_SECOND,
  };
}

/** Pairs of machine words, in the byte order of the machine: little-endian wherever Node runs on 64 bits but s390x. */
function readVector(): ReadonlyMap<number, number> {
  const isReadable = ['x64', 'arm64', 'riscv64', 'loong64', 'ppc64'].includes(process.arch);
  if (!isReadable) return new Map();
  try {
    const bytes = readFileSync('/proc/self/auxv');
    const words = Array.from({ length: Math.floor(bytes.length / 8) }, (_, index) =>
      Number(bytes.readBigUInt64LE(index * 8)),
    );
    return new Map(words.flatMap((key, index) => (index % 2 === 0 ? [[key, words[index + 1] ?? 0]] : [])));
  } catch {
    return new Map();
  }
}
