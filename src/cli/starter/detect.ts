import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isJsonObject } from '../../base/json.ts';

/** What was found in a directory. */
export interface Detected {
  /** In words. */
  readonly what: string;
  readonly command: readonly string[];
  readonly build?: readonly string[];
  /** True: the command is a guess that has to be replaced. */
  readonly isPlaceholder: boolean;
}

/** Finds out how the program in a directory is started. */
export async function detectProgram(dir: string): Promise<Detected> {
  return (await detectNode(dir)) ?? (await detectPython(dir)) ?? PLACEHOLDER;
}

const PLACEHOLDER: Detected = {
  what: 'a program that was not recognised: put its command into the file',
  command: ['./server', '--port=$(PORT)'],
  isPlaceholder: true,
};

async function detectNode(dir: string): Promise<Detected | undefined> {
  const manifest = await readManifest(join(dir, 'package.json'));
  const build =
    manifest === undefined || !(await exists(join(dir, 'package-lock.json'))) ? {} : { build: ['npm', 'ci'] };
  const script = startScript(manifest);
  if (script !== undefined) {
    // Started by node itself where that is all the script does: npm would stand between it and its signals.
    const direct = /^node ([\w./-]+)$/.exec(script)?.[1];
    const command = direct === undefined ? ['npm', 'start'] : ['node', direct];
    return {
      what: `the start script of package.json ("${script}")`,
      command,
      ...build,
      isPlaceholder: false,
    };
  }
  for (const file of ['server.js', 'index.js', 'server.mjs', 'index.mjs']) {
    if (await exists(join(dir, file))) {
      return { what: file, command: ['node', file], ...build, isPlaceholder: false };
    }
  }
  return undefined;
}

async function detectPython(dir: string): Promise<Detected | undefined> {
  for (const file of ['app.py', 'main.py']) {
    if (await exists(join(dir, file)))
      return { what: file, command: ['python3', file], isPlaceholder: false };
  }
  return undefined;
}

async function readManifest(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    // Absent or not readable as JSON: no manifest to go by.
    return undefined;
  }
}

function startScript(manifest: unknown): string | undefined {
  if (!isJsonObject(manifest) || !isJsonObject(manifest['scripts'])) return undefined;
  const { start } = manifest['scripts'];
  return typeof start === 'string' && start.trim() !== '' ? start.trim() : undefined;
}

async function exists(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
