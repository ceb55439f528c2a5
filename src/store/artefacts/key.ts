import { createHmac, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson } from '../../base/canonical.ts';
import type { Environment } from '../../base/environment.ts';
import { isMissing } from '../../base/errno.ts';
import { Failure } from '../../base/failure.ts';
import { writeDurably } from '../../files/durable-file.ts';

const KEY_PATTERN = /^[0-9a-f]{64}$/;

/** The key of this installation, made at its first use. Digests of secrets mean nothing without it. */
export async function installationKey(dataDir: string): Promise<string> {
  const path = join(dataDir, 'installation.key');
  const existing = await readFile(path, 'utf8').catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (existing === undefined) {
    const key = randomBytes(32).toString('hex');
    await writeDurably(path, key);
    return key;
  }
  if (KEY_PATTERN.test(existing.trim())) return existing.trim();
  throw new Failure('storeUnusable', `${path} does not hold a key`, {
    hint: 'Restore it from a backup. Without it every revision looks changed; to accept that, remove the file.',
  });
}

/** Tells equal environments from different ones without giving any value away: HMAC-SHA256, in hexadecimal. */
export function digestEnvironment(environment: Environment, key: string): string {
  return createHmac('sha256', key).update(canonicalJson(environment)).digest('hex');
}
