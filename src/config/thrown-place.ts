import { fileURLToPath } from 'node:url';

/** Where something was thrown. */
export interface ThrownPlace {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based. */
  readonly column: number;
}

/** As jiti's parser ends its messages; columns begin at 0. */
const IN_MESSAGE = /\s+(\/.+):(\d+):(\d+)$/;
const FRAME = /^\s*at (?:.*\()?(file:\/\/\/[^)]+?|\/[^)]+?):(\d+):(\d+)\)?$/;

/** The line of the user's that threw an error: the innermost that is neither Node's nor of a package. */
export function thrownPlace(thrown: unknown): ThrownPlace | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const [, file, line, column] = IN_MESSAGE.exec(thrown.message) ?? [];
  if (file !== undefined) return { file, line: Number(line), column: Number(column) + 1 };
  return placeInStack(thrown.stack ?? '');
}

function placeInStack(stack: string): ThrownPlace | undefined {
  for (const line of stack.split('\n')) {
    const [, where = '', atLine, column] = FRAME.exec(line) ?? [];
    if (where === '' || isOthers(where)) continue;
    return { file: pathOf(where), line: Number(atLine), column: Number(column) };
  }
  return undefined;
}

function isOthers(where: string): boolean {
  const path = pathOf(where);
  return path.includes('/node_modules/') || path.startsWith(OURS);
}

/** Where this file lies, built or not. */
const OURS = fileURLToPath(new URL('..', import.meta.url));

function pathOf(where: string): string {
  // A query keeps modules apart that are loaded again.
  return where.startsWith('file:') ? fileURLToPath(where.replace(/\?.*$/, '')) : where;
}
