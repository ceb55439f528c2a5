import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { create } from 'tar';
import type { UploadKind } from '../../api/resources.ts';
import { UPLOAD_LIMITS } from '../../api/upload-limits.ts';
import { Failure, messageOf } from '../../base/failure.ts';
import { isTarName } from '../../store/artefacts/tar.ts';
import { isExcluded } from '../../store/artefacts/tree.ts';

/**
 * What is sent of a directory, a tar or a file of variables; a directory as a tar, without `.git`. Throws Failure
 * `badArtefact` when it is none of these or cannot be read, `tooLarge` as soon as it is.
 */
export async function* packed(kind: UploadKind, path: string): AsyncGenerator<Uint8Array, void, undefined> {
  const source = await sourceOf(kind, path);
  let bytes = 0;
  try {
    for await (const chunk of source) {
      bytes += chunk.length;
      if (bytes > UPLOAD_LIMITS[kind]) throw tooLarge(kind, path);
      yield chunk;
    }
  } catch (error) {
    throw error instanceof Failure ? error : unreadable(path, error);
  }
}

async function sourceOf(kind: UploadKind, path: string): Promise<AsyncIterable<Uint8Array>> {
  const stats = await stat(path).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  if (stats.isDirectory() && kind === 'artefact') {
    const filter = (entry: string): boolean => !isExcluded(entry);
    // Equal directories are equal tars: neither times nor owners of this machine are sent.
    return create({ cwd: path, gzip: true, portable: true, noMtime: true, strict: true, filter }, ['.']);
  }
  if (stats.isFile() && (kind === 'environment' || isTarName(path))) return createReadStream(path);
  throw new Failure('badArtefact', `${path} cannot be sent`, {
    hint:
      kind === 'artefact'
        ? 'Give a directory, or a file ending in .tar, .tar.gz or .tgz.'
        : 'Give a file of KEY=VALUE lines.',
  });
}

function unreadable(path: string, cause: unknown): Failure {
  return new Failure('badArtefact', `${path} cannot be read: ${messageOf(cause)}`, {
    hint: 'What is named on the command line, and relative paths in files, are of this machine; it is sent to the other.',
    cause,
  });
}

function tooLarge(kind: UploadKind, path: string): Failure {
  return new Failure('tooLarge', `${path} has more than the ${UPLOAD_LIMITS[kind]} bytes that may be sent`, {
    hint:
      kind === 'artefact'
        ? 'Leave out what is not needed to run it, or copy it over yourself and name it by its absolute path in the file.'
        : 'A file of variables is short.',
  });
}
