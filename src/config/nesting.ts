import type { Finding } from '../rollout/finding.ts';

/** The written form needs about fifteen levels; a parser that recurses must not be given a hundred thousand. */
const DEEPEST = 100;

/** Block lists and keys that open more levels on one line than anybody means. */
const OPENED_ON_ONE_LINE = new RegExp(`^ *(?:[-?:] +){${DEEPEST}}`, 'm');

/**
 * Refuses a text that nests too deeply, before it is parsed. Brackets inside quotes count as well: texts with so
 * many that are never closed do not occur.
 */
export function nestingFinding(text: string): Finding | undefined {
  const offset = tooManyBrackets(text) ?? OPENED_ON_ONE_LINE.exec(text)?.index;
  if (offset === undefined) return undefined;
  const line = text.slice(0, offset).split('\n').length;
  return { path: '', reason: `nested more than ${DEEPEST} levels deep`, line, column: 1 };
}

/** Where the brackets that are open become too many. */
function tooManyBrackets(text: string): number | undefined {
  let depth = 0;
  for (const { 0: bracket, index } of text.matchAll(/[[\]{}]/g)) {
    depth = Math.max(0, depth + ('[{'.includes(bracket) ? 1 : -1));
    if (depth > DEEPEST) return index;
  }
  return undefined;
}
