import { fileURLToPath, pathToFileURL } from 'node:url';
import { hasCode } from '../base/errno.ts';
import { thrownPlace } from './thrown-place.ts';

/** What Node says of files that it cannot load by itself, before any of their lines has run. */
const NOT_BY_NODE = [
  'ERR_UNKNOWN_FILE_EXTENSION',
  'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX',
  'ERR_INVALID_TYPESCRIPT_SYNTAX',
  'ERR_MODULE_NOT_FOUND',
  'ERR_UNSUPPORTED_DIR_IMPORT',
  'ERR_REQUIRE_ASYNC_MODULE',
];

/**
 * What a file exports. Node loads it where it can; else jiti, which knows all of TypeScript, imports without endings,
 * and where `coalmine` is when the project has not installed it.
 */
export async function loadProgram(file: string): Promise<unknown> {
  try {
    return await import(pathToFileURL(file).href);
  } catch (cause) {
    if (!isNotByNode(cause)) throw cause;
    return loadByJiti(file);
  }
}

/** Syntax errors of Node have no line; jiti's have. */
function isNotByNode(cause: unknown): boolean {
  if (NOT_BY_NODE.some((code) => hasCode(cause, code))) return true;
  return cause instanceof SyntaxError && thrownPlace(cause) === undefined;
}

async function loadByJiti(file: string): Promise<unknown> {
  const { createJiti } = await import('jiti');
  const coalmine = fileURLToPath(new URL('../client/index.js', import.meta.url));
  const jiti = createJiti(file, {
    alias: { coalmine },
    fsCache: false,
    moduleCache: false,
    interopDefault: false,
  });
  return jiti.import(file);
}
