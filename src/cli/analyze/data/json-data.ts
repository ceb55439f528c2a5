import { Failure, messageOf } from '../../../base/failure.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../base/json.ts';
import { itemPath, keyPath } from '../../../rollout/path.ts';
import type { Table } from './table.ts';

/** What a file of JSON, or of lines of it, holds. */
export interface JsonData {
  readonly file: string;
  readonly value: Json;
  /** The line of each item of `value`, when each has one of its own. */
  readonly lines?: readonly number[];
}

/** Reads one JSON value, or one on each line. Throws Failure `usage` with file and line. */
export function readJson(file: string, text: string): JsonData {
  try {
    return { file, value: JSON.parse(text) as Json };
  } catch (cause) {
    return linesOf(file, text) ?? fail(file, cause, placeIn(text, cause));
  }
}

/** Undefined when not even the first line is JSON by itself. */
function linesOf(file: string, text: string): JsonData | undefined {
  const value: Json[] = [];
  const lines: number[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    try {
      value.push(JSON.parse(line) as Json);
    } catch (cause) {
      if (value.length === 0) return undefined;
      fail(file, cause, { ...placeIn(line, cause), line: index + 1 });
    }
    lines.push(index + 1);
  }
  return { file, value, lines };
}

interface Place {
  readonly line: number;
  readonly column: number;
}

const TOKEN =
  /\s*("(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|[{}[\]:,])\s*/y;

/** Where a text stops being JSON: the engine says so only of some mistakes. */
function placeIn(text: string, cause: unknown): Place {
  const told = /at position (\d+)/.exec(messageOf(cause))?.[1];
  const before = text.slice(0, told === undefined ? oddToken(text) : Number(told)).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** The first thing that is no token of JSON, or a bracket that closes after a comma. */
function oddToken(text: string): number {
  let last = '';
  for (TOKEN.lastIndex = 0; TOKEN.lastIndex < text.length;) {
    const at = TOKEN.lastIndex;
    const token = TOKEN.exec(text)?.[1];
    if (token === undefined) return at;
    if (last === ',' && /^[\]}]$/.test(token)) return TOKEN.lastIndex - 1;
    last = token;
  }
  return text.length;
}

function fail(file: string, cause: unknown, place: Place): never {
  const reason = `not JSON: ${messageOf(cause)}`;
  throw new Failure('usage', `${file} cannot be read`, {
    problems: [{ file, ...place, path: '', reason }],
    hint: 'A file may hold one JSON value, or one on each line; null stands for a value that is not there.',
    cause,
  });
}

/** A list of objects as a table. Throws Failure `usage` for anything else. */
export function tableOf({ file, value, lines }: JsonData): Table {
  const items: readonly Json[] = Array.isArray(value) ? (value as readonly Json[]) : [];
  const objects = items.filter((item): item is JsonObject => isJsonObject(item));
  if (!Array.isArray(value) || objects.length < items.length) {
    throw new Failure('usage', `${file} has no columns: it is not a list of objects`, {
      hint: 'Leave out the names of columns, or write objects, as in [{"latency": 12.5}]',
    });
  }
  const columns = [...new Set(objects.flatMap((object) => Object.keys(object)))];
  return {
    file,
    columns,
    rows: objects.map((object) => columns.map((name) => object[name])),
    place: (row, column) => {
      const name = columns[column] ?? '';
      const line = lines?.[row];
      return line === undefined ? { path: keyPath(itemPath('', row), name) } : { line, path: name };
    },
  };
}
