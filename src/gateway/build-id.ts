import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/**
 * Names what a gateway runs on: its program, in which the names of all its parts are hashes of what they hold, and
 * Node itself. Another id means that the running gateway should be succeeded by one of this program.
 */
export function buildId(entry: string): string {
  const hash = createHash('sha256').update(readFileSync(entry)).update(process.version);
  return hash.digest('hex').slice(0, 16);
}
