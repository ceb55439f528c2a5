import { createReadStream } from 'node:fs';
import { Failure, messageOf } from '../base/failure.ts';
import { isJsonObject, type JsonObject } from '../base/json.ts';
import type { Finding } from '../rollout/finding.ts';
import type { Rollout } from '../rollout/model.ts';
import { examineRollout, refusal } from '../rollout/resolve.ts';
import { API_VERSION, KIND } from '../rollout/schema/document.ts';
import { ambiguousFindings } from './ambiguous.ts';
import { located } from './positions.ts';
import { readSource, type Format, type SourceDocument } from './source.ts';
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

/** No declaration is longer. */
const MOST_BYTES = 1_048_576;

/** More problems than anybody reads help nobody. */
const MOST_FINDINGS = 100;

/**
 * Reads a file of Rollouts: `.json` as JSON, anything else as YAML. Throws Failure `usage` when it cannot be
 * read, `tooLarge`, and what `parseRollouts` throws.
 */
export async function readRollouts(file: string): Promise<readonly DeclaredRollout[]> {
  const bytes = await readBytes(file);
  if (bytes.byteLength > MOST_BYTES) {
    throw new Failure('tooLarge', `${file} is larger than 1 MiB`, {
      hint: 'a Rollout takes a few kilobytes: is this the right file?',
    });
  }
  return parseRollouts(decode(bytes, file), { file, format: /\.json$/i.test(file) ? 'json' : 'yaml' });
}

/**
 * The Rollouts of a text. Throws Failure `invalidSpec`, or `notBuilt` when nothing else is wrong, with every
 * problem of every document and its file, line and column.
 */
export function parseRollouts(text: string, origin: TextOrigin): readonly DeclaredRollout[] {
  const { documents, findings } = readSource(text, origin.format);
  if (findings.length > 0) throw refused(findings, origin);
  if (documents.length === 0) {
    throw new Failure('invalidSpec', `${origin.file} declares no Rollout`, {
      hint: '`coalmine init` writes one to begin with',
      problems: [{ file: origin.file, line: 1, column: 1, path: '', reason: 'there is no document' }],
    });
  }
  const examined = documents.map(examine);
  const all = [...examined.flatMap((one) => one.findings), ...repeatedFindings(examined)];
  if (all.length > 0) throw refused(all, origin);
  return examined.flatMap(({ rollout, source }) =>
    rollout === undefined ? [] : [{ rollout, document: withKind(source.value) }],
  );
}

/** One document and what became of it. */
export interface Examined {
  readonly source: SourceDocument;
  readonly rollout?: Rollout;
  readonly findings: readonly Finding[];
}

function examine(source: SourceDocument): Examined {
  const { rollout, findings } = examineRollout(source.value);
  const told = new Set(findings.map((one) => one.path));
  const ambiguous = ambiguousFindings(source.tree.contents).filter((one) => !told.has(one.path));
  return {
    source,
    ...(rollout === undefined ? {} : { rollout }),
    findings: [...findings, ...ambiguous].map((one) => located(one, source)),
  };
}

function refused(findings: readonly Finding[], { file }: TextOrigin): Failure {
  const inOrder = findings
    .map((one): Finding => ({ file, ...one }))
    .sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
  return refusal(inOrder.slice(0, MOST_FINDINGS), file);
}

function withKind(value: unknown): JsonObject {
  return { apiVersion: API_VERSION, kind: KIND, ...(isJsonObject(value) ? value : {}) };
}

/** One byte more than allowed is read at most, whatever the file is. */
async function readBytes(file: string): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  try {
    for await (const piece of createReadStream(file, { end: MOST_BYTES })) pieces.push(piece as Uint8Array);
  } catch (error) {
    throw new Failure('usage', `cannot read ${file}: ${messageOf(error)}`, {
      hint: 'name a file with --file, or write one with `coalmine init`',
      cause: error,
    });
  }
  return Buffer.concat(pieces);
}

function decode(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new Failure('invalidSpec', `${file} is not UTF-8 text`, {
      hint: 'save it as UTF-8',
      problems: [{ file, path: '', reason: 'is not UTF-8 text' }],
      cause: error,
    });
  }
}
