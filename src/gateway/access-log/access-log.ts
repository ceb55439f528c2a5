import { appendFile, close, constants, fstat, open, stat } from 'node:fs';
import { promisify } from 'node:util';
import { messageOf } from '../../base/failure.ts';
import { log } from '../log.ts';
import type { AccessLogTarget } from '../protocol.ts';

const FLUSH_EVERY_MS = 500;
/** So much is written at once without waiting for the time. */
const FLUSH_AT = 64 * 1024;
/** What may wait for a slow disk; more is lost, and counted. */
const MOST_WAITING = 4 * 1024 * 1024;
const COMPLAIN_EVERY_MS = 60_000;
/** Never waits for a reader, in case it is a pipe. */
const APPENDING = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;
/** Standard output, which is the gateway's own log. */
const STDOUT = 1;

/**
 * Lines on their way to a file, or to standard output. Writing one only puts it into memory: a disk that is slow or
 * full costs lines, never requests. A file that was moved away is opened anew.
 */
export class AccessLog {
  readonly #target: AccessLogTarget;
  #waiting: string[] = [];
  #size = 0;
  #lost = 0;
  #complainedMs = -Infinity;
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> | undefined;
  #fd: number | undefined;

  constructor(target: AccessLogTarget) {
    this.#target = target;
  }

  /** `line` holds no line break. */
  write(line: string): void {
    if (this.#size > MOST_WAITING) {
      this.#lost += 1;
      return;
    }
    this.#waiting.push(line);
    this.#size += line.length + 1;
    if (this.#size >= FLUSH_AT) this.#begin();
    else this.#timer ??= setTimeout(this.#begin, FLUSH_EVERY_MS).unref();
  }

  /** Returns when everything written so far is in the file, or lost, and lets go of the file. */
  async close(): Promise<void> {
    while (this.#size > 0) {
      this.#begin();
      await this.#flushing;
    }
    await this.#letGo();
  }

  readonly #begin = (): void => {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#flushing ??= this.#flush().finally(() => {
      this.#flushing = undefined;
      if (this.#size >= FLUSH_AT) this.#begin();
    });
  };

  async #flush(): Promise<void> {
    const lines = this.#waiting;
    if (lines.length === 0) return;
    this.#waiting = [];
    const text = `${lines.join('\n')}\n`;
    try {
      await promisify(appendFile)(await this.#opened(), text);
      if (this.#lost > 0) this.#complain('the disk was too slow');
    } catch (error) {
      this.#lost += lines.length;
      this.#complain(messageOf(error));
      await this.#letGo();
    }
    this.#size -= text.length;
  }

  /** The file that has the name now. */
  async #opened(): Promise<number> {
    const { path } = this.#target;
    if (path === undefined) return STDOUT;
    if (this.#fd !== undefined && !(await isStill(this.#fd, path))) await this.#letGo();
    this.#fd ??= await promisify(open)(path, APPENDING, 0o600);
    return this.#fd;
  }

  async #letGo(): Promise<void> {
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd !== undefined) await promisify(close)(fd).catch(() => undefined);
  }

  #complain(reason: string): void {
    const nowMs = performance.now();
    if (nowMs - this.#complainedMs < COMPLAIN_EVERY_MS) return;
    log('access log: lines were lost', { path: this.#target.path, lines: this.#lost, reason });
    this.#complainedMs = nowMs;
    this.#lost = 0;
  }
}

/** The logs of a worker, each kept for as long as a route names it. */
export class AccessLogs {
  #logs = new Map<string, AccessLog>();

  /** Opens those that are named now, and closes the others. */
  keep(targets: readonly AccessLogTarget[]): void {
    const kept = new Map<string, AccessLog>();
    for (const target of targets) {
      const key = target.path ?? '';
      kept.set(key, kept.get(key) ?? this.#logs.get(key) ?? new AccessLog(target));
    }
    for (const [key, gone] of this.#logs) if (!kept.has(key)) void gone.close();
    this.#logs = kept;
  }

  /** One that was kept. */
  of(target: AccessLogTarget | undefined): AccessLog | undefined {
    return target === undefined ? undefined : this.#logs.get(target.path ?? '');
  }

  /** Returns when all lines are written, or lost. */
  async close(): Promise<void> {
    await Promise.all([...this.#logs.values()].map((one) => one.close()));
  }
}

async function isStill(fd: number, path: string): Promise<boolean> {
  const [opened, named] = await Promise.all([
    promisify(fstat)(fd),
    promisify(stat)(path).catch(() => undefined),
  ]);
  return named !== undefined && opened.ino === named.ino && opened.dev === named.dev;
}
