import { randomUUID } from 'node:crypto';
import { chmodSync, linkSync, lstatSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { Failure } from '../base/failure.ts';

/** Unix socket paths are kept in 104 bytes on macOS and 108 on Linux, a final zero included. */
const MAX_PATH_BYTES = 103;
/** The longest path the socket has on its way to its name: a private directory, then the socket in it. */
const PRIVATE_NAME = '.new-XXXXXX/s';
const ATTEMPTS = 20;
const ANSWER_WITHIN_MS = 2_000;

/** Where the control process of a data directory listens; throws Failure `usage` when the path is too long. */
export function controlSocketPath(dataDir: string): string {
  const longest = Buffer.byteLength(join(dataDir, PRIVATE_NAME));
  if (longest > MAX_PATH_BYTES) {
    throw new Failure('usage', `the path of ${dataDir} is too long for a Unix socket`, {
      hint: `Choose a data directory (--data-dir) whose path is ${longest - MAX_PATH_BYTES} bytes shorter.`,
    });
  }
  return join(dataDir, 'control.sock');
}

/**
 * Makes `server` listen at `path`, for the owner alone. The socket is the lock: it is made in a directory
 * that nobody else may enter, given its mode there, and linked to its name, which only one process can do.
 * A socket that a dead process left is replaced; a live one is refused with Failure `alreadyRunning`.
 * Answers a function that removes the name again, if it is still this socket's.
 */
export async function claimSocket(path: string, server: Server): Promise<() => void> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const privateDir = mkdtempSync(join(dirname(path), '.new-'));
  try {
    const own = join(privateDir, 's');
    await listen(server, own);
    chmodSync(own, 0o600);
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      if (linkIfFree(own, path)) return removerOf(path);
      const found = identityOf(path);
      if (await isAnswered(path)) break;
      if (found !== undefined) removeDead(path, found);
    }
  } finally {
    rmSync(privateDir, { recursive: true, force: true });
  }
  server.close();
  throw new Failure('alreadyRunning', `another coalmine answers at ${path}`, {
    hint: 'Use it, or stop it first with "coalmine down".',
  });
}

function removerOf(path: string): () => void {
  const own = identityOf(path);
  return () => {
    if (own !== undefined && identityOf(path) === own) rmSync(path, { force: true });
  };
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
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
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
