import type { Terminal } from './output/live-area.ts';

/** Where text goes. */
export interface Output extends Terminal {
  readonly isTTY?: boolean | undefined;
  /** Told once when more may be written; absent where a write never has to be waited for. */
  once?(event: 'drain', listener: () => void): unknown;
}

/** Where data come from. */
export interface Input extends AsyncIterable<Uint8Array | string> {
  /** Ends waiting for more, with this error for who waits. */
  destroy?(error: Error): unknown;
}

/** The process as a job of its terminal. */
export interface Job {
  /**
   * Calls `leave` before the process is stopped or ends in whatever way, and `enter` when it goes on. Answers how to
   * end that.
   */
  guard(terminal: { readonly leave: () => void; readonly enter: () => void }): () => void;
  /** Stops the process, as Ctrl-Z does. */
  stop(): void;
}

/** Everything of its process that a command may touch, so that tests can stand in for it. */
export interface Io {
  readonly stdout: Output;
  readonly stderr: Output;
  /** What is piped in; absent when there is nothing. */
  readonly stdin?: Input;
  /** Asks a person and answers what was typed; absent when nobody sits there. */
  readonly ask?: (question: string, signal: AbortSignal) => Promise<string>;
  /** The keys that a person presses, as they come, until the signal aborts; absent when nobody sits there. */
  readonly keys?: (signal: AbortSignal) => AsyncIterable<string>;
  readonly job?: Job;
  /** Leaves signals to a program that runs in the foreground from now on. */
  readonly handOver?: (pid: number) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Aborted by Ctrl-C, and when the process is asked to end. */
  readonly interrupted: AbortSignal;
  /** The file to run again for a process in the background. */
  readonly entry: string;
  /** True when it was called as `kubectl coalmine`: then it works on a cluster. */
  readonly isPlugin?: boolean;
}

/** Exit status of a command that Ctrl-C ended. */
export const INTERRUPTED = 130;
