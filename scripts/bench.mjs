// Runs one benchmark: `npm run bench -- NAME [options]` bundles bench/NAME.ts, or bench/NAME/main.ts, and starts
// it with the options.
import { build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';

const [name, ...options] = process.argv.slice(2);
const isBenchmark = (file) => existsSync(file) && readFileSync(file, 'utf8').startsWith('// bench:');
const entryOf = (one) => [`bench/${one}.ts`, `bench/${one}/main.ts`].find(isBenchmark);
const entry = name === undefined ? undefined : entryOf(name);

if (entry === undefined) {
  const names = readdirSync('bench')
    .map((file) => file.replace(/\.ts$/, ''))
    .filter(entryOf);
  console.error(`usage: npm run bench -- NAME [options]; there are: ${names.join(', ')}`);
  process.exit(2);
}

// Inside node_modules, so that packages left out of the bundle are found.
await mkdir('node_modules/.cache', { recursive: true });
const directory = await mkdtemp('node_modules/.cache/bench-');
try {
  const outfile = `${directory}/${name}.mjs`;
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    sourcemap: 'inline',
    logLevel: 'warning',
  });
  const { status, signal } = spawnSync(process.execPath, ['--enable-source-maps', outfile, ...options], {
    stdio: 'inherit',
  });
  process.exitCode = signal === null ? (status ?? 1) : 1;
} finally {
  await rm(directory, { recursive: true, force: true });
}
