import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { inBatches } from './artefacts-batch.ts';
import { listTree, type TreeEntry } from './artefacts-tree.ts';

/**
 * SHA-256 over paths, contents, link targets and whether a file may be executed, in hexadecimal. Times, owners and
 * empty directories do not count, so a directory and a tar of it are the same.
 */
export async function digestTree(root: string): Promise<string> {
  const lines: string[] = [];
  await inBatches(await listTree(root), async (entry) => {
    if (entry.kind !== 'directory') lines.push(JSON.stringify(await describe(root, entry)));
  });
  return createHash('sha256').update(lines.sort().join('\n')).digest('hex');
}

async function describe(
  root: string,
  entry: Exclude<TreeEntry, { kind: 'directory' }>,
): Promise<readonly unknown[]> {
  if (entry.kind === 'link') return [entry.path, 'link', entry.target];
  return [entry.path, entry.executable ? 'executable' : 'file', await digestFile(join(root, entry.path))];
}

async function digestFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
