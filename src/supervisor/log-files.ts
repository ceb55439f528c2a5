import { mkdir, open, readdir, rename, rm, stat, truncate, type FileHandle } from 'node:fs/promises';
import { createReadStream, createWriteStream } from 'node:fs';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Failure } from '../base/failure.ts';
import { isMissing, isOutOfSpace } from '../base/errno.ts';
import type { GroupKey } from './settings.ts';

/** How much is kept of each instance. */
export interface LogLimits {
  /** A file over this is rotated. */
  readonly fileBytes: number;
  /** Per instance, the current one included. */
  readonly files: number;
  /** Ended instances of a revision whose logs are kept; older ones go. */
  readonly ended: number;
}

/** Three files of 10 MiB per instance, ten ended instances per revision. */
export const LOG_LIMITS: LogLimits = { fileBytes: 10 * 1_024 * 1_024, files: 3, ended: 10 };

/** One instance's output, the current file. */
export interface LogFile {
  readonly instance: string;
  readonly path: string;
}

/** Logs of instances under `<directory>/<rollout>/<revision>/<instance>.log`, rotated to `.log.1`, `.log.2`, … */
export class LogFiles {
  readonly #directory: string;
  readonly #limits: LogLimits;

  constructor(directory: string, limits: LogLimits = LOG_LIMITS) {
    this.#directory = directory;
    this.#limits = limits;
  }

  /** Opens an instance's log for appending, so that several writers and a later truncation get along. */
  async open(key: GroupKey, instance: string): Promise<FileHandle> {
    await mkdir(this.#folder(key), { recursive: true, mode: 0o700 });
    return open(this.path(key, instance), 'a', 0o600);
  }

  path(key: GroupKey, instance: string): string {
    return join(this.#folder(key), `${instance}.log`);
  }

  /** The revision's logs, the one that was written to last at the end. */
  async list(key: GroupKey): Promise<readonly LogFile[]> {
    const names = await readdir(this.#folder(key)).catch(() => []);
    const logs = names.filter((name) => name.endsWith('.log'));
    const dated = await Promise.all(
      logs.map(async (name) => {
        const path = join(this.#folder(key), name);
        const writtenAt = await stat(path).then(
          (stats) => stats.mtimeMs,
          () => 0,
        );
        return { writtenAt, path, instance: basename(name, '.log') };
      }),
    );
    return dated.sort((a, b) => a.writtenAt - b.writtenAt).map(({ instance, path }) => ({ instance, path }));
  }

  /**
   * Moves a log that has grown too large out of the way: copied, then cut to nothing under its writer, who appends
   * and so goes on at the start. What is written in the instant between the two is lost. On a full disk all of it is:
   * room for everybody is worth more than this copy.
   */
  async rotate(key: GroupKey, instance: string): Promise<void> {
    const path = this.path(key, instance);
    const size = await stat(path).then(
      (stats) => stats.size,
      () => 0,
    );
    if (size <= this.#limits.fileBytes) return;
    const start = Math.max(0, size - 2 * this.#limits.fileBytes);
    if (await copyTail(path, start, draftOf(path))) await this.#shift(path);
    await truncate(path, 0);
  }

  /** Makes room for the draft among the older files, the oldest of which goes. */
  async #shift(path: string): Promise<void> {
    for (let age = this.#limits.files - 2; age >= 1; age -= 1) {
      await rename(`${path}.${age}`, `${path}.${age + 1}`).catch(ignoreMissing);
    }
    await rename(draftOf(path), `${path}.1`);
  }

  /** Removes the oldest logs of ended instances. */
  async prune(key: GroupKey, living: ReadonlySet<string>): Promise<void> {
    const ended = (await this.list(key)).filter((file) => !living.has(file.instance));
    for (const { path } of ended.slice(0, Math.max(0, ended.length - this.#limits.ended)))
      await this.#removeAll(path);
  }

  /** Removes all logs of a revision. */
  async remove(key: GroupKey): Promise<void> {
    await rm(this.#folder(key), { recursive: true, force: true });
  }

  async #removeAll(path: string): Promise<void> {
    await rm(path, { force: true });
    await rm(draftOf(path), { force: true });
    for (let age = 1; age < this.#limits.files; age += 1) await rm(`${path}.${age}`, { force: true });
  }

  #folder(key: GroupKey): string {
    return join(this.#directory, segment(key.rollout), segment(key.revision));
  }
}

/** Names are checked where they come in; one that would lead elsewhere must not get this far. */
function segment(name: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) return name;
  throw new Failure('bug', `${JSON.stringify(name)} cannot name a directory`);
}

function draftOf(path: string): string {
  return `${path}.draft`;
}

/** False when there is no room for a copy. */
async function copyTail(path: string, start: number, draft: string): Promise<boolean> {
  try {
    await pipeline(createReadStream(path, { start }), createWriteStream(draft, { mode: 0o600 }));
    return true;
  } catch (error) {
    if (!isOutOfSpace(error)) throw error;
    await rm(draft, { force: true });
    return false;
  }
}

function ignoreMissing(error: unknown): void {
  if (!isMissing(error)) throw error;
}
