import { constants } from 'node:fs';
import { chmod, copyFile, mkdir, open, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { isMissing } from '../../base/errno.ts';
import { syncDirectory } from '../../files/durable-file.ts';
import { inBatches } from './batch.ts';
import { listTree, refuseEscape, type TreeEntry } from './tree.ts';

/** From this many files on, the whole file system is synchronised at once rather than file by file. */
const MANY_FILES = 200;
const SYNC_TIMEOUT_MS = 120_000;

/** Files are copied with these modes, so that equal contents make equal trees whatever they came in. */
export const FILE_MODE = { plain: 0o644, executable: 0o755 } as const;

/** What to copy where; `without` (a path under `source`) is left out. */
export interface CopyOrder {
  readonly source: string;
  readonly target: string;
  readonly without: string;
}

/** Copies a directory as it is now. The copy shares nothing with the source. */
export async function copyTree(order: CopyOrder, signal: AbortSignal): Promise<void> {
  const { source, target } = order;
  const entries = await listTree(source, order.without);
  for (const entry of entries) {
    refuseEscape(entry);
    if (entry.kind === 'directory') await mkdir(join(target, entry.path), { recursive: true });
  }
  await inBatches(entries, async (entry) => {
    signal.throwIfAborted();
    if (entry.kind === 'link') await symlink(entry.target, join(target, entry.path));
    if (entry.kind === 'file')
      await copyOne(join(source, entry.path), join(target, entry.path), entry.executable);
  });
}

async function copyOne(from: string, to: string, executable: boolean): Promise<void> {
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE);
    await chmod(to, executable ? FILE_MODE.executable : FILE_MODE.plain);
  } catch (error) {
    // Removed since it was listed: then it was never there.
    if (!isMissing(error)) throw error;
    await rm(to, { force: true });
  }
}

/** Makes a tree survive a power cut. */
export async function flushTree(root: string): Promise<void> {
  const entries = await listTree(root);
  if (entries.length >= MANY_FILES && (await syncFileSystem(root))) return;
  await inBatches(entries, (entry) => flushOne(root, entry));
  await syncDirectory(root);
}

async function flushOne(root: string, entry: TreeEntry): Promise<void> {
  if (entry.kind === 'directory') await syncDirectory(join(root, entry.path));
  if (entry.kind !== 'file') return;
  const file = await open(join(root, entry.path), 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** True when the machine has a `sync` that knows how (GNU, BusyBox). */
async function syncFileSystem(root: string): Promise<boolean> {
  return promisify(execFile)('sync', ['-f', root], { timeout: SYNC_TIMEOUT_MS }).then(
    () => true,
    () => false,
  );
}
