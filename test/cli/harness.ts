import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Operations } from '../../src/api/operations.ts';
import { startApiServer, type ApiServer } from '../../src/api/server.ts';
import type { Input, Io, Output } from '../../src/cli/io.ts';
import { run } from '../../src/cli/run.ts';
import { accessTo, fakeOperations, type Fake } from './fake.ts';

/** What a command line printed and how it ended. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** What a test changes of a command's process. */
export interface Surroundings {
  readonly env?: Record<string, string>;
  readonly isTerminal?: boolean;
  /** What the person at the terminal types. */
  readonly types?: string;
  readonly interrupted?: AbortSignal;
  /** The keys that the person at the terminal presses. */
  readonly keys?: AsyncIterable<string>;
  /** What is piped in. */
  readonly stdin?: Input;
  /** Told of everything printed, as it is printed. */
  readonly onOutput?: (text: string) => void;
}

/** A directory with a data directory in it, and, when started, a fake coalmine that serves it. */
export class Bench {
  readonly dir: string;
  readonly asked: string[] = [];
  /** Who came, once it serves. */
  access = accessTo(fakeOperations());
  #server: ApiServer | undefined;

  private constructor(dir: string) {
    this.dir = dir;
  }

  static async create(): Promise<Bench> {
    return new Bench(await mkdtemp(join(tmpdir(), 'coalmine-cli-')));
  }

  get dataDir(): string {
    return join(this.dir, '.coalmine');
  }

  async serve(operations: Partial<Operations> = {}): Promise<Fake> {
    const fake = fakeOperations(operations);
    this.access = accessTo(fake);
    this.#server = await startApiServer({
      dataDir: this.dataDir,
      access: this.access,
      onBug: (thrown) => {
        throw thrown;
      },
    });
    return fake;
  }

  async stop(): Promise<void> {
    await this.#server?.close();
    this.#server = undefined;
  }

  async destroy(): Promise<void> {
    await this.stop();
    await rm(this.dir, { recursive: true, force: true });
  }

  /** Runs `coalmine …` in the directory. */
  async run(argv: readonly string[], around: Surroundings = {}): Promise<Ran> {
    const printed = { out: '', err: '' };
    const code = await run(argv, this.io(around, printed));
    return { code, ...printed };
  }

  /** What a command in the directory may touch; what it prints is added to `printed`. */
  io(around: Surroundings = {}, printed = { out: '', err: '' }): Io {
    const output = (to: 'out' | 'err'): Output => ({
      isTTY: around.isTerminal === true,
      columns: 100,
      rows: 50,
      write: (text) => {
        printed[to] += text;
        around.onOutput?.(text);
      },
    });
    return {
      stdout: output('out'),
      stderr: output('err'),
      env: around.env ?? {},
      cwd: this.dir,
      interrupted: around.interrupted ?? new AbortController().signal,
      entry: 'never run',
      ...(around.keys === undefined ? {} : { keys: keysOf(around.keys) }),
      ...(around.stdin === undefined ? {} : { stdin: around.stdin }),
      ...(around.types === undefined
        ? {}
        : { ask: (question) => this.#answer(question, around.types ?? '') }),
    };
  }

  #answer(question: string, types: string): Promise<string> {
    this.asked.push(question);
    return Promise.resolve(types);
  }
}

/** As a terminal: no more keys once nobody wants them. */
function keysOf(keys: AsyncIterable<string>): NonNullable<Io['keys']> {
  return async function* (signal) {
    const pressing = keys[Symbol.asyncIterator]();
    const ended = new Promise<{ readonly done: true; readonly value: undefined }>((resolve) => {
      signal.addEventListener('abort', () => {
        resolve({ done: true, value: undefined });
      });
    });
    for (;;) {
      const next = await Promise.race([pressing.next(), ended]);
      if (next.done === true || signal.aborted) return;
      yield next.value;
    }
  };
}
