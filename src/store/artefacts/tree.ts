import { readdir, readlink, realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, normalize, relative, sep } from 'node:path';
import { isMissing } from '../../base/errno.ts';
import { Failure } from '../../base/failure.ts';

/** One thing in an artefact; `path` is relative to its root. */
export type TreeEntry =
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'file'; readonly path: string; readonly executable: boolean }
  | { readonly kind: 'link'; readonly path: string; readonly target: string };

/** What an artefact never has: the history of its sources. */
export function isExcluded(path: string): boolean {
  return path.split('/').includes('.git');
}

/** Everything under `root` but `without`, in the order of the paths. What vanishes meanwhile was never there. */
export async function listTree(root: string, without?: string): Promise<readonly TreeEntry[]> {
  const entries: TreeEntry[] = [];
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const found = await readdir(join(root, folder), { withFileTypes: true }).catch(orNothing(folder === ''));
    for (const item of found) {
      const path = folder === '' ? item.name : `${folder}/${item.name}`;
      if (isExcluded(path) || join(root, path) === without) continue;
      const entry = await describe(root, path, item);
      if (entry === undefined) continue;
      entries.push(entry);
      if (entry.kind === 'directory') folders.push(path);
    }
  }
  return entries.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** True when following the link leads out of the artefact, as far as its text tells. */
export function leadsOut(path: string, target: string): boolean {
  if (isAbsolute(target)) return true;
  const meant = normalize(join(dirname(path), target));
  return meant === '..' || meant.startsWith(`..${sep}`);
}

/** Refuses a link whose text leads out. */
export function refuseEscape(entry: TreeEntry): void {
  if (entry.kind === 'link' && leadsOut(entry.path, entry.target)) throw escape(entry.path, entry.target);
}

/** Refuses links that lead out of `root` through other links. */
export async function refuseEscapes(root: string, entries: readonly TreeEntry[]): Promise<void> {
  const home = await realpath(root);
  for (const entry of entries) {
    if (entry.kind !== 'link') continue;
    const inside = relative(home, await realPlaceOf(`${join(home, dirname(entry.path))}/${entry.target}`));
    if (isAbsolute(inside) || leadsOut('.', inside)) throw escape(entry.path, entry.target);
  }
}

/** Where a path leads, or as much of it as exists. Not normalised before: `..` after a link is elsewhere than it looks. */
async function realPlaceOf(path: string): Promise<string> {
  const place = await realpath(path).catch(() => undefined);
  return place ?? realPlaceOf(path.slice(0, path.lastIndexOf('/')));
}

/** The refusal of a link, or an entry of a tar, that leads out. */
export function escape(path: string, target: string): Failure {
  return new Failure('badArtefact', `${path} leads out of the artefact, to ${target}`, {
    hint: 'A revision must hold all it needs: copy what the link points to into the artefact.',
  });
}

interface Item {
  readonly name: string;
  isDirectory(): boolean;
  isFile(): boolean;
  isSymbolicLink(): boolean;
}

async function describe(root: string, path: string, item: Item): Promise<TreeEntry | undefined> {
  if (path.includes('\uFFFD')) throw new Failure('badArtefact', `the name of ${path} is not valid UTF-8`);
  if (item.isDirectory()) return { kind: 'directory', path };
  if (item.isSymbolicLink()) {
    const target = await readlink(join(root, path)).catch(missing);
    return target === undefined ? undefined : { kind: 'link', path, target };
  }
  if (item.isFile()) {
    const mode = await stat(join(root, path)).then((stats) => stats.mode, missing);
    return mode === undefined ? undefined : { kind: 'file', path, executable: (mode & 0o111) !== 0 };
  }
  throw new Failure('badArtefact', `${path} is neither a file, a directory nor a link`, {
    hint: 'Remove sockets, pipes and devices from the artefact.',
  });
}

function orNothing(isRoot: boolean): (error: unknown) => [] {
  return (error) => {
    if (isRoot) throw error;
    missing(error);
    return [];
  };
}

/** Nothing for what is not there (any more); other errors go on. */
export function missing(error: unknown): undefined {
  if (isMissing(error)) return undefined;
  throw error;
}
