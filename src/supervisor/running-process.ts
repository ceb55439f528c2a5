import type { ChildProcess } from 'node:child_process';
import { isAlive, type Machine, type ProcessIdentity } from './machine.ts';

/** Someone else's child tells nobody when it ends: it is looked at this often. */
const LOOK_EVERY_MS = 200;

/** How a process ended; both absent for one that was not our child. */
export interface Exit {
  readonly code?: number;
  readonly signal?: string;
}

/** A process that was started, by whomever. */
export interface RunningProcess {
  readonly identity: ProcessIdentity;
  /** Undefined while it runs. */
  exit(): Exit | undefined;
  /** Calls back once, when it has ended. */
  onExit(callback: (exit: Exit) => void): void;
  /** Stops looking; the process is left alone. */
  release(): void;
}

/** A child of this process. */
export function ownChild(child: ChildProcess, identity: ProcessIdentity): RunningProcess {
  const end = once();
  const ended = (code: number | null, signal: string | null): void => {
    end.settle({ ...(code === null ? {} : { code }), ...(signal === null ? {} : { signal }) });
  };
  if (child.exitCode !== null || child.signalCode !== null) ended(child.exitCode, child.signalCode);
  child.once('exit', ended);
  const release = (): void => {
    child.removeListener('exit', ended);
    child.unref();
  };
  return { identity, exit: end.exit, onExit: end.onExit, release };
}

/** A process that an earlier supervisor started. */
export function foundProcess(machine: Machine, identity: ProcessIdentity): RunningProcess {
  const end = once();
  const timer = setInterval(() => {
    if (!isKnownGone(machine, identity)) return;
    clearInterval(timer);
    end.settle({});
  }, LOOK_EVERY_MS);
  return {
    identity,
    exit: end.exit,
    onExit: end.onExit,
    release: () => {
      clearInterval(timer);
    },
  };
}

/** A machine that cannot be asked is asked again at the next turn. */
function isKnownGone(machine: Machine, identity: ProcessIdentity): boolean {
  try {
    return !isAlive(machine, identity);
  } catch {
    return false;
  }
}

/** Says how a process ended. */
export function describeExit(exit: Exit): string {
  if (exit.signal !== undefined) return `killed by ${exit.signal}`;
  return exit.code === undefined ? 'ended' : `exited with code ${exit.code}`;
}

function once(): Pick<RunningProcess, 'exit' | 'onExit'> & { settle(exit: Exit): void } {
  let known: Exit | undefined;
  const callbacks: ((exit: Exit) => void)[] = [];
  return {
    exit: () => known,
    onExit: (callback) => {
      if (known === undefined) callbacks.push(callback);
      else callback(known);
    },
    settle: (exit) => {
      if (known !== undefined) return;
      known = exit;
      for (const callback of callbacks) callback(exit);
    },
  };
}
