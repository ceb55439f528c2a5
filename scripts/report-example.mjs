// `npm run report-example -- DIR` writes the report of a release that is made up, in each of its forms, into a directory.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withBundled } from './bundled.mjs';

const [target = 'reports'] = process.argv.slice(2);
await withBundled('scripts/report-example.ts', async ({ exampleReport }) => {
  await mkdir(target, { recursive: true });
  const files = exampleReport();
  for (const [name, text] of Object.entries(files)) await writeFile(join(target, name), text);
  console.log(`written to ${target}: ${Object.keys(files).join(', ')}`);
});
