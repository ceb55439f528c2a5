import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { inBatches } from './artefacts-batch.ts';
import { missing, type TreeEntry } from './artefacts-tree.ts';

/**
 * SHA-256 over paths, contents, link targets and whether a file may be executed, in hexadecimal. Times, owners and
 * empty directories do not count, so a directory and a tar of it are the same.
 */
export async function digestTree(root: string, entries: readonly TreeEntry[]): Promise<string> {
  const lines: string[] = [];
  await inBatches(entries, async (entry) => {
    const described = entry.kind === 'directory' ? undefined : await describe(root, entry);
    if (described !== undefined) lines.push(JSON.stringify(described));
  });
  return createHash('sha256').update(lines.sort().join('\n')).digest('hex');
}

async function describe(
  root: string,
  entry: Exclude<TreeEntry, { kind: 'directory' }>,
): Promise<readonly unknown[] | undefined> {
  if (entry.kind === 'link') return [entry.path, 'link', entry.target];
  const digest = await digestFile(join(root, entry.path)).catch(missing);
  return digest === undefined ? undefined : [entry.path, entry.executable ? 'executable' : 'file', digest];
}

async function digestFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
