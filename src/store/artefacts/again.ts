import { constants } from 'node:fs';
import { chmod, copyFile, mkdir, open, readlink, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from '../../base/errno.ts';
import { Failure } from '../../base/failure.ts';
import type { RevisionId } from '../../rollout/model.ts';
import { inBatches } from './batch.ts';
import { FILE_MODE } from './copy.ts';
import { digestFile, keptManifest, type Manifest, type ManifestEntry } from './manifest.ts';

/** Longer first lines name no program that any system would start. */
const FIRST_LINE_BYTES = 256;

/** A revision, and where to copy what it was when it was made. */
export interface CopyAgain {
  readonly root: string;
  readonly id: RevisionId;
  readonly target: string;
}

/**
 * Copies a revision as it was when it was made and built, file by file, and answers what that is: what its processes have
 * written beside it since is left out. Throws Failure `badArtefact` when one of its own files was changed since, or runs
 * only where it is.
 */
export async function copyAgain(order: CopyAgain, signal: AbortSignal): Promise<Manifest> {
  const { root, id, target } = order;
  const manifest = await keptManifest(root, id);
  if (manifest === undefined) {
    throw new Failure('badArtefact', `what ${id} was made of was not written down`, {
      hint: 'release a changed version there, or the sources of this one here',
    });
  }
  for (const { kind, path } of manifest)
    if (kind === 'directory') await mkdir(join(target, path), { recursive: true });
  await inBatches(manifest, async (entry) => {
    signal.throwIfAborted();
    await copyOne(order, entry).catch((error: unknown) => {
      throw isMissing(error) ? changed(order, entry) : error;
    });
  });
  return manifest;
}

async function copyOne(order: CopyAgain, entry: ManifestEntry): Promise<void> {
  const home = join(order.root, order.id);
  const [from, to] = [join(home, entry.path), join(order.target, entry.path)];
  if (entry.kind === 'directory') return;
  if (entry.kind === 'link') {
    if ((await readlink(from)) !== entry.target) throw changed(order, entry);
    if (entry.target.startsWith(home)) throw rooted(order, entry);
    return symlink(entry.target, to);
  }
  await copyFile(from, to, constants.COPYFILE_FICLONE);
  await chmod(to, entry.executable ? FILE_MODE.executable : FILE_MODE.plain);
  if ((await digestFile(to)) !== entry.digest) throw changed(order, entry);
  if (entry.executable && (await firstLine(to)).includes(`${home}/`)) throw rooted(order, entry);
}

/** Of a script; empty for other programs. */
async function firstLine(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(FIRST_LINE_BYTES), 0, FIRST_LINE_BYTES, 0);
    const [line = ''] = buffer.subarray(0, bytesRead).toString('latin1').split('\n', 1);
    return line.startsWith('#!') ? line : '';
  } finally {
    await file.close();
  }
}

function changed({ root, id }: CopyAgain, { path }: ManifestEntry): Failure {
  return new Failure('badArtefact', `${path} of ${id} is not what it was when ${id} was made`, {
    hint: `somebody or its own processes have changed it in ${join(root, id)}: release a changed version there, and have it write elsewhere`,
  });
}

/** A copy would go on using the files of the revision that it is a copy of, until they are removed. */
function rooted({ id }: CopyAgain, { path }: ManifestEntry): Failure {
  return new Failure('badArtefact', `${path} of ${id} names the directory of ${id}, so it runs only there`, {
    hint: 'have the build make what may be moved (as with `uv venv --relocatable`), or release the sources here',
  });
}
