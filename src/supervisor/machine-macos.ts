import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import type { Machine, ProcessFacts } from './machine.ts';

const run = promisify(execFile);
const LIMITS = {
  timeout: 5_000,
  maxBuffer: 16 * 1_024 * 1_024,
  env: { PATH: '/bin:/usr/bin:/usr/sbin:/sbin', LC_ALL: 'C' },
};
const COLUMNS = 'pid=,pgid=,stat=,lstart=';

/** macOS, for development: everything is asked of `ps` and `sysctl`. */
export const macos: Machine = {
  async bootId() {
    return (await run('sysctl', ['-n', 'kern.boottime'], LIMITS)).stdout.trim();
  },

  facts(pid) {
    try {
      return parseLine(
        execFileSync('ps', ['-o', COLUMNS, '-p', String(pid)], { ...LIMITS, encoding: 'utf8' }),
      );
    } catch (error) {
      nothingIfGone(error);
      return undefined;
    }
  },

  async list() {
    const { stdout } = await run('ps', ['-axo', COLUMNS], LIMITS);
    return stdout
      .split('\n')
      .map(parseLine)
      .filter((facts) => facts !== undefined);
  },

  /** `ps` prints arguments and variables in one line, so a value ends at its first space: enough for our own marks. */
  async environment(pid) {
    const { stdout } = await run('ps', ['-E', '-ww', '-o', 'command=', '-p', String(pid)], LIMITS).catch(
      nothingIfGone,
    );
    return new Map(
      [...stdout.matchAll(/(?:^|\s)([A-Z_][A-Z0-9_]*)=(\S*)/g)].map(([, name = '', value = '']) => [
        name,
        value,
      ]),
    );
  },

  async residentBytes(pid) {
    const { stdout } = await run('ps', ['-o', 'rss=', '-p', String(pid)], LIMITS).catch(nothingIfGone);
    return Number(stdout.trim()) * 1_024;
  },
};

/** `ps` ends with 1 when there is no such process; a failure to run it says nothing about the process. */
function nothingIfGone(error: unknown): { readonly stdout: string } {
  // `execFile` says how it ended in `code`, `execFileSync` in `status`.
  const { code, status } = error as { readonly code?: unknown; readonly status?: unknown };
  if (code === 1 || status === 1) return { stdout: '' };
  throw error;
}

function parseLine(line: string): ProcessFacts | undefined {
  const [, pid, groupId, state, startTime] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.+?)\s*$/.exec(line) ?? [];
  if (pid === undefined || groupId === undefined || state === undefined || startTime === undefined)
    return undefined;
  return {
    pid: Number(pid),
    startTime,
    bornAt: Date.parse(startTime),
    groupId: Number(groupId),
    alive: !state.startsWith('Z'),
  };
}
