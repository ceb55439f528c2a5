import type { LogFiles } from './log-files.ts';
import type { Machine } from './machine.ts';
import type { PortSource } from './ports.ts';
import type { LeavingInstance } from './settings.ts';
import type { ProcessTable } from './table.ts';

/** Where the supervisor says what people may want to look up later. */
export interface SupervisorLog {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
}

/** Returns when nothing is being served by the instance any more; the signal ends the patience. */
export type BeforeStop = (instance: LeavingInstance, signal: AbortSignal) => Promise<void>;

/** What all instances of one supervisor share. */
export interface Site {
  readonly machine: Machine;
  readonly owner: string;
  readonly bootId: string;
  readonly table: ProcessTable;
  readonly ports: PortSource;
  readonly logs: LogFiles;
  readonly log: SupervisorLog;
  readonly beforeStop: BeforeStop;
  /** Something that users of the supervisor can see has changed. */
  readonly changed: (rollout: string) => void;
  /** Aborted when the supervisor closes: everything is left as it is. */
  readonly closing: AbortSignal;
  /** A number between 0 and 1. */
  readonly chance: () => number;
}
