import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ownerOf } from '../../files/owner.ts';
import type { RevisionId } from '../../rollout/model.ts';
import { openArtefacts, type Artefacts } from './artefacts.ts';
import type { CommitOrder } from './stage.ts';

const ID = 'r1-000000000001' as RevisionId;
const never = new AbortController().signal;

let home: string;
let source: string;
let artefacts: Artefacts;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'build-'));
  source = join(home, 'source');
  await mkdir(source);
  await mkdir(join(home, 'data'));
  await writeFile(join(source, 'server.js'), 'code');
  artefacts = await openArtefacts(join(home, 'data'));
});

afterEach(async () => {
  await rm(home, { recursive: true, force: true });
});

async function commit(
  script: string,
  more: Partial<CommitOrder> & { timeoutMs?: number } = {},
): Promise<string> {
  const { timeoutMs, ...order } = more;
  const build = { command: ['node', '-e', script], ...(timeoutMs === undefined ? {} : { timeoutMs }) };
  return (await artefacts.stage(source, never)).commit({
    id: ID,
    environment: {},
    signal: never,
    build,
    ...order,
  });
}

describe('the build of a revision', () => {
  it('runs once, in its directory under the final name, with its environment', async () => {
    const script = `require('fs').appendFileSync('built', process.cwd() + process.env.FLAVOUR + '\\n'); console.log('done');`;
    let output = '';
    const onOutput = (text: string): void => {
      output += text;
    };
    const dir = await commit(script, { environment: { FLAVOUR: 'mint' }, onOutput });
    await commit(script, { environment: { FLAVOUR: 'mint' } });
    expect(await readFile(join(dir, 'built'), 'utf8')).toBe(`${dir}mint\n`);
    expect(await readdir(source)).toEqual(['server.js']);
    expect(output).toBe('done\n');
    expect(await readFile(artefacts.buildLogOf(ID), 'utf8')).toBe('done\n');
  });

  it('inherits none of the secrets of coalmine itself', async () => {
    process.env['A_SECRET_OF_OURS'] = 'x';
    try {
      await commit(`process.exit(process.env.A_SECRET_OF_OURS === undefined && process.env.PATH ? 0 : 1)`);
    } finally {
      delete process.env['A_SECRET_OF_OURS'];
    }
  });

  it('that fails leaves no revision but its log, says its last lines and can be tried again', async () => {
    const failing = commit(
      `for (let i = 1; i <= 30; i++) console.log('line ' + i); console.error('broken'); process.exit(3)`,
    );
    const failure = await failing.catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'buildFailed' });
    expect(String(failure)).toMatch(/ended with code 3; its last output:\nline 12\n[^]*broken$/);
    expect(await artefacts.list()).toEqual([]);
    expect(await readdir(join(home, 'data', 'revisions'))).toEqual([`${ID}.build.log`]);
    await commit('');
    expect(await artefacts.list()).toEqual([ID]);
  });

  it('whose command does not exist is named', async () => {
    const staged = await artefacts.stage(source, never);
    const build = { command: ['no-such-builder'] };
    const failure = await staged
      .commit({ id: ID, environment: {}, signal: never, build })
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'buildFailed' });
    expect(String(failure)).toContain('command not found');
  });

  it('that hangs is killed with all it started, when its time is over or nobody waits any more', async () => {
    const script = `
      const child = require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { stdio: 'inherit' });
      console.log('pid ' + child.pid); setInterval(() => {}, 1e6);`;
    const pids: number[] = [];
    const stop = new AbortController();
    const note = (text: string): void => {
      pids.push(Number(/pid (\d+)/.exec(text)?.[1]));
    };
    await expect(commit(script, { timeoutMs: 1_500, onOutput: note })).rejects.toMatchObject({
      code: 'buildFailed',
    });
    const onOutput = (text: string): void => {
      note(text);
      stop.abort(new Error('given up'));
    };
    await expect(commit(script, { signal: stop.signal, onOutput })).rejects.toThrow('given up');
    expect(pids).toHaveLength(2);
    for (const pid of pids) await expect.poll(() => isRunning(pid)).toBe(false);
    expect(await artefacts.list()).toEqual([]);
  });

  it('does not outlive its end with anything it left in the background', async () => {
    let pid = 0;
    const script = `
      const child = require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { stdio: 'inherit' });
      child.unref(); console.log(child.pid);`;
    await commit(script, {
      onOutput: (text) => {
        pid = Number(text);
      },
    });
    await expect.poll(() => isRunning(pid)).toBe(false);
  });

  it('carries marks by which it is found when whoever waited for it has died', async () => {
    const script = `require('fs').writeFileSync('marks', process.env.COALMINE_OWNER + ' ' + process.env.COALMINE_BUILD)`;
    const dir = await commit(script, { environment: { COALMINE_OWNER: 'someone else' } });
    expect(await readFile(join(dir, 'marks'), 'utf8')).toBe(`${await ownerOf(join(home, 'data'))} ${ID}`);
  });

  it('is not kept waiting by a daemon that holds on to its output', async () => {
    const script = `
      const { spawn } = require('child_process');
      const daemon = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { stdio: 'inherit', detached: true });
      daemon.unref(); console.log(daemon.pid);`;
    let pid = 0;
    const note = (text: string): void => {
      pid = Number(text);
    };
    try {
      await commit(script, { onOutput: note });
      expect(isRunning(pid)).toBe(true);
      expect(await artefacts.list()).toEqual([ID]);
    } finally {
      process.kill(pid, 'SIGKILL');
    }
  });
});

describe('a full disk', () => {
  const mount = join(tmpdir(), `coalmine-tiny-${process.pid}`);
  const mounted = mountTiny(mount);

  it.skipIf(!mounted)('refuses the artefact, says what to do and leaves nothing behind', async () => {
    try {
      const tiny = await openArtefacts(mount);
      await writeFile(join(source, 'large'), Buffer.alloc(2_000_000, 1));
      const failure = await tiny.stage(source, never).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'diskFull' });
      expect(await readdir(join(mount, 'revisions'))).toEqual([]);
      // A plan needs no copy.
      expect(await tiny.digest(source, never)).toMatch(/^[0-9a-f]{64}$/);
      await writeFile(join(source, 'large'), 'small now');
      const staged = await tiny.stage(source, never);
      const command = ['node', '-e', `require('fs').writeFileSync('fill', Buffer.alloc(2e6))`];
      const filling = staged.commit({ id: ID, environment: {}, signal: never, build: { command } });
      await expect(filling).rejects.toMatchObject({ code: 'diskFull' });
      expect(await tiny.list()).toEqual([]);
      await (await tiny.stage(source, never)).commit({ id: ID, environment: {}, signal: never });
      expect(await tiny.list()).toEqual([ID]);
    } finally {
      execFileSync('umount', [mount]);
      await rm(mount, { recursive: true, force: true });
    }
  });
});

function mountTiny(at: string): boolean {
  try {
    execFileSync('mkdir', ['-p', at]);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', at], { stdio: 'pipe' });
    return true;
  } catch (error) {
    if (process.env['CI'] === 'true')
      throw new Error('CI must be able to mount a small file system', { cause: error });
    console.warn('SKIPPED: what happens on a full disk; mounting a small file system needs root');
    return false;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(execFileSync('cat', [`/proc/${pid}/status`], { encoding: 'utf8' }));
  } catch {
    return false;
  }
}
