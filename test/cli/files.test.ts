import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Failure } from '../../src/base/failure.ts';
import { messages } from './fake.ts';
import { Bench } from './harness.ts';
import { aView, CANARY, STABLE } from './views.ts';

let bench: Bench;

beforeEach(async () => {
  bench = await Bench.create();
});

afterEach(async () => {
  await bench.destroy();
});

const DOCUMENT = `
apiVersion: coalmine.dev/v1
kind: Rollout
metadata: { name: shop }
spec:
  workload: { process: { from: ./dist, command: [node, server.js], envFiles: [.env, /etc/shop.env] } }
  traffic: { gateway: {} }
  strategy: { canary: { weights: [5%, 50%] } }
`;

async function declare(text = DOCUMENT, file = 'coalmine.yaml'): Promise<void> {
  await writeFile(join(bench.dir, file), text);
}

describe('files', () => {
  it('are declared with absolute paths', async () => {
    await declare();
    const fake = await bench.serve();
    const ran = await bench.run(['apply']);
    expect(ran).toMatchObject({ code: 0, err: '' });
    const applied = fake.calls.find(([name]) => name === 'apply')?.[1];
    expect(applied).toMatchObject({
      document: {
        metadata: { name: 'shop' },
        spec: {
          workload: {
            process: { from: join(bench.dir, 'dist'), envFiles: [join(bench.dir, '.env'), '/etc/shop.env'] },
          },
        },
      },
    });
  });

  it('are relative to themselves, wherever the command runs', async () => {
    await mkdir(join(bench.dir, 'sub'));
    await declare(DOCUMENT, 'sub/shop.yaml');
    const fake = await bench.serve();
    expect((await bench.run(['apply', '-f', 'sub/shop.yaml', '--dry-run'])).out).toMatch(/^dry run: shop/);
    expect(fake.calls.find(([name]) => name === 'apply')?.[1]).toMatchObject({
      dryRun: true,
      document: { spec: { workload: { process: { from: join(bench.dir, 'sub/dist') } } } },
    });
  });

  it('are checked before anything is asked: exit 2 with file, line and path', async () => {
    await declare(DOCUMENT.replace('command:', 'comand:'));
    const fake = await bench.serve();
    const ran = await bench.run(['apply']);
    expect(ran.code).toBe(2);
    expect(ran.err).toContain('coalmine.yaml:6');
    expect(ran.err).toContain('comand');
    expect(fake.calls).toEqual([]);
  });

  it('may not declare one name twice', async () => {
    await declare(`${DOCUMENT}---${DOCUMENT}`);
    const ran = await bench.run(['validate']);
    expect(ran.code).toBe(2);
    expect(ran.err).toContain('another Rollout of this file is named shop');
  });

  it('may not declare one name in two files', async () => {
    await declare();
    await declare(DOCUMENT, 'other.yaml');
    const ran = await bench.run(['validate', 'coalmine.yaml', 'other.yaml']);
    expect(ran.code).toBe(2);
    expect(ran.err).toContain('declared twice');
  });

  it('that are not there are named', async () => {
    const ran = await bench.run(['validate']);
    expect(ran.code).not.toBe(0);
    expect(ran.err).toContain('coalmine.yaml');
  });

  it('wait for each release with --wait', async () => {
    await declare();
    const rolledBack = aView({
      wanted: CANARY,
      lastOutcome: { release: 2, revision: CANARY, outcome: 'rolledBack', reason: 'the evidence' },
    });
    await bench.serve({
      stream: (_, signal) => messages([{ kind: 'rollout', rollout: rolledBack }], signal),
    });
    expect((await bench.run(['apply', '--wait'])).code).toBe(3);
  });
});

describe('validate', () => {
  it('needs no server', async () => {
    await declare();
    expect(await bench.run(['validate'])).toMatchObject({
      code: 0,
      out: `${join(bench.dir, 'coalmine.yaml')}: shop is valid\n`,
    });
  });

  it('prints the JSON Schema', async () => {
    const { out, code } = await bench.run(['validate', '--schema']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ type: 'object' });
  });
});

describe('plan', () => {
  it('asks the server, which knows what serves', async () => {
    await declare();
    await bench.serve();
    const { out } = await bench.run(['plan']);
    expect(out).toContain(`shop  ${STABLE} → ${CANARY}`);
    expect(out).toContain('retire the old version');
  });

  it('is computed here when there is no server, and says so', async () => {
    await declare();
    const { out, code } = await bench.run(['plan']);
    expect(code).toBe(0);
    expect(out).toContain('canary 50%');
    expect(out).toContain('coalmine is not running here');
  });

  it('exits 2 when the plan is refused', async () => {
    await declare();
    await bench.serve({ plan: () => Promise.reject(new Failure('refusedPlan', 'no weights')) });
    expect((await bench.run(['plan'])).code).toBe(2);
  });
});

describe('init', () => {
  it.each<[string, Record<string, string>, string]>([
    ['a start script', { 'package.json': '{"scripts":{"start":"next start"}}' }, 'command: [npm, start]'],
    [
      'a start script that is node alone',
      { 'package.json': '{"scripts":{"start":"node src/a.js"}}' },
      'command: [node, src/a.js]',
    ],
    ['a lock file', { 'package.json': '{}', 'package-lock.json': '{}', 'server.js': '' }, 'build: [npm, ci]'],
    ['a server.js', { 'server.js': '' }, 'command: [node, server.js]'],
    ['an index.js', { 'index.js': '' }, 'command: [node, index.js]'],
    ['a broken package.json', { 'package.json': '{', 'index.js': '' }, 'command: [node, index.js]'],
    ['an app.py', { 'app.py': '' }, 'command: [python3, app.py]'],
    ['nothing', {}, 'replace this by how your program is started'],
  ])('writes a valid file for %s', async (...[, files, expected]) => {
    for (const [file, text] of Object.entries(files)) await writeFile(join(bench.dir, file), text);
    expect((await bench.run(['init'])).code).toBe(0);
    expect(await readFile(join(bench.dir, 'coalmine.yaml'), 'utf8')).toContain(expected);
    expect(await bench.run(['validate'])).toMatchObject({ code: 0, err: '' });
  });

  it.each([
    ['Procfile', 'web: node server.js\nworker: node worker.js', 'node server.js'],
    ['ecosystem.config.json', '{"apps":[{"name":"api","script":"api.js"}]}', 'api.js'],
  ])('takes over a %s that is there, and says so', async (...[file, text, expected]) => {
    await writeFile(join(bench.dir, file), text);
    const { out, code } = await bench.run(['init']);
    expect(code).toBe(0);
    expect(out).toContain(`taken over from ${file}`);
    expect(await readFile(join(bench.dir, 'coalmine.yaml'), 'utf8')).toContain(expected.split(' ').at(-1));
    expect(await bench.run(['validate'])).toMatchObject({ code: 0, err: '' });
  });

  it('does not run an ecosystem file that nobody named, and says that it is there', async () => {
    await writeFile(join(bench.dir, 'ecosystem.config.js'), 'throw new Error("it ran")');
    const { out } = await bench.run(['init']);
    expect(out).toContain('a program that was not recognised');
    expect(out).toContain('ecosystem.config.js was not taken over');
    expect(out).toContain('coalmine init --force --from ecosystem.config.js\n');
    const told = await bench.run(['init', '--force', '--output', 'json']);
    expect(JSON.parse(told.out)).toMatchObject({ notTakenOver: 'ecosystem.config.js' });
  });

  it.each([
    [['--from', 'Makefile'], 'neither a Procfile nor an ecosystem file'],
    [['--from', 'Procfile'], 'cannot read'],
    [['--env', 'production'], '--env goes with an ecosystem file'],
  ])('refuses %j', async (...[args, expected]) => {
    const { code, err } = await bench.run(['init', ...args]);
    expect(code).toBe(2);
    expect(err).toContain(expected);
  });

  it('never overwrites unless forced', async () => {
    await declare('mine');
    const ran = await bench.run(['init']);
    expect(ran.code).toBe(6);
    expect(ran.err).toContain('--force');
    expect(await readFile(join(bench.dir, 'coalmine.yaml'), 'utf8')).toBe('mine');
    expect((await bench.run(['init', '--force', '--name', 'other'])).code).toBe(0);
    expect(await readFile(join(bench.dir, 'coalmine.yaml'), 'utf8')).toContain('name: other');
  });
});
