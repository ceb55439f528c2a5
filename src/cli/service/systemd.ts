import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { Failure } from '../../base/failure.ts';
import type { Io } from '../io.ts';

const ANSWER_WITHIN_MS = 10_000;
/** There while systemd runs the machine (`sd_booted`). */
const BOOTED = '/run/systemd/system';

/** Throws Failure `refusedPlan` where no systemd runs the machine. */
export function requireSystemd(): void {
  if (existsSync(BOOTED)) return;
  throw new Failure('refusedPlan', 'systemd does not run this machine, so it cannot run coalmine here', {
    hint: 'Use "coalmine up --detach", or see the units with --print, or write them elsewhere with --unit-dir.',
  });
}

/** What systemd says of a unit: `active`, `inactive`, …; undefined when it cannot be asked. */
export function activity(name: string, { env }: Io, isUser: boolean): Promise<string | undefined> {
  return new Promise((resolve) => {
    const args = [...(isUser ? ['--user'] : []), 'show', '--property=ActiveState', '--value', name];
    execFile('systemctl', args, { env: { ...env }, timeout: ANSWER_WITHIN_MS }, (error, out) => {
      const state = out.trim();
      resolve(error !== null || state === '' ? undefined : state);
    });
  });
}
