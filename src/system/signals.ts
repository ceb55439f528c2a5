import { hasCode } from '../base/errno.ts';
import { constants } from 'node:os';

/** Sends a signal to a whole process group; false when there is none any more. An unknown name means SIGTERM. */
export function signalGroup(groupId: number, name: string): boolean {
  return send(-groupId, name);
}

/** Sends a signal to one process; false when it is gone. */
export function signalProcess(pid: number, name: string): boolean {
  return send(pid, name);
}

function send(target: number, name: string): boolean {
  const known: Readonly<Record<string, number>> = constants.signals;
  try {
    return process.kill(target, known[name] ?? constants.signals.SIGTERM);
  } catch (error) {
    if (hasCode(error, 'ESRCH')) return false;
    // macOS answers so for a group of ended processes.
    if (hasCode(error, 'EPERM')) return false;
    throw error;
  }
}
