// Writes the Helm chart and the kustomize base of deploy/ from what `coalmine install` applies. Node 20 cannot run TypeScript, so it is bundled first.
import { build } from 'esbuild';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const { version } = JSON.parse(await readFile('package.json', 'utf8'));
const directory = await mkdtemp(join('node_modules', '.deploy-files-'));
try {
  const outfile = join(directory, 'deploy-files.mjs');
  await build({
    entryPoints: ['scripts/deploy-files.ts'],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
  });
  const { deployFiles } = await import(pathToFileURL(outfile).href);
  for (const generated of ['deploy/helm', 'deploy/kustomize'])
    await rm(generated, { recursive: true, force: true });
  for (const { path, text } of deployFiles(version)) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
} finally {
  await rm(directory, { recursive: true, force: true });
}
