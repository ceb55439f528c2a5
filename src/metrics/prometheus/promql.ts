import { piecesOf } from '../../rollout/query/pieces.ts';

const OPENING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/** True when every string and bracket is closed, so that the query can stand between brackets of others. */
export function isSelfContained(query: string): boolean {
  const expected: string[] = [];
  for (const { kind, text } of piecesOf(query)) {
    if (kind === 'string' && !isClosed(text)) return false;
    for (const character of kind === 'code' ? (text.match(/[()[\]{}]/g) ?? []) : []) {
      const closing = OPENING[character];
      if (closing !== undefined) expected.push(closing);
      else if (expected.pop() !== character) return false;
    }
  }
  return expected.length === 0;
}

const CLOSED = /^(?:"(?:[^"\\]|\\[^])*"|'(?:[^'\\]|\\[^])*'|`[^`]*`)$/;

/** True for a string that has its second quote. */
export function isClosed(string: string): boolean {
  return CLOSED.test(string);
}

/** A text as a string of PromQL. */
export function quoted(text: string): string {
  return `"${escaped(text, '"')}"`;
}

/** A text for the inside of a string between such quotes. */
export function escaped(text: string, quote: '"' | "'"): string {
  return text.replaceAll('\\', '\\\\').replaceAll(quote, `\\${quote}`).replaceAll('\n', '\\n');
}

/** A text as a regular expression that matches just it. */
export function literalPattern(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&');
}

/** A span of time as PromQL writes it. */
export function promDuration(ms: number): string {
  const whole = Math.max(1, Math.round(ms));
  return whole % 1_000 === 0 ? `${whole / 1_000}s` : `${whole}ms`;
}
