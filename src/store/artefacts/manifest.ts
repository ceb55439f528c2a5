import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { writeDurably } from '../../files/durable-file.ts';
import type { RevisionId } from '../../rollout/model.ts';
import { inBatches } from './batch.ts';
import { missing, type TreeEntry } from './tree.ts';

/** Something in an artefact, a file with the SHA-256 of its content in hexadecimal. */
export type ManifestEntry =
  | Exclude<TreeEntry, { readonly kind: 'file' }>
  | (Extract<TreeEntry, { readonly kind: 'file' }> & { readonly digest: string });

/** All that an artefact is made of. */
export type Manifest = readonly ManifestEntry[];

/** Reads what is in a tree; what vanishes meanwhile was never there. */
export async function manifestOf(root: string, entries: readonly TreeEntry[]): Promise<Manifest> {
  const found: ManifestEntry[] = [];
  await inBatches(entries, async (entry) => {
    const digest = entry.kind === 'file' ? await digestFile(join(root, entry.path)).catch(missing) : '';
    if (digest !== undefined) found.push(entry.kind === 'file' ? { ...entry, digest } : entry);
  });
  return found;
}

/**
 * SHA-256 over paths, contents, link targets and whether a file may be executed, in hexadecimal. Times, owners and
 * empty directories do not count, so a directory and a tar of it are the same.
 */
export function digestOfManifest(manifest: Manifest): string {
  const lines = manifest.flatMap((entry) =>
    entry.kind === 'directory' ? [] : [JSON.stringify(describe(entry))],
  );
  return createHash('sha256').update(lines.sort().join('\n')).digest('hex');
}

function describe(entry: Exclude<ManifestEntry, { kind: 'directory' }>): readonly string[] {
  const { path, kind } = entry;
  if (kind === 'link') return [path, kind, entry.target];
  return [path, entry.executable ? 'executable' : 'file', entry.digest];
}

/** SHA-256 of a file's content, in hexadecimal. */
export async function digestFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

const SUFFIX = '.files.json';

/** Where it is written down what a revision was when it was made. */
export function manifestPath(root: string, id: RevisionId): string {
  return join(root, `${id}${SUFFIX}`);
}

/** The revision that a file of this name tells of; undefined for other files. */
export function manifestOwner(name: string): string | undefined {
  return name.endsWith(SUFFIX) ? name.slice(0, -SUFFIX.length) : undefined;
}

/** Writes down what a revision is made of. */
export async function keepManifest(root: string, id: RevisionId, manifest: Manifest): Promise<void> {
  await writeDurably(manifestPath(root, id), JSON.stringify(manifest));
}

/** What a revision was made of; undefined when that was not written down. */
export async function keptManifest(root: string, id: RevisionId): Promise<Manifest | undefined> {
  const text = await readFile(manifestPath(root, id), 'utf8').catch(missing);
  // Written by `keepManifest`, as a whole or not at all.
  return text === undefined ? undefined : (JSON.parse(text) as Manifest);
}
