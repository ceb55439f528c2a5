import { open } from 'node:fs/promises';
import type { RevisionId } from '../rollout/model.ts';
import type { LogFile, LogFiles } from './log-files.ts';
import type { GroupKey } from './settings.ts';
import { waitFor } from '../system/waiting.ts';

const LOOK_EVERY_MS = 250;
const CHUNK_BYTES = 64 * 1_024;
/** A longer line is given in pieces. */
const LINE_LIMIT = 16 * 1_024;

/** A line an instance has written. */
export interface LogLine {
  readonly revision: RevisionId;
  readonly instance: string;
  readonly text: string;
}

/** Where reading has come to in one file. */
interface Cursor extends LogFile {
  offset: number;
  /** The beginning of a line whose end was not written yet. */
  rest: string;
}

/** The last `lines` lines of each instance of a revision, the instance that wrote last at the end. */
export async function* tailLog(logs: LogFiles, key: GroupKey, lines: number): AsyncIterable<LogLine> {
  const { revision } = key;
  for await (const line of tailFiles(() => logs.list(key), lines)) yield { revision, ...line };
}

/** The same, and then every line as it is written, by instances that start later too, until aborted. */
export async function* followLog(
  logs: LogFiles,
  order: { readonly key: GroupKey; readonly lines: number },
  signal: AbortSignal,
): AsyncIterable<LogLine> {
  const { key, lines } = order;
  const { revision } = key;
  for await (const line of followFiles(() => logs.list(key), lines, signal)) yield { revision, ...line };
}

type FileLine = Pick<LogLine, 'instance' | 'text'>;

/** The files there are now, in the order in which they are read. */
export type ListFiles = () => Promise<readonly LogFile[]>;

/** The last `lines` lines of each file. */
export async function* tailFiles(list: ListFiles, lines: number): AsyncIterable<FileLine> {
  for (const { path, instance } of await list()) {
    const { texts } = await lastLines(path, lines);
    for (const text of texts) yield { instance, text };
  }
}

/** The same, and then every line as it is written, to files that come later too, until aborted. */
export async function* followFiles(
  list: ListFiles,
  lines: number,
  signal: AbortSignal,
): AsyncIterable<FileLine> {
  const cursors = new Map<string, Cursor>();
  for (const file of await list()) {
    const { instance, path } = file;
    const { texts, end, rest } = await lastLines(path, lines);
    cursors.set(instance, { ...file, offset: end, rest });
    for (const text of texts) yield { instance, text };
  }
  do {
    for (const file of await list()) {
      const { instance } = file;
      const cursor = cursors.get(instance) ?? { ...file, offset: 0, rest: '' };
      cursors.set(instance, cursor);
      for await (const text of newLines(cursor)) yield { instance, text };
    }
  } while (await waitFor(LOOK_EVERY_MS, signal));
}

/** The last lines of one file, an unfinished one included; nothing when it is gone. */
export async function lastLinesOf(path: string, lines: number): Promise<readonly string[]> {
  const { texts, rest } = await lastLines(path, lines);
  return rest === '' ? texts : [...texts, rest].slice(-lines);
}

async function lastLines(
  path: string,
  lines: number,
): Promise<{ texts: readonly string[]; end: number; rest: string }> {
  const file = await open(path, 'r').catch(() => undefined);
  if (file === undefined) return { texts: [], end: 0, rest: '' };
  try {
    const end = (await file.stat()).size;
    let start = end;
    let bytes = Buffer.alloc(0);
    while (start > 0 && countNewlines(bytes) <= lines && bytes.length < LINE_LIMIT * Math.max(1, lines)) {
      const length = Math.min(CHUNK_BYTES, start);
      start -= length;
      const { buffer } = await file.read(Buffer.alloc(length), 0, length, start);
      bytes = Buffer.concat([buffer, bytes]);
    }
    const all = bytes.toString('utf8').split('\n');
    const rest = all.pop() ?? '';
    return { texts: lines === 0 ? [] : all.slice(-lines), end, rest };
  } finally {
    await file.close();
  }
}

function countNewlines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) count += 1;
  return count;
}

/** What was written since; after a rotation first what the old file still has of it. */
async function* newLines(cursor: Cursor): AsyncIterable<string> {
  const size = await sizeOf(cursor.path);
  if (size < cursor.offset) {
    yield* linesFrom(`${cursor.path}.1`, cursor);
    cursor.offset = 0;
  }
  yield* linesFrom(cursor.path, cursor);
}

async function* linesFrom(path: string, cursor: Cursor): AsyncIterable<string> {
  const file = await open(path, 'r').catch(() => undefined);
  if (file === undefined) return;
  const decoder = new TextDecoder();
  try {
    for (;;) {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, cursor.offset);
      if (bytesRead === 0) return;
      cursor.offset += bytesRead;
      const pieces = (cursor.rest + decoder.decode(buffer.subarray(0, bytesRead), { stream: true })).split(
        '\n',
      );
      cursor.rest = pieces.pop() ?? '';
      yield* pieces;
      if (cursor.rest.length <= LINE_LIMIT) continue;
      yield cursor.rest;
      cursor.rest = '';
    }
  } finally {
    await file.close();
  }
}

async function sizeOf(path: string): Promise<number> {
  const file = await open(path, 'r').catch(() => undefined);
  if (file === undefined) return 0;
  try {
    return (await file.stat()).size;
  } finally {
    await file.close();
  }
}
