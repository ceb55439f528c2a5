import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { extract } from 'tar';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SystemView } from '../../src/api/resources.ts';
import { Site } from './site.ts';

const run = promisify(execFile);
/** What the guide shows the client by. */
const EXAMPLE = /^```ts\n(import \{ createClient[^]*?)^```$/m;
const ADDRESS = 'http://127.0.0.1:7070';

let site: Site;

beforeAll(async () => {
  site = await Site.create();
  await site.declare({ version: 'v1' });
  await site.up('--api-port', '0');
  await site.ok('apply', '--wait', '--timeout', '60s');
});
afterAll(async () => {
  await site.destroy();
});

/** A project that has installed the package and the types of Node, and nothing of this repository. */
async function project(): Promise<string> {
  const dir = await mkdtemp(join(site.dir, 'project-'));
  const installed = join(dir, 'node_modules');
  await mkdir(join(installed, 'coalmine'), { recursive: true });
  await run(process.execPath, ['scripts/types.mjs']);
  const packing = ['pack', '--ignore-scripts', '--json', '--pack-destination', dir];
  const [{ filename } = { filename: '' }] = JSON.parse((await run('npm', packing)).stdout) as {
    filename: string;
  }[];
  await extract({ file: join(dir, filename), cwd: join(installed, 'coalmine'), strip: 1 });
  const { dependencies } = JSON.parse(await readFile('package.json', 'utf8')) as {
    dependencies: Record<string, string>;
  };
  for (const name of [...Object.keys(dependencies), '@types/node', 'undici-types']) {
    await mkdir(dirname(join(installed, name)), { recursive: true });
    await symlink(resolve('node_modules', name), join(installed, name));
  }
  return dir;
}

it('gives programs a client with types, as the guide shows it, that asks over TCP with a token', async () => {
  const dir = await project();
  const { api = '' } = await site.api<SystemView>('system');
  const { secret } = await site.json<{ secret: string }>(
    'token',
    'create',
    basename(dir),
    '--role',
    'operator',
  );
  const [, example = ''] = EXAMPLE.exec(await readFile('docs/guides/api.md', 'utf8')) ?? [];
  expect(example).toContain(ADDRESS);
  const options = { strict: true, module: 'nodenext', target: 'es2023', types: ['node'] };
  await writeFile(join(dir, 'tsconfig.json'), JSON.stringify({ compilerOptions: options }));
  await writeFile(join(dir, 'package.json'), JSON.stringify({ type: 'module' }));
  await writeFile(join(dir, 'main.ts'), example.replace(ADDRESS, new URL(api).origin));
  await run(process.execPath, [resolve('node_modules/typescript/bin/tsc'), '-p', dir]);

  const env = { ...process.env, COALMINE_TOKEN: secret };
  const child = spawn(process.execPath, [join(dir, 'main.js')], { env });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  try {
    await expect.poll(() => said, { timeout: 30_000 }).toContain('shop Healthy');
    await expect.poll(() => said, { timeout: 30_000 }).toMatch(/^conflict /m);
    await site.ok('maintenance', 'on', 'shop');
    await expect.poll(() => said, { timeout: 30_000 }).toContain('MaintenanceOn');
  } finally {
    child.kill();
  }
});
