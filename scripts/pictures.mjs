// `npm run pictures` takes the pictures of docs/guides/dashboard.md, of a real release. Node 20 cannot run TypeScript, so it is bundled first.
import { build } from 'esbuild';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

await mkdir('node_modules/.cache', { recursive: true });
const directory = await mkdtemp('node_modules/.cache/pictures-');
try {
  const outfile = join(directory, 'pictures.mjs');
  await build({
    entryPoints: ['scripts/pictures.ts'],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    logLevel: 'warning',
  });
  const { takePictures } = await import(pathToFileURL(resolve(outfile)).href);
  await takePictures('docs/guides/pictures');
} finally {
  await rm(directory, { recursive: true, force: true });
}
