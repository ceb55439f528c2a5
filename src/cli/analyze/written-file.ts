import { writeFile } from 'node:fs/promises';
import { Failure, messageOf } from '../../base/failure.ts';
import type { Session } from '../session.ts';
import { STANDARD_INPUT } from './text-file.ts';
import { written } from './written.ts';

/**
 * Writes a text to a file as the user wrote its name, `-` for standard output. Asks before it replaces a file. Throws
 * Failure `conflict` when that is not to be, `usage` when the file cannot be written.
 */
export async function writeText(session: Session, file: string, text: string): Promise<void> {
  if (file === STANDARD_INPUT) return written(session.io, text);
  const path = session.path(file);
  try {
    await writeFile(path, text, { flag: 'wx' });
  } catch (cause) {
    const isThere = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
    if (!isThere) throw unwritten(file, cause);
    if (!(await session.confirm(`${file} is there already. Replace it?`))) {
      throw new Failure('conflict', `${file} is there already`, { hint: 'Name another file.' });
    }
    await writeFile(path, text).catch((error: unknown) => {
      throw unwritten(file, error);
    });
  }
}

function unwritten(file: string, cause: unknown): Failure {
  return new Failure('usage', `cannot write ${file}: ${messageOf(cause)}`, {
    hint: 'Name a file in a directory that is there and may be written to.',
    cause,
  });
}
