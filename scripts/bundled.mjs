import { build } from 'esbuild';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Works with what a TypeScript file exports. Node 20 cannot run TypeScript, so it is bundled first; what is bundled goes afterwards. */
export async function withBundled(entryPoint, work) {
  await mkdir('node_modules/.cache', { recursive: true });
  const directory = await mkdtemp(join('node_modules', '.cache', 'bundled-'));
  try {
    const outfile = join(directory, 'bundled.mjs');
    await build({
      entryPoints: [entryPoint],
      outfile,
      bundle: true,
      format: 'esm',
      platform: 'node',
      packages: 'external',
      logLevel: 'warning',
    });
    return await work(await import(pathToFileURL(resolve(outfile)).href));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
