import { piecesOf } from '../../rollout/query/pieces.ts';
import { isClosed } from './promql.ts';

/** A selector of series: what a counter's name and labels must be. */
export interface Selector {
  /** Absent when the braces say it. */
  readonly metric?: string;
  readonly matchers: readonly Matcher[];
}

/** What one label must be. */
export interface Matcher {
  readonly label: string;
  readonly operator: '=' | '!=' | '=~' | '!~';
  readonly value: string;
}

const SELECTOR = /^([a-zA-Z_:][\w:]*)?\s*(?:\{(.*)\})?$/s;
/** A string is a NUL and its number in a list: nothing in it can be mistaken for code. */
const MATCHER = /^\s*([a-zA-Z_]\w*)\s*(=~|!~|!=|=)\s*\0(\d+)\0\s*$/;
const NUMBER = /^(?:inf|nan)$/i;
const BRACKETS = /^\((.*)\)$/s;
const SUM = /^sum\s*(?:(?:by|without)\s*\([^()]*\)\s*)?\((.*)\)$/is;
const SUM_BY = /^sum\s*\((.*)\)\s*(?:by|without)\s*\([^()]*\)$/is;

/**
 * The selector of the series that a query of a counter is about: the query itself, or what it sums. Sums are looked
 * into because a sum hides which of its series was reset, and series are added up here anyway. Undefined for
 * every other expression.
 */
export function countedSelector(query: string): Selector | undefined {
  return selectorWithin(query, [BRACKETS, SUM_BY, SUM]);
}

/** The selector that a query is; undefined for every other expression. */
export function selectorOf(query: string): Selector | undefined {
  return selectorWithin(query, [BRACKETS]);
}

function selectorWithin(query: string, wrappings: readonly RegExp[]): Selector | undefined {
  const strings: string[] = [];
  let code = '';
  for (const { kind, text } of piecesOf(query.replaceAll('\0', ''))) {
    if (kind === 'code') code += text;
    if (kind === 'string') code += `\0${strings.push(text) - 1}\0`;
    if (kind === 'comment') code += ' ';
  }
  return selectorIn(unwrapped(code.trim(), wrappings), strings);
}

/** What is inside of any number of wrappings. */
function unwrapped(code: string, wrappings: readonly RegExp[]): string {
  for (const wrapping of wrappings) {
    const inside = wrapping.exec(code)?.[1];
    if (inside !== undefined) return unwrapped(inside.trim(), wrappings);
  }
  return code;
}

function selectorIn(code: string, strings: readonly string[]): Selector | undefined {
  const [whole, metric, braces = ''] = SELECTOR.exec(code) ?? [];
  if (whole === undefined || whole === '' || NUMBER.test(whole)) return undefined;
  const matchers = matchersIn(braces, strings);
  if (matchers === undefined) return undefined;
  return metric === undefined ? { matchers } : { metric, matchers };
}

function matchersIn(braces: string, strings: readonly string[]): readonly Matcher[] | undefined {
  const parts = braces.split(',');
  // One comma may stand after the last.
  if ((parts.at(-1) ?? '').trim() === '') parts.pop();
  const matchers = parts.map((part) => matcherIn(part, strings));
  return matchers.every((one) => one !== undefined) ? matchers : undefined;
}

function matcherIn(part: string, strings: readonly string[]): Matcher | undefined {
  const [, label, operator, index] = MATCHER.exec(part) ?? [];
  const value = unquoted(strings[Number(index)] ?? '');
  if (label === undefined || value === undefined) return undefined;
  return { label, operator: operator as Matcher['operator'], value };
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

/** The text a string stands for; undefined for one that is not closed and for rare escapes. */
function unquoted(text: string): string | undefined {
  if (!isClosed(text)) return undefined;
  const inside = text.slice(1, -1);
  if (text.startsWith('`')) return inside;
  if (/(?<!\\)(?:\\\\)*\\(?:[^\\"'ntr]|$)/.test(inside)) return undefined;
  return inside.replace(/\\(.)/g, (_, character: string) => ESCAPES[character] ?? character);
}
