import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { hasCode } from '../base/errno.ts';
import { Failure } from '../base/failure.ts';

/** Unix socket paths are kept in 104 bytes on macOS and 108 on Linux, a final zero included. */
const MAX_PATH_BYTES = 103;
/** The longest path the socket has on its way to its name: a private directory, then the socket in it. */
const PRIVATE_NAME = '.new-XXXXXX/s';
/** Private directories younger than this may belong to somebody who is just starting. */
const LEFT_BEHIND_MS = 60_000;
const ATTEMPTS = 20;
const ANSWER_WITHIN_MS = 2_000;

/** A socket's path in a directory; throws Failure `usage` when that is too long. */
export function socketPath(dir: string, name: string): string {
  const longest = Math.max(Buffer.byteLength(join(dir, PRIVATE_NAME)), Buffer.byteLength(join(dir, name)));
  if (longest > MAX_PATH_BYTES) {
    throw new Failure('usage', `the path of ${dir} is too long for a Unix socket`, {
      hint: `Choose a data directory (--data-dir) whose path is ${longest - MAX_PATH_BYTES} bytes shorter.`,
    });
  }
  return join(dir, name);
}

/** A socket's name that is this process's. */
export interface SocketClaim {
  /** False when somebody removed or replaced it. */
  readonly isHeld: () => boolean;
  /** Removes the name, if it is still this socket's. */
  readonly release: () => void;
}

/**
 * Makes `server` listen at `path`, for the owner alone. The socket is the lock: it is made in a directory
 * that nobody else may enter, given its mode there, and linked to its name, which only one process can do.
 * A socket that a dead process left is replaced. Undefined when a live process has it; `server` is closed then.
 */
export async function claimSocket(path: string, server: Server): Promise<SocketClaim | undefined> {
  const isOurs = await listenPrivately(path, server, (own) => linkUnlessAnswered(own, path));
  if (isOurs) return claimOf(path);
  server.close();
  return undefined;
}

/** The same in the place of the process that has it and agrees: at no moment is nobody there. */
export async function replaceSocket(path: string, server: Server): Promise<SocketClaim> {
  await listenPrivately(path, server, (own) => {
    renameSync(own, path);
    return true;
  });
  return claimOf(path);
}

/** Answers what `publish` says, which gives the socket its name. */
async function listenPrivately(
  path: string,
  server: Server,
  publish: (own: string) => boolean | Promise<boolean>,
): Promise<boolean> {
  const dir = dirname(path);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const privateDir = mkdtempSync(join(dir, '.new-'));
  try {
    const own = join(privateDir, 's');
    await listen(server, own);
    chmodSync(own, 0o600);
    const isPublished = await publish(own);
    if (isPublished) removeLeftBehind(dir);
    return isPublished;
  } catch (error) {
    server.close();
    throw error;
  } finally {
    rmSync(privateDir, { recursive: true, force: true });
  }
}

async function linkUnlessAnswered(own: string, path: string): Promise<boolean> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    if (linkIfFree(own, path)) return true;
    const found = identityOf(path);
    if (await isAnswered(path)) return false;
    if (found !== undefined) removeDead(path, found);
  }
  return false;
}

function claimOf(path: string): SocketClaim {
  const own = identityOf(path);
  const isHeld = (): boolean => own !== undefined && identityOf(path) === own;
  return {
    isHeld,
    release: () => {
      if (isHeld()) rmSync(path, { force: true });
    },
  };
}

/** Private directories of starters that were killed. */
function removeLeftBehind(dir: string): void {
  const before = Date.now() - LEFT_BEHIND_MS;
  for (const name of readdirSync(dir).filter((entry) => entry.startsWith('.new-'))) {
    const found = lstatSync(join(dir, name), { throwIfNoEntry: false });
    if (found !== undefined && found.mtimeMs < before)
      rmSync(join(dir, name), { recursive: true, force: true });
  }
}

/** What a path leads to: equal answers mean the same file. An inode's number may come again, its birth does not. */
function identityOf(path: string): string | undefined {
  const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? undefined : `${stat.dev}:${stat.ino}:${stat.birthtimeNs}`;
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function linkIfFree(own: string, path: string): boolean {
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/** True when a process holds the socket. A process that is too busy to accept holds it still. */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const end = (answered: boolean): void => {
      socket.destroy();
      resolve(answered);
    };
    socket.setTimeout(ANSWER_WITHIN_MS, () => {
      end(true);
    });
    socket.once('connect', () => {
      end(true);
    });
    socket.once('error', (error: Error & { code?: string }) => {
      end(!['ECONNREFUSED', 'ENOENT', 'ENOTSOCK'].includes(error.code ?? ''));
    });
  });
}

/** Removes a dead socket, and only that: another starter may have put a live one in its place meanwhile. */
function removeDead(path: string, dead: string): void {
  const aside = join(dirname(path), `.dead-${randomUUID()}`);
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  if (identityOf(aside) !== dead) linkIfFree(aside, path);
  rmSync(aside, { force: true });
}
