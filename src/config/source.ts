import { LineCounter, parseAllDocuments, visit, type Document } from 'yaml';
import { messageOf } from '../base/failure.ts';
import type { Finding } from '../rollout/finding.ts';
import { nestingFinding } from './nesting.ts';

/** How a file is written. */
export type Format = 'yaml' | 'json';

/** One document of a file: its value, and the syntax tree that knows where everything is. */
export interface SourceDocument {
  readonly value: unknown;
  readonly tree: Document;
  readonly lines: LineCounter;
}

/** A text taken apart: its documents, or what is wrong with its syntax. */
export interface Source {
  readonly documents: readonly SourceDocument[];
  readonly findings: readonly Finding[];
}

/** An alias may be used this often, counted with those inside what it stands for: more is an attack or a mistake. */
const MOST_ALIASES = 100;

const PLAIN_WORDS: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'this key is written twice in the same object',
  TAB_AS_INDENT: 'tabs cannot indent: use spaces',
};

/** Takes a text apart into documents; empty ones are left out. JSON is read as YAML, of which it is a part, after it has passed as JSON. */
export function readSource(text: string, format: Format): Source {
  const tooDeep = nestingFinding(text);
  if (tooDeep !== undefined) return { documents: [], findings: [tooDeep] };
  const lines = new LineCounter();
  const trees = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, logLevel: 'silent' });
  const read = [...trees].map((tree) => readTree(tree, lines));
  const findings = read.flatMap((one) => one.findings);
  const documents = read.flatMap((one) => one.documents);
  if (format === 'json' && findings.length === 0) return { documents, findings: jsonFindings(text, lines) };
  return { documents, findings };
}

function readTree(tree: Document, lines: LineCounter): Source {
  const syntax = [...tree.errors, ...tree.warnings];
  if (syntax.length > 0) {
    const findings = syntax.map(({ code, message, pos }) => ({
      path: '',
      reason: PLAIN_WORDS[code] ?? `not YAML: ${message}`,
      ...whereIs(pos[0], lines),
    }));
    return { documents: [], findings };
  }
  if (tree.contents === null) return { documents: [], findings: [] };
  try {
    const value: unknown = tree.toJS({ maxAliasCount: MOST_ALIASES });
    return { documents: value === null ? [] : [{ value, tree, lines }], findings: [] };
  } catch (error) {
    const offset = unresolvedAlias(tree) ?? tree.range?.[0] ?? 0;
    const finding = { path: '', reason: aliasProblem(error), ...whereIs(offset, lines) };
    return { documents: [], findings: [finding] };
  }
}

/** Where the first alias is that stands for nothing. */
function unresolvedAlias(tree: Document): number | undefined {
  let offset: number | undefined;
  visit(tree, {
    Alias(_, node) {
      if (node.resolve(tree) !== undefined) return undefined;
      offset = node.range?.[0];
      return visit.BREAK;
    },
  });
  return offset;
}

function aliasProblem(error: unknown): string {
  const message = messageOf(error);
  return message.startsWith('Excessive alias count')
    ? `aliases (*name) stand for too much: more than ${MOST_ALIASES} uses`
    : `not YAML: ${message}`;
}

/** The engine's messages are kept but for the piece of the text that some of them repeat. */
function jsonFindings(text: string, lines: LineCounter): readonly Finding[] {
  try {
    JSON.parse(text);
    return [];
  } catch (error) {
    const message = messageOf(error);
    const at = /at position (\d+)/.exec(message)?.[1];
    const what = message.replace(/,? (\.\.\.)?".*$| in JSON.*$| after JSON.*$/s, '');
    return [
      { path: '', reason: `not JSON: ${what}`, ...(at === undefined ? {} : whereIs(Number(at), lines)) },
    ];
  }
}

/** Line and column of an offset, 1-based. */
export function whereIs(
  offset: number,
  lines: LineCounter,
): { readonly line: number; readonly column: number } {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}
