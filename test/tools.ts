import { execFileSync } from 'node:child_process';
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

/** A port that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return address.port;
}
