import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * True when a command that tests need is there. Without it they are skipped, loudly; with CI=true that is a
 * failure.
 */
export function hasTool(command: string, debianPackage: string): boolean {
  try {
    execFileSync('sh', ['-c', 'command -v "$1"', 'sh', command], { stdio: 'pipe' });
    return true;
  } catch (cause) {
    if (process.env['CI'] === 'true') throw new Error(`CI must have the command ${command}`, { cause });
    console.warn(`SKIPPED: what needs ${command}; install the Debian package ${debianPackage}`);
    return false;
  }
}

/** Below the ports that systems give to connections and to listeners that ask for any: nobody is given one of these by chance. */
const PORTS = { from: 15_000, to: 32_000 } as const;

/** A port that nobody listens on now, and that hardly anybody else comes upon. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(PORTS.from, PORTS.to);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => {
      resolve(false);
    });
    server.listen(port, '127.0.0.1', () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
