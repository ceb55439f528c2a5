import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { GroupUsage } from './usage.ts';

const run = promisify(execFile);
const LIMITS = {
  timeout: 5_000,
  maxBuffer: 16 * 1_024 * 1_024,
  env: { PATH: '/bin:/usr/bin', LC_ALL: 'C' },
};
/** `-S`: time of children that have ended counts for their parents, as on Linux. */
const ARGUMENTS = ['-Saxo', 'pgid=,rss=,time='];

/** macOS: one `ps` for all. */
export async function macosUsage(groupIds: ReadonlySet<number>): Promise<ReadonlyMap<number, GroupUsage>> {
  const { stdout } = await run('ps', ARGUMENTS, LIMITS);
  return sumUsage(stdout, groupIds);
}

/** Sums lines of `pgid rss time` by group; lines that are something else are passed over. */
export function sumUsage(text: string, groupIds: ReadonlySet<number>): ReadonlyMap<number, GroupUsage> {
  const totals = new Map<number, GroupUsage>();
  for (const line of text.split('\n')) {
    const [, group = '', kibibytes = '', time = ''] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s*$/.exec(line) ?? [];
    const groupId = Number(group);
    const cpuMs = parseTime(time);
    if (!groupIds.has(groupId) || cpuMs === undefined) continue;
    const before = totals.get(groupId) ?? { cpuMs: 0, rssBytes: 0 };
    const rssBytes = before.rssBytes + Number(kibibytes) * 1_024;
    totals.set(groupId, { cpuMs: before.cpuMs + cpuMs, rssBytes });
  }
  return totals;
}

/** As `ps` writes it, in milliseconds: `0:01.23`, `12:34:56`, `2-03:04:05`. */
function parseTime(text: string): number | undefined {
  const [, days = '0', hours = '0', minutes, seconds] =
    /^(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)$/.exec(text) ?? [];
  if (minutes === undefined || seconds === undefined) return undefined;
  return Math.round(
    (((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000,
  );
}
