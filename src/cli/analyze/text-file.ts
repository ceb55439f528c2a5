import { createReadStream } from 'node:fs';
import { Failure, messageOf } from '../../base/failure.ts';
import type { Session } from '../session.ts';
import { pipedIn } from './standard-input.ts';

/** A file that stands for what is piped in. */
export const STANDARD_INPUT = '-';

/** Larger files are to be summarised first: all of it is held in memory. */
const MOST_BYTES = 256 * 1024 * 1024;

/**
 * The text of a file as the user wrote its name, `-` for what is piped in. Throws Failure `usage` when it cannot be
 * read or is not UTF-8, `tooLarge` when it is too long.
 */
export async function readText(session: Session, file: string): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const piece of piecesOf(session, file)) {
      const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece;
      size += bytes.byteLength;
      if (size > MOST_BYTES) throw tooLarge(file);
      pieces.push(bytes);
    }
  } catch (cause) {
    if (cause instanceof Failure || session.io.interrupted.aborted) throw cause;
    throw new Failure('usage', `cannot read ${nameOf(file)}: ${messageOf(cause)}`, {
      hint: 'Name a file that can be read, or - for standard input.',
      cause,
    });
  }
  return decoded(Buffer.concat(pieces), file);
}

function piecesOf(session: Session, file: string): AsyncIterable<Uint8Array | string> {
  if (file === STANDARD_INPUT) return pipedIn(session.io);
  return createReadStream(session.path(file), { signal: session.io.interrupted }) as AsyncIterable<Buffer>;
}

function decoded(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new Failure('usage', `${nameOf(file)} is not UTF-8 text`, { hint: 'Save it as UTF-8.', cause });
  }
}

function tooLarge(file: string): Failure {
  return new Failure('tooLarge', `${nameOf(file)} is larger than 256 MiB`, {
    hint: 'Summarise it first, or send parts of it as lines of JSON to "coalmine analyze --stdin".',
  });
}

/** What a file is called in messages. */
export function nameOf(file: string): string {
  return file === STANDARD_INPUT ? 'standard input' : file;
}
