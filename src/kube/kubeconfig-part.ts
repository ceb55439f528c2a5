import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Failure, messageOf } from '../base/failure.ts';
import type { JsonObject } from '../base/json.ts';
import { textIn } from './json-fields.ts';

/** One part of a configuration, and the folder that its relative paths start from. */
export interface KubeconfigPart {
  readonly fields: JsonObject;
  readonly dir: string;
}

/** A PEM that is written inline (`NAME-data`, base64) or in a file (`NAME`). */
export async function pemOf({ fields, dir }: KubeconfigPart, name: string): Promise<string | undefined> {
  const inline = textIn(fields, `${name}-data`);
  if (inline !== undefined) return Buffer.from(inline, 'base64').toString('utf8');
  const file = textIn(fields, name);
  if (file === undefined) return undefined;
  return readFile(resolve(dir, file), 'utf8').catch((cause: unknown) => {
    throw new Failure('notFound', `cannot read ${resolve(dir, file)}: ${messageOf(cause)}`, { cause });
  });
}
