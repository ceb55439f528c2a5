import { createHash } from 'node:crypto';
import { Failure } from '../../base/failure.ts';

/** A unit of systemd. */
export interface Unit {
  /** `coalmine.service` */
  readonly name: string;
  readonly sections: readonly Section[];
}

/** One part of a unit; a line without a value is left out. */
export interface Section {
  readonly title: 'Unit' | 'Service' | 'Socket' | 'Install';
  readonly lines: readonly (readonly [key: string, value: string | undefined])[];
}

const CHECKSUM = /^# Checksum: ([0-9a-f]{16})\./;
const OWNER = /^# Written by "coalmine service install" for (.*)\.$/;

/** The text of a unit. It says for which data directory it is, and whether somebody has changed it since. */
export function unitText({ name, sections }: Unit, dataDir: string): string {
  const body = sections.map(sectionText).join('\n');
  return [
    `# Written by "coalmine service install" for ${dataDir}.`,
    `# Checksum: ${checksumOf(body)}. Write changes into a drop-in ("systemctl edit ${name}"), not here.`,
    '',
    body,
  ].join('\n');
}

/** Whose text it is: the data directory's, unchanged or not; undefined when coalmine has not written it. */
export function writtenFor(
  text: string,
): { readonly dataDir: string; readonly isChanged: boolean } | undefined {
  const [owner = '', checksum = '', , ...body] = text.split('\n');
  const dataDir = OWNER.exec(owner)?.[1];
  const expected = CHECKSUM.exec(checksum)?.[1];
  if (dataDir === undefined || expected === undefined) return undefined;
  return { dataDir, isChanged: checksumOf(body.join('\n')) !== expected };
}

/** A command line for `ExecStart=`, in which nothing of a word is taken for more than itself. */
export function execLine(words: readonly string[]): string {
  return words.map(execWord).join(' ');
}

function execWord(word: string): string {
  // Anything else than these could mean something: quotes, escapes, `%` specifiers, `$` variables.
  if (/^[A-Za-z0-9_./:@=,+-]+$/.test(word)) return word;
  const escaped = word.replace(/[\\"]/g, '\\$&').replaceAll('%', '%%').replaceAll('$', '$$$$');
  return `"${escaped}"`;
}

/** Throws Failure `usage` for a path that a unit cannot hold. */
export function refuseUnwritable(path: string): void {
  if (!/[\u0000-\u001F\u007F]/.test(path)) return;
  throw new Failure('usage', `${JSON.stringify(path)} holds a control character, which a unit cannot`, {
    hint: 'Choose another data directory with --data-dir.',
  });
}

function sectionText({ title, lines }: Section): string {
  const written = lines.flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${value}`]));
  return [`[${title}]`, ...written, ''].join('\n');
}

function checksumOf(body: string): string {
  return createHash('sha256').update(body).digest('hex').slice(0, 16);
}
