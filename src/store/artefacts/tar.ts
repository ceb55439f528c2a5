import { ReadEntry, extract } from 'tar';
import { isOutOfSpace } from '../../base/errno.ts';
import { Failure, messageOf } from '../../base/failure.ts';
import { FILE_MODE } from './copy.ts';
import { escape, isExcluded, leadsOut } from './tree.ts';

const LINKS: readonly string[] = ['Link', 'SymbolicLink'];
const KINDS: readonly string[] = ['File', 'OldFile', 'ContiguousFile', 'Directory', 'GNUDumpDir', ...LINKS];

/** True for names of files that hold a tar. */
export function isTarName(path: string): boolean {
  return /\.(tar|tar\.gz|tgz)$/i.test(path);
}

/** Unpacks a tar, compressed or not. One entry that leads out of `target` and the whole of it is refused. */
export async function unpackTar(file: string, target: string): Promise<void> {
  let refusal: Failure | undefined;
  const filter = (path: string, entry: unknown): boolean => {
    if (!(entry instanceof ReadEntry) || isExcluded(path)) return false;
    refusal ??= judge(entry);
    entry.mode = ((entry.mode ?? 0) & 0o111) === 0 ? FILE_MODE.plain : FILE_MODE.executable;
    if (entry.type === 'Directory') entry.mode = FILE_MODE.executable;
    return refusal === undefined;
  };
  try {
    await extract({ file, cwd: target, strict: true, preserveOwner: false, noMtime: true, filter });
  } catch (error) {
    throw refusal ?? unreadable(file, error);
  }
  if (refusal !== undefined) throw refusal;
}

function judge(entry: ReadEntry): Failure | undefined {
  if (leadsOut('.', entry.path)) return escape(entry.path, entry.path);
  if (!KINDS.includes(entry.type)) {
    return new Failure('badArtefact', `${entry.path} in the tar is a ${entry.type}`, {
      hint: 'An artefact holds files, directories and links only.',
    });
  }
  if (!LINKS.includes(entry.type)) return undefined;
  const target = entry.linkpath ?? '';
  // A hard link is named from the root of the tar, a symbolic link from where it lies.
  const from = entry.type === 'Link' ? '.' : entry.path;
  return leadsOut(from, target) ? escape(entry.path, target) : undefined;
}

function unreadable(file: string, error: unknown): unknown {
  if (isOutOfSpace(error)) return error;
  return new Failure('badArtefact', `${file} cannot be unpacked: ${messageOf(error)}`, {
    hint: 'It must be a whole tar, plain or compressed with gzip.',
    cause: error,
  });
}
