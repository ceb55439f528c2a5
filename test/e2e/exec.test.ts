import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Site } from './site.ts';

const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

let site: Site;

beforeEach(async () => {
  site = await Site.create();
});

afterEach(async () => {
  await site.destroy();
});

interface Ended {
  readonly code: number | null;
  readonly out: string;
}

/** Runs `coalmine exec` with something piped in. */
function exec(args: readonly string[], input = '', signal?: NodeJS.Signals): Promise<Ended> {
  const env = { ...process.env, COALMINE_DATA_DIR: site.dataDir, NOT_DECLARED: 'x' };
  const child = spawn(process.execPath, [CLI, 'exec', ...args], { cwd: site.dir, env, stdio: 'pipe' });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    if (signal !== undefined && text.includes('ready')) child.kill(signal);
  });
  child.stdin.end(input);
  return new Promise((resolve) => {
    child.once('close', (code) => {
      resolve({ code, out });
    });
  });
}

const SHOW = `console.log(JSON.stringify({ cwd: process.cwd(), env: process.env }))`;

describe('exec', () => {
  it('runs a command as a version runs, on its own terms', async () => {
    const workload = (version: string): string =>
      `{ process: { from: ./artefact-${version}, command: [node, server.mjs], ready: { http: /healthz }, env: { SECRET: "${version} hunter2" } } }`;
    const strategy = '{ canary: { steps: [{ weight: 5% }, { pause: {} }] } }';
    await site.declare({ version: 'v1' }, { workload: workload('v1'), strategy, analysis: '' });
    await site.up();
    await site.ok('apply', '--wait');
    await site.artefact({ version: 'v2' });
    await site.declare({ version: 'v2' }, { workload: workload('v2'), strategy, analysis: '' });
    await site.ok('apply');
    await site.ok('wait', 'shop', '--for', 'paused');
    const { groups } = await site.json<{ groups: { track: string; revision: string }[] }>('get', 'shop');

    for (const [track, version] of [
      ['stable', 'v1'],
      ['canary', 'v2'],
    ] as const) {
      const { code, out } = await exec(['shop', '--track', track, '--', 'node', '-e', SHOW]);
      expect(code).toBe(0);
      const { cwd, env } = JSON.parse(out) as { cwd: string; env: Record<string, string> };
      const revision = groups.find((group) => group.track === track)?.revision ?? '';
      expect(cwd).toBe(join(site.dataDir, 'revisions', revision));
      expect(env['SECRET']).toBe(`${version} hunter2`);
      expect(Object.keys(env).filter((name) => /^(PORT|COALMINE_.*|NOT_DECLARED)$/.test(name))).toEqual([]);
    }
    expect(await exec(['shop', '--', 'sh', '-c', 'cat; exit 7'], 'piped in')).toEqual({
      code: 7,
      out: 'piped in',
    });
    const trap = 'trap "echo told; exit 3" TERM; echo ready; while :; do sleep 0.05; done';
    expect(await exec(['shop', '--', 'sh', '-c', trap], '', 'SIGTERM')).toEqual({
      code: 3,
      out: 'ready\ntold\n',
    });
    expect((await exec(['shop', '--', 'sh', '-c', 'kill -9 $$'])).code).toBe(137);

    expect(await site.run('exec', 'shop', '--track', 'shadow', '--', 'true')).toMatchObject({ code: 7 });
    expect(await site.run('exec', 'shop', '--revision', 'r1-0', '--', 'true')).toMatchObject({ code: 7 });
    expect(await site.run('exec', 'shop', '--revision', '../x', '--', 'true')).toMatchObject({ code: 2 });
    const missing = await site.run('exec', 'shop', '--', 'no-such-command');
    expect(missing).toMatchObject({ code: 2, err: expect.stringContaining('no such command') as string });
  });
});
