// Writes the Helm chart and the kustomize base of deploy/ from what `coalmine install` applies.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { withBundled } from './bundled.mjs';

const { version } = JSON.parse(await readFile('package.json', 'utf8'));
await withBundled('scripts/deploy-files.ts', async ({ deployFiles }) => {
  for (const generated of ['deploy/helm', 'deploy/kustomize'])
    await rm(generated, { recursive: true, force: true });
  for (const { path, text } of deployFiles(version)) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
});
