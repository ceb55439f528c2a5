import { createHash, randomUUID } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from '../base/errno.ts';
import { writeDurably } from './durable-file.ts';

/**
 * Names a data directory so that no other one ever takes its processes for its own: a copy has another inode,
 * one made anew in its place has another random part, one that was moved is still the same.
 */
export async function ownerOf(dataDir: string): Promise<string> {
  const file = join(dataDir, 'run', 'owner');
  const existing = await readFile(file, 'utf8').catch((error: unknown) => {
    if (isMissing(error)) return '';
    throw error;
  });
  const random = existing === '' ? randomUUID() : existing;
  if (existing === '') await writeDurably(file, random);
  const { dev, ino } = await stat(dataDir, { bigint: true });
  return createHash('sha256').update(`${random} ${dev} ${ino}`).digest('hex').slice(0, 24);
}
