// Writes docs/reference/cli.md from the commands. Node 20 cannot run TypeScript, so they are bundled first.
import { build } from 'esbuild';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const directory = await mkdtemp(join('node_modules', '.cli-docs-'));
try {
  await build({
    entryPoints: ['scripts/cli-reference.ts'],
    outdir: directory,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
  });
  const reference = await import(pathToFileURL(join(directory, 'cli-reference.mjs')).href);
  await writeFile(reference.CLI_PAGE, await reference.cliReference());
} finally {
  await rm(directory, { recursive: true, force: true });
}
