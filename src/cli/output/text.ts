const ESC = '\u001B';
/** A style as `paint.ts` writes it. */
const STYLE = new RegExp(`${ESC}\\[[0-9;]*m`, 'g');
const STYLE_OR_CHARACTER = new RegExp(`${ESC}\\[[0-9;]*m|[^]`, 'gu');
/** Everything a terminal would obey instead of show, but tabs and styles. */
const COMMANDS = new RegExp(
  `${ESC}(?!\\[[0-9;]*m)|[\\u0000-\\u0008\\u000A-\\u001A\\u001C-\\u001F\\u007F-\\u009F]`,
  'g',
);

/** How many columns a text takes; every character of ours takes one. */
export function widthOf(text: string): number {
  return Array.from(text.replace(STYLE, '')).length;
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
  for (const [part] of text.matchAll(STYLE_OR_CHARACTER)) {
    if (part.startsWith(ESC)) {
      kept += part;
      continue;
    }
    columns += 1;
    if (columns < width) kept += part;
    else if (columns === width) kept += '…';
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

/** Somebody else's text without anything a terminal would obey, colours aside. */
export function harmless(text: string): string {
  return text.replace(COMMANDS, '�');
}
