import type { Server } from 'node:http';
import { Failure } from '../base/failure.ts';
import { claimSocket, socketPath } from '../files/socket-claim.ts';

/** Where the control process of a data directory listens; throws Failure `usage` when the path is too long. */
export function controlSocketPath(dataDir: string): string {
  return socketPath(dataDir, 'control.sock');
}

/**
 * Makes `server` listen at `path`, for the owner alone; throws Failure `alreadyRunning` when another process does.
 * Answers a function that removes the name again, if it is still this socket's.
 */
export async function claimControl(path: string, server: Server): Promise<() => void> {
  const claim = await claimSocket(path, server);
  if (claim === undefined) {
    throw new Failure('alreadyRunning', `another coalmine answers at ${path}`, {
      hint: 'Use it, or stop it first: "coalmine down --keep-serving" lets what serves go on.',
    });
  }
  return claim.release;
}
