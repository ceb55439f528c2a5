import { spawn, type ChildProcess } from 'node:child_process';
import { stat, type FileHandle } from 'node:fs/promises';
import { messageOf } from '../base/failure.ts';
import { expandVariables, type Environment } from '../base/environment.ts';
import type { Machine, ProcessFacts } from './machine.ts';
import { ownChild, type RunningProcess } from './running-process.ts';

/** What to start. */
export interface LaunchOrder {
  /** `$(NAME)` of `env` is replaced. */
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Environment;
  /** Output is appended here; absent: it is thrown away. */
  readonly log?: FileHandle;
}

/** A process that runs, or why there is none. */
export type Launch =
  | { readonly kind: 'started'; readonly process: RunningProcess }
  | { readonly kind: 'refused'; readonly reason: string };

/**
 * Starts a process in a session of its own. Its output goes straight to a file and its input is empty: no pipe
 * ties it to this process, so it lives on when this one dies.
 */
export async function launch(order: LaunchOrder, machine: Machine): Promise<Launch> {
  const [file = '', ...args] = order.command.map((word) => expandVariables(word, order.env));
  if (!(await isDirectory(order.cwd))) {
    return { kind: 'refused', reason: `cannot start ${quote(file)}: its directory ${order.cwd} is gone` };
  }
  const output = order.log?.fd ?? 'ignore';
  try {
    const child = spawn(file, args, {
      cwd: order.cwd,
      env: order.env,
      stdio: ['ignore', output, output],
      detached: true,
    });
    return await started(child, file, machine);
  } catch (error) {
    return { kind: 'refused', reason: `cannot start ${quote(file)}: ${messageOf(error)}` };
  }
}

function started(child: ChildProcess, file: string, machine: Machine): Promise<Launch> {
  // Asked in the same turn as the start: even a process that has ended already is not collected before.
  const facts = child.pid === undefined ? undefined : shown(child.pid, machine);
  return new Promise((resolve) => {
    child.once('error', (error) => {
      resolve({ kind: 'refused', reason: refusal(error, file) });
    });
    if (child.pid === undefined) return;
    if (facts === undefined) {
      child.kill('SIGKILL');
      resolve({
        kind: 'refused',
        reason: `cannot start ${quote(file)}: the machine does not show the process`,
      });
      return;
    }
    resolve({ kind: 'started', process: ownChild(child, { pid: facts.pid, startTime: facts.startTime }) });
  });
}

/** One that cannot be told from a later one with its pid must not run: whatever the reason, it is as if not shown. */
function shown(pid: number, machine: Machine): ProcessFacts | undefined {
  try {
    return machine.facts(pid);
  } catch {
    return undefined;
  }
}

function refusal(error: Error, file: string): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code === 'ENOENT') return `cannot start ${quote(file)}: command not found`;
  if (code === 'EACCES') return `cannot start ${quote(file)}: it is not an executable file`;
  return `cannot start ${quote(file)}: ${error.message}`;
}

function quote(text: string): string {
  return JSON.stringify(text);
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}
