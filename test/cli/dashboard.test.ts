import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemLines } from '../../src/cli/output/system.ts';
import { SYSTEM } from './fake.ts';
import { Bench } from './harness.ts';

let bench: Bench;

beforeEach(async () => {
  bench = await Bench.create();
});

afterEach(async () => {
  await bench.destroy();
});

describe('the dashboard', () => {
  it('is reached by a link, for what was asked for', async () => {
    const fake = await bench.serve();
    const ran = await bench.run(['dashboard', '--role', 'viewer', '--rollout', 'shop', '--rollout', 'web']);
    expect(ran).toEqual({ code: 0, out: 'http://127.0.0.1:7070/enter?code=viewer\n', err: '' });
    expect(fake.calls).toEqual([['createLink', { role: 'viewer', rollouts: ['shop', 'web'] }]]);
    const { out } = await bench.run(['dashboard', '-o', 'json']);
    expect(JSON.parse(out)).toMatchObject({ url: 'http://127.0.0.1:7070/enter?code=admin' });
  });

  it('is opened in the browser of the user, who is shown no link', async () => {
    await bench.serve();
    const program = join(bench.dir, 'browser');
    const seen = join(bench.dir, 'seen');
    await writeFile(program, `#!/bin/sh\necho "$#: $1" > ${seen}.part; mv ${seen}.part ${seen}\n`);
    await chmod(program, 0o700);
    const ran = await bench.run(['dashboard', '--open'], { env: { BROWSER: program } });
    expect([ran.code, ran.out]).toEqual([0, '']);
    await vi.waitFor(
      async () => {
        expect(await readFile(seen, 'utf8')).toBe('1: http://127.0.0.1:7070/enter?code=admin\n');
      },
      { timeout: 10_000 },
    );
  });

  it.each([
    [['dashboard', '--open'], { BROWSER: '/nowhere/browser' }, 2, 'leave out --open'],
    [['dashboard', '--open', '--host', 'ssh://vm'], {}, 2, 'works on its own machine'],
    [['dashboard', '--role', 'boss'], {}, 2, 'viewer, operator, admin'],
    [['dashboard', '--rollout', 'a:b'], {}, 2, 'rollouts'],
  ])('is refused: %j', async (...[argv, env, code, words]) => {
    await bench.serve();
    const ran = await bench.run(argv, { env });
    expect([ran.code, ran.err]).toEqual([code, expect.stringContaining(words)]);
  });

  it('has a line of its own at the start, where there is a way to it', () => {
    const started = { system: SYSTEM, names: [], answers: [] };
    expect(systemLines(started).join('\n')).not.toContain('dashboard');
    const dashboard = 'http://127.0.0.1:7070/enter?code=x';
    expect(systemLines({ ...started, dashboard })).toContain(`dashboard ${dashboard}`);
  });
});
