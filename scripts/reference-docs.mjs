// Writes docs/reference/rollout.md and rollout.schema.json from the schema. Node 20 cannot run TypeScript, so it is bundled first.
import { build } from 'esbuild';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const directory = await mkdtemp(join('node_modules', '.reference-docs-'));
try {
  const outfile = join(directory, 'rollout-reference.mjs');
  await build({
    entryPoints: ['scripts/rollout-reference.ts'],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
  });
  const reference = await import(pathToFileURL(outfile).href);
  await writeFile(reference.REFERENCE_PAGE, await reference.rolloutReference());
  await writeFile(reference.EDITOR_SCHEMA, await reference.editorSchema());
} finally {
  await rm(directory, { recursive: true, force: true });
}
