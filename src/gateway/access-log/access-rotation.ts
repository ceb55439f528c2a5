import { closeSync, constants, existsSync, openSync, renameSync, statSync } from 'node:fs';
import { messageOf } from '../../base/failure.ts';
import type { GatewayConfig } from '../protocol.ts';

const APPENDING = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;

/**
 * Looks after the files of access logs, in the master alone, so that workers that write to the same file never move it
 * twice: each opens it anew when it has gone.
 */
export class AccessRotation {
  #problems: readonly string[] = [];

  /** Files that cannot be written. */
  get problems(): readonly string[] {
    return this.#problems;
  }

  /** Moves what has grown too large out of the way: `path` to `path.1`, that to `path.2`, … */
  look(config: GatewayConfig): void {
    const seen = new Set<string>();
    this.#problems = config.routes.flatMap(({ accessLog }) => {
      if (accessLog?.path === undefined || seen.has(accessLog.path)) return [];
      seen.add(accessLog.path);
      const { path, maxBytes, keep } = accessLog;
      try {
        closeSync(openSync(path, APPENDING, 0o600));
        const file = statSync(path);
        if (file.isFile() && file.size > maxBytes) rotate(path, keep);
        return [];
      } catch (error) {
        return [`the access log ${path} cannot be written: ${messageOf(error)}`];
      }
    });
  }
}

function rotate(path: string, keep: number): void {
  for (let i = keep - 1; i >= 1; i -= 1) {
    if (existsSync(`${path}.${i}`)) renameSync(`${path}.${i}`, `${path}.${i + 1}`);
  }
  renameSync(path, `${path}.1`);
}
