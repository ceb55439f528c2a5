import { Failure } from '../base/failure.ts';
import { isJsonObject, type JsonObject } from '../base/json.ts';
import type { Finding } from '../rollout/finding.ts';
import type { Rollout } from '../rollout/model.ts';
import { examineRollout, refusal } from '../rollout/resolve/rollout.ts';
import { API_VERSION, KIND } from '../rollout/schema/document.ts';
import { ambiguousFindings } from './ambiguous.ts';
import { located } from './positions.ts';
import { isProgramFile } from './program-file.ts';
import { readSource, type Format } from './source.ts';
import { formatOf, readText } from './text-file.ts';
import { repeatedFindings } from './uniqueness.ts';

/** A Rollout that a file declares, and the document as it is written, with `apiVersion` and `kind`. */
export interface DeclaredRollout {
  readonly rollout: Rollout;
  readonly document: JsonObject;
}

/** Where a text comes from. */
export interface TextOrigin {
  /** For messages. */
  readonly file: string;
  readonly format: Format;
}

/** More problems than anybody reads help nobody. */
const MOST_FINDINGS = 100;

/**
 * Reads a file of Rollouts: `.json` as JSON, anything else as YAML. Throws Failure `usage` when it cannot be
 * read, `tooLarge`, and what `parseRollouts` throws.
 */
export async function readRollouts(file: string): Promise<readonly DeclaredRollout[]> {
  if (isProgramFile(file)) {
    throw new Failure('usage', `${file} is a program, and is not run here`, {
      hint: 'only files named on the command line are run: name it with --file',
    });
  }
  const text = await readText(file, 'name a file with --file, or write one with `coalmine init`');
  return parseRollouts(text, { file, format: formatOf(file) });
}

/**
 * The Rollouts of a text. Throws Failure `invalidSpec`, or `notBuilt` when nothing else is wrong, with every
 * problem of every document and its file, line and column.
 */
export function parseRollouts(text: string, origin: TextOrigin): readonly DeclaredRollout[] {
  const { documents, findings } = readSource(text, origin.format);
  if (findings.length > 0) throw refused(findings, origin);
  const locate = (finding: Finding, index: number): Finding => {
    const source = documents[index];
    return source === undefined ? finding : located(finding, source);
  };
  const values = documents.map(({ value }) => value);
  const ambiguous = documents.map(({ tree }) => ambiguousFindings(tree.contents));
  return declaredOf(values, { file: origin.file, locate, ambiguous });
}

/** The documents of a file that has been taken apart. */
export interface Reading {
  readonly file: string;
  /** Says where a finding is, given which document it is in. */
  readonly locate: (finding: Finding, index: number) => Finding;
  /** What the values do not show of how each is written. */
  readonly ambiguous?: readonly (readonly Finding[])[];
}

/** The Rollouts of documents. Throws as `parseRollouts` does. */
export function declaredOf(values: readonly unknown[], reading: Reading): readonly DeclaredRollout[] {
  if (values.length === 0) {
    throw new Failure('invalidSpec', `${reading.file} declares no Rollout`, {
      hint: '`coalmine init` writes one to begin with',
      problems: [{ file: reading.file, line: 1, column: 1, path: '', reason: 'there is no document' }],
    });
  }
  const { file, locate, ambiguous = [] } = reading;
  const examined = values.map((value, index) => examine(value, ambiguous[index] ?? []));
  const all = [
    examined.map(({ findings }) => findings),
    repeatedFindings(examined.map(({ rollout }) => rollout)),
  ].flatMap((findings) => findings.flatMap((of, index) => of.map((one) => locate(one, index))));
  if (all.length > 0) throw refused(all, { file });
  return examined.flatMap(({ rollout }, index) =>
    rollout === undefined ? [] : [{ rollout, document: withKind(values[index]) }],
  );
}

function examine(value: unknown, ambiguous: readonly Finding[]): Examined {
  const { rollout, findings } = examineRollout(value);
  const told = new Set(findings.map((one) => one.path));
  return {
    ...(rollout === undefined ? {} : { rollout }),
    findings: [...findings, ...ambiguous.filter((one) => !told.has(one.path))],
  };
}

/** What became of a document. */
interface Examined {
  readonly rollout?: Rollout;
  readonly findings: readonly Finding[];
}

/** The failure that tells of these findings, in the order in which they are written. */
export function refused(findings: readonly Finding[], { file }: Pick<TextOrigin, 'file'>): Failure {
  const inOrder = findings
    .map((one): Finding => ({ file, ...one }))
    .sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
  return refusal(inOrder.slice(0, MOST_FINDINGS), file);
}

function withKind(value: unknown): JsonObject {
  return { apiVersion: API_VERSION, kind: KIND, ...(isJsonObject(value) ? value : {}) };
}
