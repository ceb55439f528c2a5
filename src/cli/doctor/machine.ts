import { constants } from 'node:fs';
import { access, open, readFile, rm, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { messageOf } from '../../base/failure.ts';
import { counted } from '../../client/figures.ts';
import { fail, ok, warn, type Finding } from './finding.ts';

const OLDEST_NODE = { major: 20, minor: 19 };
/** Below the first it is tight, below the second nothing can be saved. */
const TIGHT_BYTES = 1024 ** 3;
const FULL_BYTES = 64 * 1024 ** 2;
const FEW_FILES = 4_096;
/** Before this was written: a clock that was never set. */
const EARLIEST = Date.UTC(2025, 0, 1);

/** Looks at the version of Node that runs this. */
export function nodeFinding(version: string): Finding {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  const isOld = major < OLDEST_NODE.major || (major === OLDEST_NODE.major && minor < OLDEST_NODE.minor);
  const needed = `${OLDEST_NODE.major}.${OLDEST_NODE.minor}`;
  return isOld
    ? fail('node', `${version} is too old`, `Install Node ${needed} or newer.`)
    : ok('node', version);
}

/** Writes a file into the data directory and waits until it is on the disk. */
export async function dataDirFinding(dataDir: string): Promise<Finding> {
  const isNew = !(await exists(dataDir));
  const dir = isNew ? dirname(dataDir) : dataDir;
  const probe = join(dir, `.doctor-${process.pid}`);
  try {
    const file = await open(probe, 'wx', 0o600);
    try {
      await file.writeFile('probe');
      await file.sync();
    } finally {
      await file.close();
      await rm(probe, { force: true });
    }
    return ok('data directory', isNew ? `${dataDir} can be made` : `${dataDir} can be written durably`);
  } catch (error) {
    return fail('data directory', messageOf(error), 'Make it writable, or choose another with --data-dir.');
  }
}

/** Looks at the space left for state and artefacts. */
export async function diskFinding(dataDir: string): Promise<Finding> {
  try {
    const { bavail, bsize } = await statfs((await exists(dataDir)) ? dataDir : dirname(dataDir));
    const free = bavail * bsize;
    const detail = `${(free / 1024 ** 3).toFixed(1)} GiB free`;
    if (free < FULL_BYTES) return fail('disk', detail, 'Free some space: nothing can be saved here.');
    if (free < TIGHT_BYTES) return warn('disk', detail, 'Each release copies its artefact: free some space.');
    return ok('disk', detail);
  } catch (error) {
    return fail('disk', messageOf(error), 'Choose a directory on a mounted disk with --data-dir.');
  }
}

/** Processes are recognised by what `/proc` says of them. */
export async function procFinding(platform: NodeJS.Platform): Promise<Finding> {
  if (platform === 'darwin')
    return ok('processes', 'recognised with ps, as fits macOS; use Linux in production');
  if (platform !== 'linux') return fail('processes', `${platform} is not supported`, 'Use Linux or macOS.');
  try {
    await access('/proc/self/stat', constants.R_OK);
    await access('/proc/sys/kernel/random/boot_id', constants.R_OK);
    return ok('processes', 'recognised by /proc');
  } catch (error) {
    return fail('processes', messageOf(error), 'Mount /proc: processes are found again by it.');
  }
}

/** Looks at how many files a process may have open; each connection is two for the gateway. */
export async function openFilesFinding(): Promise<Finding> {
  let limits: string;
  try {
    limits = await readFile('/proc/self/limits', 'utf8');
  } catch {
    return ok('open files', 'the limit cannot be read here');
  }
  const limit = /^Max open files\s+(\S+)/m.exec(limits)?.[1] ?? 'unknown';
  if (limit === 'unlimited' || Number(limit) >= FEW_FILES) return ok('open files', `at most ${limit}`);
  return warn(
    'open files',
    `at most ${limit}: the gateway can hold ${counted(Math.floor(Number(limit) / 2), 'connection')}`,
    'Raise it with "ulimit -n 65536" before "coalmine up".',
  );
}

/** Looks at whether the clock was ever set; releases are timed by it. */
export function clockFinding(now: number): Finding {
  const iso = Number.isFinite(now) ? new Date(now).toISOString() : 'unknown';
  return now < EARLIEST
    ? fail('clock', `${iso} lies in the past`, 'Set the clock, and keep it right with NTP.')
    : ok('clock', iso);
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
