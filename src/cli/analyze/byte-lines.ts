import { Failure } from '../../base/failure.ts';

/** One line of what is piped in, or why it cannot be one. */
export type ReadLine =
  { readonly number: number; readonly text: string } | { readonly number: number; readonly failure: Failure };

/** Bytes of the longest line, its end left out. */
export const LONGEST_LINE = 64 * 1024 * 1024;

const LINE_END = 0x0a;

/**
 * The lines of a stream as they come, counted from 1, blank ones left out. A line that is too long is never kept
 * in memory. The next piece is asked for when the lines before it were taken.
 */
export async function* readLines(
  pieces: AsyncIterable<Uint8Array | string>,
  longest = LONGEST_LINE,
): AsyncIterable<ReadLine> {
  const line = new LineBuffer(longest);
  let number = 1;
  for await (const piece of pieces) {
    let rest: Uint8Array = typeof piece === 'string' ? Buffer.from(piece) : piece;
    for (let end = rest.indexOf(LINE_END); end >= 0; end = rest.indexOf(LINE_END)) {
      line.add(rest.subarray(0, end));
      yield* line.take(number);
      number += 1;
      rest = rest.subarray(end + 1);
    }
    line.add(rest);
  }
  yield* line.take(number);
}

/** What has come of the line at hand. */
class LineBuffer {
  readonly #longest: number;
  #pieces: Uint8Array[] = [];
  #size = 0;

  constructor(longest: number) {
    this.#longest = longest;
  }

  add(piece: Uint8Array): void {
    this.#size += piece.byteLength;
    if (this.#size <= this.#longest) this.#pieces.push(piece);
    else this.#pieces = [];
  }

  /** The line, if there is anything in it; what follows is the next one. */
  take(number: number): readonly ReadLine[] {
    const [pieces, size] = [this.#pieces, this.#size];
    this.#pieces = [];
    this.#size = 0;
    if (size > this.#longest) return [{ number, failure: tooLong(this.#longest) }];
    const text = decoded(Buffer.concat(pieces));
    if (text === undefined) return [{ number, failure: notText() }];
    return text.trim() === '' ? [] : [{ number, text }];
  }
}

/** A byte order mark is no part of the text. */
function decoded(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function tooLong(longest: number): Failure {
  const mebibytes = Number((longest / 1024 / 1024).toPrecision(2));
  return new Failure('tooLarge', `the line is longer than ${mebibytes} MiB`, {
    hint: 'Summarise the values, or cut them into several comparisons.',
  });
}

function notText(): Failure {
  return new Failure('usage', 'the line is not UTF-8 text', { hint: 'Write JSON in UTF-8.' });
}
