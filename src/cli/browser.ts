import { spawn } from 'node:child_process';
import { Failure, messageOf } from '../base/failure.ts';

/** What opens an address, by the kind of machine; it is given the address as its last word. */
const OPENERS: Readonly<Partial<Record<NodeJS.Platform, string>>> = { darwin: 'open', linux: 'xdg-open' };

/**
 * Opens an address in the user's browser, or in what `$BROWSER` names. Throws Failure `usage` when there is none to start, or
 * it fails.
 */
export async function openInBrowser(
  url: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const program = env['BROWSER'] ?? OPENERS[process.platform];
  if (program === undefined || program === '') throw unopened('this machine has none that is known');
  await new Promise<void>((resolve, reject) => {
    const child = spawn(program, [url], { stdio: 'ignore', detached: true, env: { ...env } });
    child.once('error', (cause) => {
      reject(unopened(messageOf(cause)));
    });
    child.once('spawn', () => {
      child.unref();
      resolve();
    });
  });
}

function unopened(why: string): Failure {
  return new Failure('usage', `no browser could be opened: ${why}`, {
    hint: 'leave out --open, and paste the link into one',
  });
}
