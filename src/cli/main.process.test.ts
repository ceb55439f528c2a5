import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { accessTo, fakeOperations, messages } from '../../test/cli/fake.ts';
import { aReleasingView } from '../../test/cli/views.ts';
import type { Operations } from '../api/operations.ts';
import { startApiServer, type ApiServer } from '../api/server.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

let built: string;
let dataDir: string;
let server: ApiServer | undefined;
let children: ChildProcess[];

beforeAll(async () => {
  built = await mkdtemp(join(tmpdir(), 'coalmine-built-'));
  await mkdir(join(built, 'cli'));
  await symlink(join(ROOT, 'node_modules'), join(built, 'node_modules'));
  await build({
    absWorkingDir: ROOT,
    entryPoints: { 'cli/main': 'src/cli/main.ts' },
    outdir: built,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
  });
});

afterAll(async () => {
  await rm(built, { recursive: true, force: true });
});

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'coalmine-main-'));
  children = [];
});

afterEach(async () => {
  for (const child of children) if (child.exitCode === null) child.kill('SIGKILL');
  await server?.close();
  server = undefined;
  await rm(dataDir, { recursive: true, force: true });
});

async function serve(operations: Partial<Operations> = {}): Promise<void> {
  server = await startApiServer({
    dataDir,
    access: accessTo(fakeOperations(operations)),
    onBug: () => undefined,
  });
}

function start(...args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [join(built, 'cli/main.js'), ...args], {
    env: { ...process.env, COALMINE_DATA_DIR: dataDir },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  return child;
}

/** Its exit status, and everything it wrote; `onText` is told as it comes. */
function ended(
  child: ChildProcess,
  onText: (text: string) => void = () => undefined,
): Promise<[number | null, string]> {
  return new Promise((resolve) => {
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        onText(said);
      });
    }
    child.on('close', (code) => {
      resolve([code, said]);
    });
  });
}

describe('the command as a process', () => {
  it('prints version and help', async () => {
    expect(await ended(start('--version'))).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+\S*\n$/)]);
    const [code, help] = await ended(start('--help'));
    expect(code).toBe(0);
    expect(help).toContain('Exit status:');
  });

  it('exits with the status of the failure', async () => {
    expect((await ended(start('get')))[0]).toBe(5);
    expect((await ended(start('get', '--nonsense')))[0]).toBe(2);
  });

  it('detaches on the first Ctrl-C with status 130', async () => {
    await serve({
      stream: (_, signal) => messages([{ kind: 'rollout', rollout: aReleasingView() }], signal),
    });
    const child = start('release', 'shop', '--wait');
    let isAsked = false;
    const [code, said] = await ended(child, (text) => {
      if (isAsked || !text.includes('Progressing')) return;
      isAsked = child.kill('SIGINT');
    });
    expect(code).toBe(130);
    expect(said).toContain('goes on');
  });

  it('ends quietly when its reader goes', async () => {
    await serve({
      // eslint-disable-next-line @typescript-eslint/require-await
      async *logs() {
        const line = { revision: 'r1-aaaaaaaaaaaa', instance: 'a', text: 'x'.repeat(1_000) } as never;
        for (;;) yield line;
      },
    });
    const child = start('logs', 'shop', '--follow');
    let complaints = '';
    child.stderr?.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
    child.stdout?.once('data', () => child.stdout?.destroy());
    const code = await new Promise((resolve) => child.once('exit', resolve));
    expect(code).toBe(0);
    expect(complaints).toBe('');
  });

  it('says what kept the background process from starting, with its status', async () => {
    // Bundled alone, without the gateway beside it: it cannot start.
    const [code, said] = await ended(start('up', '--detach', '--gateway-port', '0'));
    expect(code).not.toBe(0);
    expect(said).toContain('coalmine did not start');
  });
});
