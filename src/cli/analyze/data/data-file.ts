import type { Json } from '../../../base/json.ts';
import type { Session } from '../../session.ts';
import { nameOf, readText } from '../text-file.ts';
import { readDelimited } from './delimited.ts';
import { readJson, tableOf, type JsonData } from './json-data.ts';
import type { Table } from './table.ts';

/** A file of data: one JSON value as it is judged, or rows to choose columns of. */
export type DataFile = JsonData | { readonly table: Table };

/** Reads a file of data by what is in it, whatever it is called. Throws Failure `usage`. */
export async function readDataFile(session: Session, file: string): Promise<DataFile> {
  const text = await readText(session, file);
  const name = nameOf(file);
  return /^\s*[[{]/.test(text) ? readJson(name, text) : { table: readDelimited(name, text) };
}

/** The rows of a file, for who wants columns. Throws Failure `usage` when it has none. */
export function rowsOf(data: DataFile): Table {
  return 'table' in data ? data.table : tableOf(data);
}

/** The value of a file that is judged as it is; undefined when it has columns. */
export function valueOf(data: DataFile): Json | undefined {
  return 'table' in data ? undefined : data.value;
}
