import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Failure, messageOf } from '../base/failure.ts';
import type { Session } from './session.ts';
import { StartFailed } from './start-failed.ts';

const LOOK_EVERY_MS = 50;
const START_WITHIN_MS = 60_000;
/** Of a log's end, when a start failed. */
const LINES_TOLD = 20;

/**
 * Runs this command again in a session of its own, with its output in `<data>/up.log`, and waits until it
 * answers. Throws what kept it from starting.
 */
export async function startInBackground(session: Session, args: readonly string[]): Promise<void> {
  const { dataDir, io } = session;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const logPath = join(dataDir, 'up.log');
  const log = openSync(logPath, 'a', 0o600);
  const from = fstatSync(log).size;
  const child = spawn(process.execPath, [io.entry, ...args], {
    cwd: io.cwd,
    env: { ...io.env },
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const failed = failureOf(child, () => lastWords(dataDir, linesFrom(logPath, from)));
  await Promise.race([failed, answered(session, failed)]);
  child.unref();
}

/** Rejects when the child ends; never resolves. */
function failureOf(child: ChildProcess, said: () => readonly string[]): Promise<never> {
  const failed = new Promise<never>((_, reject) => {
    child.once('error', (cause) => {
      reject(new Failure('bug', `the background process cannot be started: ${messageOf(cause)}`, { cause }));
    });
    child.once('exit', (code, signal) => {
      const how = code === null ? `was ended by ${signal ?? 'a signal'}` : `ended with status ${code}`;
      const details = said().map((line) => `\n  ${line}`);
      reject(new StartFailed(`coalmine did not start: its process ${how}${details.join('')}`, code ?? 1));
    });
  });
  // Nobody waits any more once it answered.
  failed.catch(() => undefined);
  return failed;
}

async function answered(session: Session, failed: Promise<never>): Promise<void> {
  const client = await session.client();
  const deadline = performance.now() + START_WITHIN_MS;
  while (performance.now() < deadline) {
    try {
      await Promise.race([client.system(), failed]);
      return;
    } catch (thrown) {
      if (!(thrown instanceof Failure) || thrown.code !== 'unreachable') throw thrown;
    }
    await delay(LOOK_EVERY_MS, undefined, { signal: session.io.interrupted });
  }
  throw new Failure('unreachable', 'coalmine was started and does not answer', {
    hint: `Look into ${join(session.dataDir, 'up.log')}.`,
  });
}

/** On a full disk the log could not be written either. */
function lastWords(dataDir: string, lines: readonly string[]): readonly string[] {
  if (lines.length > 0 || statfsSync(dataDir).bavail > 0) return lines;
  return [`no space is left in ${dataDir}: free some, then start it again; what was saved before is safe`];
}

function linesFrom(path: string, from: number): readonly string[] {
  const text = readFileSync(path).subarray(from).toString('utf8').trimEnd();
  return text === '' ? [] : text.split('\n').slice(-LINES_TOLD);
}
