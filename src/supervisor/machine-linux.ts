import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { hasCode } from '../base/errno.ts';
import type { Machine, ProcessFacts } from './machine.ts';

/** Linux: everything is read from /proc. */
export const linux: Machine = {
  async bootId() {
    return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  },

  facts,

  async list() {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
    return pids.map(facts).filter((one) => one !== undefined);
  },

  async environment(pid) {
    const text = await readFile(`/proc/${pid}/environ`, 'utf8').catch(nothingOfOthers);
    const lines = text.split('\0').filter((line) => line !== '');
    return new Map(lines.map((line) => splitOnce(line, '=')));
  },

  async residentBytes(pid) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(nothingIfGone);
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1_024;
  },
};

function facts(pid: number): ProcessFacts | undefined {
  try {
    return parseStat(pid, readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch (error) {
    nothingIfGone(error);
    return undefined;
  }
}

/** Only these codes say that a process is gone; any other, as too many open files, says nothing about it. */
function nothingIfGone(error: unknown): string {
  if (hasCode(error, 'ENOENT', 'ESRCH')) return '';
  throw error;
}

/** The variables of someone else's process are not for us to read. */
function nothingOfOthers(error: unknown): string {
  return hasCode(error, 'EACCES', 'EPERM') ? '' : nothingIfGone(error);
}

/** Fields of proc(5); the name in parentheses may itself hold spaces and parentheses, so they count from its end. */
function parseStat(pid: number, text: string): ProcessFacts | undefined {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, groupId, startTime] = [fields[0], fields[2], fields[19]];
  if (state === undefined || groupId === undefined || startTime === undefined) return undefined;
  return {
    pid,
    startTime,
    bornAt: Number(startTime),
    groupId: Number(groupId),
    alive: !'ZX'.includes(state),
  };
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
