import { chmodSync, existsSync, linkSync, lstatSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Failure } from '../base/failure.ts';

/** Unix socket paths are kept in 104 bytes on macOS and 108 on Linux, a final zero included. */
const MAX_PATH_BYTES = 103;
/** Room for the name the socket is made under. */
const SUFFIX_BYTES = 12;
const ATTEMPTS = 20;

/** Where the gateway of a state directory listens for control. */
export function controlSocketPath(dir: string): string {
  const path = join(dir, 'control.sock');
  if (Buffer.byteLength(path) + SUFFIX_BYTES > MAX_PATH_BYTES) {
    throw new Failure('usage', `the path ${path} is too long for a Unix socket`, {
      hint: `Choose a data directory whose path has at most ${MAX_PATH_BYTES - SUFFIX_BYTES - 'control.sock/'.length} bytes.`,
    });
  }
  return path;
}

/**
 * Makes this process the one gateway of a directory. The socket is the lock: it is made under a private name and
 * linked to the public one, which only one process can do.
 */
export class ControlClaim {
  readonly #dir: string;
  readonly #path: string;
  readonly #newServer: () => Server;
  #server: Server | undefined;
  #held: string | undefined;

  /** `newServer` makes what answers on the socket. */
  constructor(dir: string, newServer: () => Server) {
    this.#dir = dir;
    this.#path = controlSocketPath(dir);
    this.#newServer = newServer;
  }

  /** False when another process serves the directory. */
  async take(): Promise<boolean> {
    mkdirSync(this.#dir, { recursive: true, mode: 0o700 });
    const server = this.#newServer();
    const own = `${this.#path}.${process.pid}`;
    rmSync(own, { force: true });
    await listen(server, own);
    chmodSync(own, 0o600);
    const isTaken = await linkUnlessAnswered(own, this.#path);
    rmSync(own, { force: true });
    this.#held = isTaken ? identity(this.#path) : undefined;
    if (isTaken) this.#server = server;
    else server.close();
    return isTaken;
  }

  /** Takes the socket again when somebody removed it, since nobody could find or stop this process without it. */
  async keep(): Promise<boolean> {
    if (identity(this.#path) === this.#held || !existsSync(this.#dir)) return true;
    this.#server?.close();
    return this.take();
  }

  /** Removes the socket, unless it is another's by now. */
  release(): void {
    if (identity(this.#path) === this.#held) rmSync(this.#path, { force: true });
  }
}

/** Links `own` to `path`, over the socket of a process that is gone; false when somebody answers there. */
async function linkUnlessAnswered(own: string, path: string): Promise<boolean> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    if (linkIfFree(own, path)) return true;
    const found = identity(path);
    if (await answers(path)) return false;
    if (found !== undefined) removeDead(path, found);
  }
  return false;
}

/** What a path leads to: equal answers mean the same file. Undefined when there is none. */
function identity(path: string): string | undefined {
  const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  // Not the change time: linking and renaming move it. An inode's number may be used again, its birth time is not.
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

/** True when a process accepts connections there; a socket whose process is gone refuses. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error: Error & { code?: string }) => {
      // Any other error, as of a full backlog, comes from a living process.
      resolve(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT');
    });
  });
}

/** Removes a dead socket, and only that: another starter may have put a live one in its place meanwhile. */
function removeDead(path: string, dead: string): void {
  const aside = `${path}.dead${process.pid % 10_000}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  if (identity(aside) !== dead) linkIfFree(aside, path);
  rmSync(aside, { force: true });
}
