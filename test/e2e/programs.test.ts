import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Site } from './site.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

let site: Site;

beforeEach(async () => {
  site = await Site.create();
});

afterEach(async () => {
  await site.destroy();
});

describe('a coalmine.ts', () => {
  it('is written by init, read without being named, and released', async () => {
    await writeFile(
      path.join(site.dir, 'server.js'),
      "require('node:http').createServer((_, answer) => answer.end('it serves')).listen(process.env.PORT, '127.0.0.1');",
    );
    await site.ok('init', '--typescript', '--name', 'shop');
    expect((await site.ok('validate')).out).toContain('coalmine.ts: shop is valid');
    await site.up();
    await site.ok('apply', '--wait', '--timeout', '30s');
    const { address } = await site.api<{ address: string }>('rollouts/shop');
    expect(await (await fetch(address)).text()).toBe('it serves');
  });

  it('prints beside the answer, and is told of with the line that threw', async () => {
    const file = path.join(site.dir, 'coalmine.config.mts');
    await writeFile(file, "console.log('looking');\nthrow new Error('no such team');\n");
    const ran = await site.run('validate', '-o', 'json');
    expect(ran.code).toBe(2);
    expect(ran.out).toBe('');
    expect(ran.err).toContain('looking\n');
    expect(JSON.parse(ran.err.replace('looking\n', ''))).toMatchObject({
      problems: [{ file, line: 2, reason: 'it threw: no such team' }],
    });
  });

  it('is written from an ecosystem file that is named, for one of its environments', async () => {
    const app =
      "{ name: 'api', script: 'api.js', instances: 2, env: { A: '1' }, env_production: { A: '2' } }";
    await writeFile(path.join(site.dir, 'ecosystem.config.cjs'), `module.exports = { apps: [${app}] };`);
    await site.ok('init', '--from', 'ecosystem.config.cjs', '--env', 'production', '--typescript');
    expect(await readFile(path.join(site.dir, 'coalmine.ts'), 'utf8')).toContain("env: { A: '2' }");
    expect((await site.ok('validate')).out).toContain('coalmine.ts: api is valid');
  });

  it('beside a coalmine.yaml is not read by chance', async () => {
    await writeFile(path.join(site.dir, 'coalmine.ts'), "throw new Error('it ran');");
    await writeFile(path.join(site.dir, 'coalmine.yaml'), '');
    const ran = await site.run('validate');
    expect(ran.code).toBe(2);
    expect(ran.err).toContain('both coalmine.yaml and coalmine.ts are here');
    expect(ran.err).not.toContain('it ran');
  });

  it('is not run because a scenario names it', async () => {
    await writeFile(path.join(site.dir, 'rollout.ts'), "throw new Error('it ran');");
    const scenario =
      'traffic: { constant: 10 }\nrollouts: [{ file: rollout.ts }]\nversions: [{ name: v1 }]\n';
    await writeFile(path.join(site.dir, 'scenario.yaml'), scenario);
    const ran = await site.run('simulate', 'scenario.yaml');
    expect(ran.code).toBe(2);
    expect(ran.err).toContain('rollout.ts is a program, and is not run here');
  });
});

describe('the types of the package', () => {
  let dir = '';
  beforeEach(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'coalmine-types-'));
    await mkdir(path.join(dir, 'node_modules'));
    await symlink(ROOT, path.join(dir, 'node_modules/coalmine'));
    await promisify(execFile)(process.execPath, ['scripts/types.mjs'], { cwd: ROOT });
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  it('know a Rollout field by field', async () => {
    const declared = (workload: string): string =>
      `defineRollout({ metadata: { name: 'a' }, spec: { workload: ${workload}, strategy: { recreate: {} } } })`;
    await writeFile(
      path.join(dir, 'coalmine.ts'),
      [
        "import { defineRollout } from 'coalmine';",
        `export const good = ${declared("{ process: { from: '.', command: ['a'], stop: { signal: 'SIGINT' } } }")};`,
        `export const typo = ${declared("{ process: { form: '.', command: ['a'] } }")};`,
        `export const type = ${declared("{ process: { from: '.', command: ['a'], replicas: '3' } }")};`,
        "export default defineRollout(async ({ env }) => ({ metadata: { name: env['NAME'] ?? 'a' }, spec: good.spec }));",
      ].join('\n'),
    );
    const options = ['--ignoreConfig', '--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023'];
    const tsc = path.join(ROOT, 'node_modules/typescript/bin/tsc');
    const said = await promisify(execFile)(process.execPath, [tsc, ...options, 'coalmine.ts'], {
      cwd: dir,
    }).then(
      ({ stdout }) => stdout,
      (thrown: unknown) => (thrown as { readonly stdout: string }).stdout,
    );
    const problems = said.split('\n').filter((line) => line.startsWith('coalmine.ts'));
    expect(problems.map((line) => line.replace(/: error .*/, ''))).toEqual([
      'coalmine.ts(3,93)',
      'coalmine.ts(4,120)',
    ]);
    expect(problems[0]).toContain("'form' does not exist");
  });
});
