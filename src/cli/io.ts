import type { Terminal } from './output/live-area.ts';

/** Where text goes. */
export interface Output extends Terminal {
  readonly isTTY?: boolean | undefined;
}

/** Everything of its process that a command may touch, so that tests can stand in for it. */
export interface Io {
  readonly stdout: Output;
  readonly stderr: Output;
  /** Asks a person and answers what was typed; absent when nobody sits there. */
  readonly ask?: (question: string, signal: AbortSignal) => Promise<string>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Aborted by Ctrl-C, and when the process is asked to end. */
  readonly interrupted: AbortSignal;
  /** The file to run again for a process in the background. */
  readonly entry: string;
}

/** Exit status of a command that Ctrl-C ended. */
export const INTERRUPTED = 130;
