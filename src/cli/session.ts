import { join, resolve } from 'node:path';
import type { Failure } from '../base/failure.ts';
import type { Client } from '../client/client.ts';
import { dataDirOf } from './data-dir.ts';
import type { Io, Output } from './io.ts';
import { createPaint, wantsColor, type Paint } from './output/paint.ts';
import { harmless } from './output/text.ts';

/** Options that every command takes. */
export interface GlobalOptions {
  readonly dataDir?: string;
  readonly file?: readonly string[];
  readonly output: OutputFormat;
  readonly color: boolean;
  readonly yes?: boolean;
}

/** How answers are printed. */
export type OutputFormat = 'table' | 'json' | 'yaml';

/** One command's run: where it works and how it prints. */
export class Session {
  readonly io: Io;
  readonly dataDir: string;
  readonly format: OutputFormat;
  readonly color: boolean;
  readonly paint: Paint;
  readonly #options: GlobalOptions;

  constructor(io: Io, options: GlobalOptions) {
    this.io = io;
    this.#options = options;
    this.dataDir = dataDirOf({ flag: options.dataDir, env: io.env, cwd: io.cwd });
    this.format = options.output;
    this.color = wantsColor({ flag: options.color, env: io.env, isTerminal: io.stdout.isTTY === true });
    this.paint = createPaint(this.color);
  }

  /** The same session over another data directory. */
  in(dataDir: string): Session {
    return new Session(this.io, { ...this.#options, dataDir });
  }

  /** True when a person reads along, on a terminal that can be drawn on. */
  get isLive(): boolean {
    return this.format === 'table' && this.io.stdout.isTTY === true && this.io.env['TERM'] !== 'dumb';
  }

  /** The files that `--file` names, absolute; undefined when none were named. */
  get files(): readonly string[] | undefined {
    return this.#options.file?.map((file) => this.path(file));
  }

  /** The file that is read when none is named. */
  get defaultFile(): string {
    return this.path('coalmine.yaml');
  }

  /** A path that the user wrote, absolute. */
  path(written: string): string {
    return resolve(this.io.cwd, written);
  }

  /** A client of the control process; requests end with Ctrl-C. */
  async client(onLost?: (failure: Failure) => void): Promise<Client> {
    const { createClient } = await import('../client/client.ts');
    return createClient({
      socketPath: join(this.dataDir, 'control.sock'),
      signal: this.io.interrupted,
      ...(onLost === undefined ? {} : { onLost }),
    });
  }

  /** Prints an answer: the lines for people, the value for programs. */
  async print(value: unknown, lines: () => readonly string[]): Promise<void> {
    switch (this.format) {
      case 'json':
        this.#write(this.io.stdout, `${JSON.stringify(value, undefined, 2)}\n`);
        return;
      case 'yaml': {
        const { stringify } = await import('yaml');
        this.#write(this.io.stdout, stringify(value, { aliasDuplicateObjects: false }));
        return;
      }
      case 'table':
        this.say(lines());
    }
  }

  /** Prints lines for people, whatever the format. */
  say(lines: readonly string[]): void {
    for (const line of lines) this.#write(this.io.stdout, `${harmless(line)}\n`);
  }

  /** Prints one value on one line, for programs that read as it comes. */
  sayJson(value: unknown): void {
    this.#write(this.io.stdout, `${JSON.stringify(value)}\n`);
  }

  /** Prints beside the answer. */
  remark(line: string): void {
    this.#write(this.io.stderr, `${harmless(line)}\n`);
  }

  /** Asks a person before something is taken away; true without asking when nobody sits there. */
  async confirm(question: string): Promise<boolean> {
    const { ask, interrupted } = this.io;
    if (this.#options.yes === true || ask === undefined) return true;
    const answer = await ask(`${question} [y/N] `, interrupted);
    return ['y', 'yes'].includes(answer.trim().toLowerCase());
  }

  #write(output: Output, text: string): void {
    output.write(text);
  }
}
