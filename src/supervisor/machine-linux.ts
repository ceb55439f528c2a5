import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import type { Machine, ProcessFacts } from './machine.ts';

/** Linux: everything is read from /proc. */
export const linux: Machine = {
  async bootId() {
    return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  },

  facts(pid) {
    try {
      return parseStat(pid, readFileSync(`/proc/${pid}/stat`, 'utf8'));
    } catch {
      return undefined;
    }
  },

  async list() {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
    const all = await Promise.all(pids.map(readStat));
    return all.filter((facts) => facts !== undefined);
  },

  async environment(pid) {
    const text = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
    return new Map(text.split('\0').map((line) => splitOnce(line, '=')));
  },

  async residentBytes(pid) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1_024;
  },
};

async function readStat(pid: number): Promise<ProcessFacts | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return parseStat(pid, text);
}

/** Fields of proc(5); the name in parentheses may itself hold spaces and parentheses, so they count from its end. */
function parseStat(pid: number, text: string): ProcessFacts | undefined {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, groupId, startTime] = [fields[0], fields[2], fields[19]];
  if (state === undefined || groupId === undefined || startTime === undefined) return undefined;
  return { pid, startTime, groupId: Number(groupId), alive: !'ZX'.includes(state) };
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
