import { chmod, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../base/failure.ts';
import { writeDurably } from '../files/durable-file.ts';
import type { Database, OpenConnection } from './driver.ts';
import { guarded } from './store-failure.ts';

/** Ownership of a data directory. */
export interface ControlLock {
  release(): Promise<void>;
}

const BUSY = 5;
/** How long a refused starter waits for the owner to write down its pid. */
const OWNER_WAIT_MS = 1_000;

/**
 * Takes the data directory for this process alone, or throws Failure `alreadyRunning` naming the owner.
 *
 * The lock is the kernel's, on `control.lock`, taken through SQLite because Node offers no file locks: it cannot
 * be taken twice, and it ends with its process however that dies, so there is never a stale one to judge.
 * `control.pid` beside it only says who the owner is.
 */
export async function takeControl(dataDir: string, open: OpenConnection): Promise<ControlLock> {
  const lockPath = join(dataDir, 'control.lock');
  const pidPath = join(dataDir, 'control.pid');
  const connection = lockFile(lockPath, open);
  if (connection === undefined) throw await alreadyRunning(dataDir, pidPath);
  try {
    await chmod(lockPath, 0o600);
    await writeDurably(pidPath, `${process.pid}\n`);
  } catch (error) {
    connection.close();
    throw error;
  }
  return {
    release: async () => {
      await rm(pidPath, { force: true });
      connection.close();
    },
  };
}

/** The connection that holds the lock; undefined when somebody else has it. Nothing is ever written through it. */
function lockFile(path: string, open: OpenConnection): Database | undefined {
  return guarded(path, () => {
    const connection = open(path);
    try {
      connection.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
      return connection;
    } catch (error) {
      connection.close();
      if ((error as { readonly errcode?: unknown }).errcode === BUSY) return undefined;
      throw error;
    }
  });
}

async function alreadyRunning(dataDir: string, pidPath: string): Promise<Failure> {
  const pid = await ownerOf(pidPath);
  const who = pid === undefined ? 'another control process' : `the control process ${pid}`;
  return new Failure('alreadyRunning', `${who} already works with the data directory ${dataDir}`, {
    hint: 'use that one, stop it with `coalmine down`, or name another data directory',
  });
}

/** An owner that has only just started has not written its pid yet; the file may still name a dead one. */
async function ownerOf(pidPath: string): Promise<number | undefined> {
  const stepMs = 20;
  for (let waitedMs = 0; waitedMs <= OWNER_WAIT_MS; waitedMs += stepMs) {
    const pid = Number.parseInt(await readFile(pidPath, 'utf8').catch(() => ''), 10);
    if (pid > 0 && isRunning(pid)) return pid;
    await sleep(stepMs);
  }
  return undefined;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as { readonly code?: unknown }).code === 'EPERM';
  }
}
