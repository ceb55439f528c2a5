import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

/** A program that scripts/test-tools.sh gets; undefined, loudly, where it is not there, but not in CI. */
export function testTool(
  name: 'h2spec' | 'pebble' | 'kustomize' | 'helm' | 'kstatus' | 'schemathesis',
): string | undefined {
  const path = resolve('.test-tools', name);
  if (existsSync(path)) return path;
  if (process.env['CI'] === 'true') throw new Error(`CI must have ${path}: run scripts/test-tools.sh`);
  console.warn(`SKIPPED: everything with the real ${name}; scripts/test-tools.sh gets it`);
  return undefined;
}
