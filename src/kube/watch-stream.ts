import { isJsonObject } from '../base/json.ts';
import { apiErrorOf, type ApiError } from './api-error.ts';
import type { Change } from './client.ts';
import type { KubeObject } from './object.ts';

/** One object on a line; etcd takes none of more than 1.5 MB, which as JSON may be a few times that. */
const LONGEST_LINE_BYTES = 32 * 1024 * 1024;
const NEWLINE = 10;

/** The lines of a stream, without their ends. Throws for a line that has none. */
export async function* linesOf(stream: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of stream) {
    let begin = 0;
    for (let end = piece.indexOf(NEWLINE); end !== -1; end = piece.indexOf(NEWLINE, begin)) {
      yield Buffer.concat([...pieces, piece.subarray(begin, end)]).toString('utf8');
      pieces = [];
      bytes = 0;
      begin = end + 1;
    }
    const rest = piece.subarray(begin);
    bytes += rest.length;
    if (bytes > LONGEST_LINE_BYTES) throw new Error('a line of the watch has no end');
    if (rest.length > 0) pieces.push(rest);
  }
  // A last line without its end was cut off: the change comes again in the next watch.
}

const KINDS: Readonly<Record<string, 'added' | 'modified' | 'deleted'>> = {
  ADDED: 'added',
  MODIFIED: 'modified',
  DELETED: 'deleted',
};

/** What one line of a watch says; the error that it tells of; undefined when it is not understood. */
export function changeIn<T extends KubeObject>(
  line: string,
  asked: string,
): Change<T> | ApiError | undefined {
  const said: unknown = JSON.parse(line);
  if (!isJsonObject(said) || !isJsonObject(said['object'])) return undefined;
  const { type, object } = said;
  if (type === 'ERROR') {
    const status = typeof object['code'] === 'number' ? object['code'] : 500;
    return apiErrorOf({ status, body: object, asked });
  }
  // The one place where what the server says becomes what the caller was promised.
  const read = object as unknown as T;
  if (type === 'BOOKMARK') return { kind: 'bookmark', resourceVersion: read.metadata.resourceVersion ?? '' };
  const kind = typeof type === 'string' ? KINDS[type] : undefined;
  return kind === undefined ? undefined : { kind, object: read };
}
