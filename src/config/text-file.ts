import { createReadStream } from 'node:fs';
import { Failure, messageOf } from '../base/failure.ts';
import type { Format } from './source.ts';

/** No declaration is longer. */
export const MOST_BYTES = 1_048_576;

/** How a file is written, by the end of its name. */
export function formatOf(file: string): Format {
  return /\.json$/i.test(file) ? 'json' : 'yaml';
}

/**
 * The text of a file that declares something. Throws Failure `usage` with `hint` when it cannot be read, `tooLarge`,
 * and `invalidSpec` when it is not UTF-8.
 */
export async function readText(file: string, hint: string): Promise<string> {
  const bytes = await readBytes(file, hint);
  if (bytes.byteLength > MOST_BYTES) {
    throw new Failure('tooLarge', `${file} is larger than 1 MiB`, {
      hint: 'a declaration takes a few kilobytes: is this the right file?',
    });
  }
  return decode(bytes, file);
}

/** One byte more than allowed is read at most, whatever the file is. */
async function readBytes(file: string, hint: string): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  try {
    for await (const piece of createReadStream(file, { end: MOST_BYTES })) pieces.push(piece as Uint8Array);
  } catch (error) {
    throw new Failure('usage', `cannot read ${file}: ${messageOf(error)}`, { hint, cause: error });
  }
  return Buffer.concat(pieces);
}

function decode(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new Failure('invalidSpec', `${file} is not UTF-8 text`, {
      hint: 'save it as UTF-8',
      problems: [{ file, path: '', reason: 'is not UTF-8 text' }],
      cause: error,
    });
  }
}
