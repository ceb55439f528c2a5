import { columnsOf } from './width.ts';

const ESC = '\u001B';
/** A style as `paint.ts` writes it. */
const STYLE = new RegExp(`${ESC}\\[[0-9;]*m`, 'g');
const STYLE_OR_CHARACTER = new RegExp(`${ESC}\\[[0-9;]*m|[^]`, 'gu');
/** Everything a terminal would obey instead of show, but tabs and styles. */
const COMMANDS = new RegExp(
  `${ESC}(?!\\[[0-9;]*m)|[\\u0000-\\u0008\\u000A-\\u001A\\u001C-\\u001F\\u007F-\\u009F]`,
  'g',
);

/** How many columns a text takes. */
export function widthOf(text: string): number {
  let columns = 0;
  for (const character of text.replace(STYLE, '')) columns += columnsOf(character);
  return columns;
}

/** The text filled up with spaces to `width` columns. */
export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

/** Like `padEnd`, with the spaces before the text. */
export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - widthOf(text))) + text;
}

/** The text cut to `width` columns, with an ellipsis where it was cut. Styles end where they would have. */
export function fit(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let kept = '';
  let columns = 0;
  let isCut = width <= 0;
  for (const [part] of text.matchAll(STYLE_OR_CHARACTER)) {
    if (part.startsWith(ESC)) {
      kept += part;
      continue;
    }
    if (isCut) continue;
    columns += columnsOf(part);
    isCut = columns >= width;
    kept += isCut ? '…' : part;
  }
  return kept;
}

/** The text in lines of at most `width` columns, broken at spaces. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && widthOf(longer) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return line === '' ? lines : [...lines, line];
}

const LINE_ENDS = /[\t\n\v\f\r\p{Zl}\p{Zp}]+/gu;
/** What steers how other characters are shown: their direction, how they join; and whatever is no character. */
const STEERING = /[\p{Cf}\uFE00-\uFE0F]/gu;
const NO_CHARACTER = /[\p{Cc}\p{Cs}]/gu;
const MANY_MARKS = /(\p{M}{2})\p{M}+/gu;
/** Marks with nothing to stand on. */
const FIRST_MARKS = /^\p{M}+/u;

/** Somebody else's text on one line, as nothing but characters that stand where they are put: no colours either. */
export function plain(text: string): string {
  return text
    .replace(LINE_ENDS, ' ')
    .replace(STEERING, '')
    .replace(NO_CHARACTER, '�')
    .replace(MANY_MARKS, '$1')
    .replace(FIRST_MARKS, '');
}

/** Somebody else's text without anything a terminal would obey, colours aside. */
export function harmless(text: string): string {
  return text.replace(COMMANDS, '�');
}
