import { readFile } from 'node:fs/promises';
import type { Environment } from '../../base/environment.ts';
import { Failure, messageOf, type Problem } from '../../base/failure.ts';

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

/**
 * Merges files of `KEY=VALUE` lines (absolute paths) and declared variables: later files win over earlier ones,
 * declared variables over files. Throws `invalidSpec` with every problem's file and line; no value is ever named.
 */
export async function readEnvironment(env: Environment, envFiles: readonly string[]): Promise<Environment> {
  const merged: Record<string, string> = {};
  const problems: Problem[] = [];
  for (const file of envFiles) {
    const text = await readFile(file, 'utf8').catch((error: unknown) => {
      problems.push({ file, path: 'envFiles', reason: `cannot be read: ${messageOf(error)}` });
    });
    const parsed = parseEnvFile(text ?? '', file);
    problems.push(...parsed.problems);
    Object.assign(merged, parsed.variables);
  }
  if (problems.length === 0) return { ...merged, ...env };
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  throw new Failure('invalidSpec', `the environment files have ${count}`, { problems });
}

/** Reads one file's text: `KEY=VALUE`, `export ` before it, `# comments`, values plain or in quotes. */
export function parseEnvFile(
  text: string,
  file: string,
): { readonly variables: Environment; readonly problems: readonly Problem[] } {
  const variables: Record<string, string> = {};
  const problems: Problem[] = [];
  for (const [index, line] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const read = parseLine(line);
    if (typeof read === 'string') problems.push({ file, line: index + 1, path: 'envFiles', reason: read });
    else variables[read.name] = read.value;
  }
  return { variables, problems };
}

/** A variable, or what is wrong with the line. */
function parseLine(line: string): { readonly name: string; readonly value: string } | string {
  const [, name, written] = /^\s*(?:export\s+)?([^\s=]+)\s*=\s*(.*)$/.exec(line) ?? [];
  if (name === undefined || written === undefined) return 'is not of the form KEY=VALUE';
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    return 'the name must consist of letters, digits and underscores, and not start with a digit';
  }
  if (written.includes('\0')) return 'the value holds a zero byte';
  const quote = written[0];
  if (quote !== '"' && quote !== "'") return { name, value: plainValue(written) };
  const value = quotedValue(written, quote);
  return value === undefined ? `the value has no closing ${quote}, or something follows it` : { name, value };
}

/** Up to a comment; a `#` inside a word belongs to the value. */
function plainValue(written: string): string {
  return written.replace(/(^|\s)#.*$/, '').trim();
}

/** Single quotes keep all as written; in double quotes `\n`, `\r`, `\t` are what they mean and `\` takes the next as it is. */
function quotedValue(written: string, quote: '"' | "'"): string | undefined {
  const pattern = quote === "'" ? /^'([^']*)'\s*(?:#.*)?$/ : /^"((?:[^"\\]|\\.)*)"\s*(?:#.*)?$/;
  const inner = pattern.exec(written)?.[1];
  if (inner === undefined || quote === "'") return inner;
  return inner.replace(/\\(.)/g, (_, next: string) => ESCAPES[next] ?? next);
}
