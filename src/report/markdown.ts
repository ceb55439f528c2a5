import { harmless } from './page/markup.ts';

/** A row of a table. */
export function cells(texts: readonly string[]): string {
  return `| ${texts.join(' | ')} |`;
}

/** Shown instead of an `@`, after which nobody is called. */
const CALLS_NOBODY = '@\u200B';

/** Somebody's text within a line, which Markdown takes for nothing but text. */
export function plain(text: string): string {
  return harmless(text)
    .replace(/\s+/g, ' ')
    .replace(/[\\`*_{}[\]<>|~&$#]/g, '\\$&')
    .replace(LINKS, '\\$&')
    .replaceAll('@', CALLS_NOBODY);
}

/** What makes a link of an address without any brackets, and a picture of a word. */
const LINKS = /:(?=\/\/|[\w+-]+:)|(?<=www)\./gi;
