import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const LAST_LINES = 20;

/** A program that runs, with its log in a file. */
export class Program {
  readonly name: string;
  readonly #log: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #isStopped = false;

  /** Starts it. */
  constructor(
    command: string,
    args: readonly string[],
    place: { readonly name: string; readonly dir: string },
  ) {
    this.name = place.name;
    this.#log = join(place.dir, `${place.name}.log`);
    const log = openSync(this.#log, 'a');
    this.#child = spawn(command, [...args], { stdio: ['ignore', log, log], cwd: place.dir });
    closeSync(log);
    this.#ended = new Promise((resolve) => {
      this.#child.once('exit', () => {
        resolve();
      });
      this.#child.once('error', () => {
        resolve();
      });
    });
  }

  /** Throws, with the end of its log, when it has ended by itself. */
  check(): void {
    const { exitCode, signalCode } = this.#child;
    if (this.#isStopped || (exitCode === null && signalCode === null)) return;
    throw new Error(`${this.name} ended (${exitCode ?? signalCode ?? ''}):\n${this.lastLines()}`);
  }

  /** The end of its log. */
  lastLines(): string {
    return readFileSync(this.#log, 'utf8').trimEnd().split('\n').slice(-LAST_LINES).join('\n');
  }

  /** Ends it at once, and waits until it is gone. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}
