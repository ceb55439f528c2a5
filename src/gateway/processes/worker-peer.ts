import type { ChildProcess, SendHandle } from 'node:child_process';
import type { FromWorker, ToWorker } from '../protocol.ts';

/** A process that serves requests for this master, at the other end of a channel. */
export interface WorkerPeer {
  readonly pid: number | undefined;
  /** Nothing is sent to one that is gone. An error means that it is dying; its end is what counts. */
  send(message: ToWorker, raw?: unknown): void;
  kill(): void;
  onMessage(listener: (message: FromWorker) => void): void;
  /** Called once, with why. */
  onGone(listener: (reason: string) => void): void;
}

/** A worker that this process has started. */
export function childPeer(child: ChildProcess): WorkerPeer {
  return {
    pid: child.pid,
    send: (message, raw) => {
      if (child.connected) child.send(message, raw as SendHandle | undefined, () => undefined);
    },
    kill: () => {
      child.kill('SIGKILL');
    },
    onMessage: (listener) => {
      child.on('message', listener);
    },
    onGone: (listener) => {
      child.once('exit', (code, signal) => {
        listener(signal ?? `exit code ${code ?? 'unknown'}`);
      });
      child.on('error', (error) => {
        if (child.pid === undefined) listener(error.message);
      });
    },
  };
}

/** The master before this one, which has started this process: with what its workers have left to do it is one more. */
export function predecessorPeer(): WorkerPeer {
  const pid = process.ppid;
  return {
    pid,
    send: (message) => {
      if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
    },
    kill: () => {
      if (process.connected && process.ppid === pid) process.kill(pid, 'SIGKILL');
    },
    onMessage: (listener) => {
      process.on('message', listener);
    },
    onGone: (listener) => {
      if (process.connected)
        process.once('disconnect', () => {
          listener('it has ended');
        });
      else listener('it has ended');
    },
  };
}
