// Bundles the command, the gateway process, the client library and the demo's service into dist/.
import { build } from 'esbuild';
import { chmod, readFile, rm } from 'node:fs/promises';

const { version } = JSON.parse(await readFile('package.json', 'utf8'));
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
  packages: 'external',
  chunkNames: 'chunks/[name]-[hash]',
  sourcemap: 'linked',
});
// One file with nothing beside it: the demo copies it as the artefact it releases.
await build({ ...common, entryPoints: ['src/cli/demo/service.ts'], outfile: 'dist/demo/server.mjs' });
await chmod('dist/cli/main.js', 0o755);
