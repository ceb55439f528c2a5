// `npm run report-example -- DIR` writes the report of a release that is made up, in each of its forms, into a directory.
// Node 20 cannot run TypeScript, so it is bundled first.
import { build } from 'esbuild';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [target = 'reports'] = process.argv.slice(2);
await mkdir('node_modules/.cache', { recursive: true });
const directory = await mkdtemp(join('node_modules', '.cache', 'report-example-'));
try {
  const outfile = join(directory, 'report-example.mjs');
  await build({
    entryPoints: ['scripts/report-example.ts'],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    logLevel: 'warning',
  });
  const { exampleReport } = await import(pathToFileURL(resolve(outfile)).href);
  await mkdir(target, { recursive: true });
  const files = exampleReport();
  for (const [name, text] of Object.entries(files)) await writeFile(join(target, name), text);
  console.log(`written to ${target}: ${Object.keys(files).join(', ')}`);
} finally {
  await rm(directory, { recursive: true, force: true });
}
