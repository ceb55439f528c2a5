import { linux } from './machine-linux.ts';
import { macos } from './machine-macos.ts';

/** Which process: the start time tells a process from a later one that was given the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** In the machine's own unit; compared, never computed with. */
  readonly startTime: string;
}

/** What the machine says of one process. */
export interface ProcessFacts extends ProcessIdentity {
  readonly groupId: number;
  /** Grows with the time of the start; equal for starts too close together to tell. */
  readonly bornAt: number;
  /** False for one that has ended and was not yet collected by its parent. */
  readonly alive: boolean;
}

/**
 * Questions about processes that Linux and macOS answer in different ways. That a process is gone is an answer; when
 * there is none, since files or memory have run out, all of these throw, and nothing may be concluded.
 */
export interface Machine {
  /** Changes with every start of the machine. */
  bootId(): Promise<string>;
  /**
   * Undefined when there is no such process; throws when the machine cannot be asked. Synchronous: right after a
   * start, before the end can be collected.
   */
  facts(pid: number): ProcessFacts | undefined;
  /** All processes. */
  list(): Promise<readonly ProcessFacts[]>;
  /** The variables a process was started with; empty when it is gone or someone else's. */
  environment(pid: number): Promise<ReadonlyMap<string, string>>;
  /** Resident memory in bytes; 0 when the process is gone. */
  residentBytes(pid: number): Promise<number>;
}

/** The machine this runs on. */
export function thisMachine(): Machine {
  return process.platform === 'darwin' ? macos : linux;
}

/** True while the very process runs, not merely its pid; throws when the machine cannot be asked. */
export function isAlive(machine: Machine, identity: ProcessIdentity): boolean {
  const facts = machine.facts(identity.pid);
  return facts !== undefined && facts.alive && facts.startTime === identity.startTime;
}
