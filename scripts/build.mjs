// Bundles the command, the gateway process, the client library, the demo's service and the dashboard into dist/, and
// writes the OpenAPI document beside them.
import { build } from 'esbuild';
import { chmod, copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build as buildPages } from 'vite';
import { dashboardBuild } from '../web/vite.config.mjs';
import { apiViews } from './api-views.mjs';

const { version, dependencies } = JSON.parse(await readFile('package.json', 'utf8'));
// Of its three hundred modules a few are used: bundled they start a command in half the time, in 8 MiB less.
const BUNDLED = 'typebox';
const external = Object.keys(dependencies).filter((name) => name !== BUNDLED);
const common = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  logLevel: 'warning',
  define: { COALMINE_VERSION: JSON.stringify(version) },
};

await rm('dist', { recursive: true, force: true });
await build({
  ...common,
  entryPoints: {
    'cli/main': 'src/cli/main.ts',
    'gateway/main': 'src/gateway/main.ts',
    'containers/main': 'src/containers/main.ts',
    'client/index': 'src/client/index.ts',
    'config/program-worker': 'src/config/program-worker.ts',
  },
  outdir: 'dist',
  splitting: true,
  external,
  chunkNames: 'chunks/[name]-[hash]',
  sourcemap: 'linked',
});
// One file with nothing beside it: the demo copies it as the artefact it releases.
await build({ ...common, entryPoints: ['src/cli/demo/service.ts'], outfile: 'dist/demo/server.mjs' });
await buildPages(dashboardBuild);
await chmod('dist/cli/main.js', 0o755);

const outfile = 'dist/openapi.mjs';
await build({ ...common, entryPoints: ['src/api/openapi.ts'], outfile, packages: 'external' });
const { openApiDocument } = await import(pathToFileURL(resolve(outfile)).href);
await rm(outfile);
await writeFile(
  'dist/openapi.json',
  `${JSON.stringify(openApiDocument({ version, views: await apiViews() }), null, 1)}\n`,
);
await copyFile(`node_modules/${BUNDLED}/license`, `dist/${BUNDLED}-license.txt`);
