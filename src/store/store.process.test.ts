import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { aRecord, anEvent, OPTIONS } from '../../test/store/records.ts';
import type { StateStore } from './queries.ts';
import { openStore } from './store.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

let siteDir: string;
let dataDir: string;
let ownerFile: string;
const started: ChildProcess[] = [];

beforeAll(async () => {
  siteDir = await mkdtemp(join(tmpdir(), 'coalmine-store-process-'));
  await symlink(join(ROOT, 'node_modules'), join(siteDir, 'node_modules'));
  ownerFile = join(siteDir, 'owner.mjs');
  await build({
    entryPoints: [join(ROOT, 'test/store/owner.ts')],
    outfile: ownerFile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
  });
});

afterAll(() => rm(siteDir, { recursive: true, force: true }));

beforeEach(async () => {
  dataDir = await mkdtemp(join(siteDir, 'data-'));
});

afterEach(async () => {
  await Promise.all(started.splice(0).map(killed));
});

/** Starts a process that opens the store and saves without pause, one line of output for each saved version. */
function startOwner(): ChildProcess {
  const owner = spawn(process.execPath, [ownerFile, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
  started.push(owner);
  return owner;
}

/** Ends a process at once, wherever it is, and waits until it is gone. */
function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => {
      resolve();
    });
    child.kill('SIGKILL');
  });
}

/** Collects what a process says; `until` resolves when it has said so many lines or has ended. */
function linesOf(child: ChildProcess): { readonly lines: string[]; until(count: number): Promise<void> } {
  const lines: string[] = [];
  let wake = (): void => undefined;
  let isOver = false;
  const reader = createInterface({ input: child.stdout! });
  reader.on('line', (line) => {
    lines.push(line);
    wake();
  });
  reader.on('close', () => {
    isOver = true;
    wake();
  });
  return {
    lines,
    until: async (count) => {
      while (lines.length < count && !isOver) await new Promise<void>((resolve) => (wake = resolve));
    },
  };
}

describe('a process that is killed while it saves', () => {
  it('loses nothing it was told is saved, and leaves nothing half saved, round after round', async () => {
    let version = 0;
    for (let round = 0; round < 8; round += 1) {
      const owner = startOwner();
      const said = linesOf(owner);
      await said.until(3 + round * 17);
      await killed(owner);
      await said.until(Infinity);
      const acknowledged = Number(said.lines.at(-1));
      expect(acknowledged).toBeGreaterThan(version);

      const store = await openStore(dataDir, OPTIONS);
      version = (await store.get('shop'))!.version;
      const ticks = await store.ticks('shop', 1);
      const [newest] = await store.events({ rollout: 'shop', limit: 1 });
      await store.close();
      // The save under way may have been finished without a chance to say so.
      expect([acknowledged, acknowledged + 1]).toContain(version);
      expect(newest?.message).toBe(`saved as ${version}`);
      expect(ticks).toHaveLength(version);
    }
  });
});

describe('many processes that want one data directory', () => {
  it('come to one owner, and all others name it', async () => {
    for (let round = 0; round < 4; round += 1) {
      const owners = Array.from({ length: 6 }, startOwner);
      const said = owners.map(linesOf);
      await Promise.all(said.map((one) => one.until(1)));
      const answers = said.map((one) => one.lines[0] ?? '');
      const winners = owners.filter((_, index) => /^\d+$/.test(answers[index]!));
      expect(winners).toHaveLength(1);
      const refused = answers.filter((answer) => !/^\d+$/.test(answer));
      expect(refused).toEqual(Array.from({ length: 5 }, () => `alreadyRunning ${winners[0]!.pid}`));
      // The next round starts from a lock whose owner has just died.
      await Promise.all(owners.map(killed));
    }
  });
});

describe('a full disk', () => {
  const missing =
    process.platform !== 'linux' || process.getuid?.() !== 0 ? 'it needs root on Linux' : undefined;
  let disk: string;
  let isMounted = false;

  beforeAll(async () => {
    if (missing !== undefined) return;
    disk = await mkdtemp(join(siteDir, 'disk-'));
    isMounted = await run('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', disk]).then(
      () => true,
      () => false,
    );
  });

  afterAll(async () => {
    // Lazily: the driver closes a connection's files only when its statements have been collected.
    if (isMounted) await run('umount', ['--lazy', disk]);
  });

  /** True where a disk can be had; says loudly that it cannot, and fails where nothing may be left out. */
  function hasDisk(): boolean {
    if (isMounted) return true;
    const reason = `full and read-only disks cannot be tested here: ${missing ?? 'mount is not permitted'}`;
    if (process.env['CI'] === 'true') throw new Error(reason);
    process.stderr.write(`SKIPPED: ${reason}\n`);
    return false;
  }

  async function fill(): Promise<string> {
    const filler = join(disk, 'filler');
    await writeFile(filler, Buffer.alloc(1_000_000)).catch((error: unknown) => {
      expect(error).toMatchObject({ code: 'ENOSPC' });
    });
    return filler;
  }

  it('refuses a save, keeps what was saved, and goes on when there is space again', async (context) => {
    if (!hasDisk()) context.skip();
    const dir = join(disk, 'a');
    const store: StateStore = await openStore(dir, OPTIONS);
    let record = await store.save(aRecord(), {});
    const filler = await fill();
    const failure = await (async () => {
      for (;;) record = await store.save(record, { events: [anEvent(1, 'x'.repeat(5_000))] });
    })().catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'diskFull', message: expect.stringContaining(dir) as string });
    expect(await store.get('shop')).toEqual(record);
    await rm(filler);
    record = await store.save(record, { events: [anEvent(1)] });
    expect(await store.get('shop')).toEqual(record);
    await store.close();
    const again = await openStore(dir, OPTIONS);
    expect(await again.get('shop')).toEqual(record);
    await again.close();
    await rm(dir, { recursive: true });
  });

  it('refuses to begin, and leaves nothing that would look like state', async (context) => {
    if (!hasDisk()) context.skip();
    const dir = join(disk, 'b');
    await mkdir(dir);
    const filler = await fill();
    await expect(openStore(dir, OPTIONS)).rejects.toMatchObject({ code: 'diskFull' });
    await rm(filler);
    await (await openStore(dir, OPTIONS)).close();
    await rm(dir, { recursive: true });
  });

  it('that is read-only is said to be', async (context) => {
    if (!hasDisk()) context.skip();
    const dir = await mkdtemp(join(siteDir, 'read-only-'));
    await run('mount', ['-t', 'tmpfs', '-o', 'size=64k,ro', 'tmpfs', dir]);
    try {
      await expect(openStore(dir, OPTIONS)).rejects.toMatchObject({
        code: 'storeUnusable',
        message: expect.stringContaining('EROFS') as string,
      });
    } finally {
      await run('umount', [dir]);
    }
  });
});
