import { createHash } from 'node:crypto';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startLoad, type Load } from '../../src/cli/demo/load.ts';
import { ask } from './crowd.ts';
import { freePort, Site, until } from './site.ts';

interface View {
  readonly phase: string;
  readonly stable?: string;
  readonly wanted?: string;
  readonly release?: { readonly number: number; readonly step: number; readonly stage: string };
}

interface Ended {
  readonly number: number;
  readonly outcome: string;
}

const HELD = '{ canary: { steps: [{ weight: 20% }, { pause: {} }] } }';

let site: Site;
let load: Load | undefined;
/** What must be well again before the site can be ended, whatever a test came to. */
const mendings: (() => Promise<void>)[] = [];
/** What is taken away once the site has ended. */
const cleanups: (() => Promise<void>)[] = [];

beforeEach(async () => {
  site = await Site.create();
});

afterEach(async () => {
  await load?.stop();
  load = undefined;
  for (const mend of mendings) await mend();
  mendings.length = 0;
  await site.destroy();
  for (const cleanup of cleanups.reverse()) await cleanup();
  cleanups.length = 0;
});

async function live(...options: readonly string[]): Promise<void> {
  await site.declare({ version: 'v1' }, { strategy: HELD });
  await site.up(...options);
  await site.ok('apply', '--wait', '--timeout', '30s');
  load = startLoad(await site.address(), 50);
}

async function releaseHeld(version: string): Promise<void> {
  await site.ok('release', 'shop', '--from', await site.artefact({ version }));
  await until('it is held', async () => (await view()).release?.stage === 'wait');
}

function view(): Promise<View> {
  return site.api<View>('rollouts/shop');
}

function history(): Promise<Ended[]> {
  return site.api<Ended[]>('rollouts/shop/releases');
}

async function promoted(number: number): Promise<void> {
  await until(`release ${number} is promoted`, async () => {
    return (await history()).some((one) => one.number === number && one.outcome === 'promoted');
  });
}

/** Users have been served from now on, and nobody ever met an error. */
async function usersNoticeNothing(): Promise<void> {
  const answered = (): number =>
    [...(load?.seen.values() ?? [])].reduce((sum, seen) => sum + seen.requests, 0);
  const before = answered();
  await until('users are served', () => Promise.resolve(answered() > before + 10));
  expect([...(load?.seen.values() ?? [])].filter((seen) => seen.errors > 0)).toEqual([]);
}

/** Processes whose command line names the site's data directory. */
function processesHere(): readonly string[] {
  const rows = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).split('\n');
  return rows.filter((row) => row.includes(site.dataDir));
}

describe('without a control process', () => {
  it('every command that needs one says so', async () => {
    await site.declare({ version: 'v1' });
    const commands = [
      ['get'],
      ['apply'],
      ['release', 'shop'],
      ['wait', 'shop'],
      ['logs', 'shop'],
      ['delete', 'shop', '--yes'],
      ['down', '--yes'],
    ];
    const answers = await Promise.all(commands.map((args) => site.run(...args)));
    for (const { code, err } of answers) {
      expect({ code, err }).toMatchObject({ code: 5 });
      expect(err).toContain('coalmine up');
    }
    expect((await site.run('validate')).code).toBe(0);
    expect((await site.run('plan')).code).toBe(0);
  });
});

describe('a start that cannot be', () => {
  let blocker: Server;
  let port: number;

  beforeEach(async () => {
    blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
    port = (blocker.address() as AddressInfo).port;
    cleanups.push(async () => {
      await new Promise((resolve) => blocker.close(resolve));
    });
  });

  it.each([[[]], [['--detach']]])(
    'on a gateway port in use names its owner and leaves nothing behind (up %j)',
    async (options) => {
      await site.declare({ version: 'v1' });
      const ran = await site.run('up', '--gateway-port', String(port), ...options);
      expect({ code: ran.code, err: ran.err }).toMatchObject({ code: 6 });
      expect(ran.err).toContain(`127.0.0.1:${port} is in use`);
      expect(ran.err).toContain(`(pid ${process.pid})`);
      await until('nothing of it is left', () => Promise.resolve(processesHere().length === 0));
      await site.up();
      expect((await site.api<View[]>('rollouts')).length).toBeLessThanOrEqual(1);
    },
  );

  it('beside another one names it, by every way to start', async () => {
    await live();
    const { pid } = await site.api<{ pid: number }>('system');
    for (const options of [[], ['--detach'], ['--gateway-port', '0']]) {
      const ran = await site.run('up', ...options);
      expect(ran.code).toBe(6);
      expect(ran.err).toContain(String(pid));
    }
    await usersNoticeNothing();
  });

  it('beside another one whose socket was lost names it too', async () => {
    await live();
    const { pid } = await site.api<{ pid: number }>('system');
    const socket = path.join(site.dataDir, 'control.sock');
    await rename(socket, `${socket}.aside`);
    const ran = await site.run('up', '--gateway-port', '0');
    await rename(`${socket}.aside`, socket);
    expect(ran.code).toBe(6);
    expect(ran.err).toContain(String(pid));
    await usersNoticeNothing();
  });
});

describe('a state that cannot be relied on', () => {
  /** A reader leaves an empty journal beside the file. */
  const EMPTY = createHash('sha256').digest('hex');
  const NAMES = ['coalmine.db', 'coalmine.db-wal', 'coalmine.db-shm'];

  async function hashes(): Promise<Readonly<Record<string, string>>> {
    // The index beside the journal is only a cache of it.
    const names = (await readdir(site.dataDir)).filter((name) => NAMES.slice(0, 2).includes(name));
    const found = names.map(async (name) => {
      const content = await readFile(path.join(site.dataDir, name));
      return [name, createHash('sha256').update(content).digest('hex')];
    });
    const all = Object.fromEntries(await Promise.all(found)) as Readonly<Record<string, string>>;
    return Object.fromEntries(Object.entries(all).filter(([, hash]) => hash !== EMPTY));
  }

  /** Keeps the state as it is; the answer puts it back. */
  async function setAside(): Promise<() => Promise<void>> {
    const copies = path.join(site.dir, 'copies');
    await mkdir(copies);
    const names = (await readdir(site.dataDir)).filter((name) => NAMES.includes(name));
    for (const name of names) await copyFile(path.join(site.dataDir, name), path.join(copies, name));
    return async () => {
      for (const name of NAMES) await rm(path.join(site.dataDir, name), { force: true });
      for (const name of names) await copyFile(path.join(copies, name), path.join(site.dataDir, name));
    };
  }

  async function refusedAndUnchanged(...fragments: readonly string[]): Promise<void> {
    const before = await hashes();
    const ran = await site.run('up', '--gateway-port', '0');
    expect({ code: ran.code, err: ran.err }).toMatchObject({ code: 1 });
    for (const fragment of fragments) expect(ran.err).toContain(fragment);
    expect(ran.err).not.toContain('bug');
    expect(await hashes()).toEqual(before);
    await usersNoticeNothing();
  }

  it('is refused and left alone, users are served meanwhile, and the good copy goes on', async () => {
    await live();
    await releaseHeld('v2');
    await site.killControl();
    const restore = await setAside();
    mendings.push(restore);
    const db = path.join(site.dataDir, 'coalmine.db');
    const damages: readonly (readonly [() => Promise<void>, string])[] = [
      [() => writeFile(db, 'no database at all\n'.repeat(100)), 'not an SQLite database'],
      [() => truncate(db, 0), 'the file is empty'],
      [() => truncate(db, 60), 'ends within its header'],
      [
        async () => {
          await rm(`${db}-wal`, { force: true });
          const content = await readFile(db);
          await writeFile(db, content.fill(0x5a, 4_096));
        },
        'damaged',
      ],
      [() => rm(db), 'journal is there'],
    ];
    for (const [damage, fragment] of damages) {
      await damage();
      await refusedAndUnchanged('coalmine.db', fragment, 'nothing was changed');
      await restore();
    }
    mendings.length = 0;
    await site.up();
    expect(await view()).toMatchObject({ release: { number: 2, step: 0, stage: 'wait' } });
    await site.ok('promote', 'shop', '--full');
    await promoted(2);
    await usersNoticeNothing();
  });

  it('is refused and left alone when a newer coalmine wrote it', async () => {
    await live();
    await site.ok('down', '--keep-serving');
    const file = path.join(site.dataDir, 'coalmine.db');
    const set = (version: number): void => {
      const database = new DatabaseSync(file);
      database.exec(`PRAGMA user_version = ${version}`);
      database.close();
    };
    // SQLite keeps it here, in four bytes of its header.
    const version = (await readFile(file)).readUInt32BE(60);
    set(version + 1);
    await refusedAndUnchanged('coalmine.db', 'newer', 'nothing was changed');
    set(version);
    await site.up();
    expect((await view()).phase).toBe('Healthy');
  });
});

describe('after down', () => {
  it('up brings the stable version back, at the same address, and what was rejected stays so', async () => {
    await live();
    const address = await site.address();
    await releaseHeld('v2');
    await site.ok('abort', 'shop');
    await until('it is aborted', async () => (await view()).release === undefined);
    const { stable } = await view();
    await load?.stop();
    load = undefined;
    await site.ok('down', '--yes');
    await until('nothing is left', () => Promise.resolve(processesHere().length === 0));
    await site.up();
    await until('it serves', async () => (await ask(address)).status === 200);
    expect((await view()).stable).toBe(stable);
    expect(await site.address()).toBe(address);
    load = startLoad(address, 50);
    await usersNoticeNothing();
    expect([...load.seen.keys()]).toEqual(['v1']);
    expect((await history()).map((one) => one.outcome)).toEqual(['aborted', 'promoted']);
  });
});

describe('after a crash', () => {
  it('up without its options serves users and the API where they were, and says so', async () => {
    const [port, api] = [await freePort(), await freePort()];
    const options = ['--gateway-port', String(port), '--api-port', String(api)];
    await live(...options);
    await site.killControl();

    const { out, err } = await site.ok('up', '--detach', '--output', 'json');
    expect(err).toBe(`as at the last start: ${options.join(' ')} (--no-remembered leaves this out)\n`);
    expect(JSON.parse(out)).toMatchObject({
      api: `http://127.0.0.1:${api}`,
      gateway: { addresses: [`http://127.0.0.1:${port}`] },
    });
    await usersNoticeNothing();
  });
});

// A disk of a few mebibytes, which only root can make.
describe.runIf(process.getuid?.() === 0 && process.platform === 'linux')('a full disk', () => {
  let disk: string;

  beforeEach(async () => {
    await site.destroy();
    disk = await mkdtemp(path.join(tmpdir(), 'coalmine-disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m,mode=0700', 'tmpfs', disk]);
    cleanups.push(async () => {
      // The last processes may still be on their way out.
      await until('it is unmounted', () => Promise.resolve(spawnSync('umount', [disk]).status === 0));
      await rm(disk, { recursive: true });
    });
    mendings.push(() => rm(filler(), { force: true }));
    const dataDir = path.join(disk, 'data');
    await mkdir(dataDir);
    site = await Site.create(dataDir);
  });

  const filler = (): string => path.join(disk, 'filler');

  /** Leaves not one free page. */
  function fill(): void {
    const { stderr } = spawnSync('dd', ['if=/dev/zero', `of=${filler()}`, 'bs=4k'], { encoding: 'utf8' });
    expect(stderr).toContain('No space left');
  }

  it('refuses what cannot be kept, serves on, loses nothing, and goes on when there is space again', async () => {
    await live();
    await releaseHeld('v2');
    fill();
    const ran = await site.run('release', 'shop', '--from', await site.artefact({ version: 'v3' }));
    expect({ code: ran.code, err: ran.err }).toMatchObject({ code: 1 });
    expect(ran.err).toMatch(/space/);
    expect(ran.err).toContain(disk);
    const { wanted, release } = await view();
    expect(release).toMatchObject({ number: 2, step: 0 });
    await usersNoticeNothing();

    await site.killControl();
    for (const options of [[], ['--detach']]) {
      const start = await site.run('up', '--gateway-port', '0', ...options);
      expect({ code: start.code, err: start.err }).toMatchObject({ code: 1 });
      expect(start.err).toMatch(/no space is left/);
    }
    await usersNoticeNothing();

    await rm(filler());
    await site.up();
    expect(await view()).toMatchObject({ wanted, release: { number: 2, step: 0 } });
    await until('it can be promoted', async () => (await site.run('promote', 'shop', '--full')).code === 0);
    await promoted(2);
    await releaseHeld('v3');
    await site.ok('promote', 'shop', '--full');
    await promoted(3);
    await usersNoticeNothing();
  });
});
