/** Text that is HTML already. Only `html` and `raw` make it, so that nothing of a user's gets into a page unescaped. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What may stand in a template; a list is put together without anything in between. */
export type Part = string | number | Markup | undefined | readonly Part[];

/** HTML from a template. What is put in is escaped, unless it is markup; `undefined` is nothing. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(strings.reduce((text, string, index) => text + partText(parts[index - 1]) + string));
}

/** Text of our own that is HTML as it stands. */
export function raw(text: string): Markup {
  return new Markup(text);
}

function partText(part: Part): string {
  if (part === undefined) return '';
  if (part instanceof Markup) return part.text;
  if (typeof part === 'number') return String(part);
  return typeof part === 'string' ? escaped(part) : part.map(partText).join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** What no page may hold, and what turns text around so that it reads as something else. */
const FORBIDDEN =
  /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069\uFFFE\uFFFF]/g;

/** Somebody else's text without what a page or a comment may not hold. */
export function harmless(text: string): string {
  return text.replace(/\p{Cs}/gu, '\uFFFD').replace(FORBIDDEN, '\uFFFD');
}

function escaped(text: string): string {
  return harmless(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
