import { copyFile, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aRecord, anEvent, OPTIONS } from '../../test/store/records.ts';
import { openDatabase } from './database.ts';
import { loadDriver, type OpenConnection } from './driver.ts';
import { schemaOf } from './migrate.ts';
import { MIGRATIONS } from './migrations/all.ts';
import { openStore } from './store.ts';

const open: OpenConnection = await loadDriver();
const NEWEST = MIGRATIONS.length;
const NEXT = { version: NEWEST + 1, sql: 'ALTER TABLE rollouts ADD COLUMN note TEXT' };
const LAST = { version: NEWEST + 2, sql: "UPDATE rollouts SET note = 'from ' || name" };

let dataDir: string;
let path: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'coalmine-database-'));
  path = join(dataDir, 'coalmine.db');
});

afterEach(async () => {
  await rm(dataDir, { recursive: true, force: true });
});

/** State with one Rollout and enough events for several pages. */
async function someState(): Promise<void> {
  const store = await openStore(dataDir, OPTIONS);
  const events = Array.from({ length: 500 }, (_, index) => anEvent(1, `event ${index} ${'x'.repeat(50)}`));
  await store.save(aRecord(), { events });
  await store.close();
}

/** Opens what must be refused, and checks that not a byte of it was changed. */
async function refusal(): Promise<unknown> {
  const before = await readFile(path);
  const thrown: unknown = await openStore(dataDir, OPTIONS).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(await readFile(path)).toEqual(before);
  return thrown;
}

async function overwrite(position: number, bytes: Buffer): Promise<void> {
  const content = await readFile(path);
  bytes.copy(content, position);
  await writeFile(path, content);
}

function execute(sql: string): void {
  const database = open(path);
  database.exec(sql);
  database.close();
}

describe('a damaged file is refused, left as it is, and the user told how to restore', () => {
  beforeEach(someState);

  it.each<[string, () => Promise<void>]>([
    ['an empty file', () => truncate(path, 0)],
    ['a file that ends within its header', () => truncate(path, 50)],
    ['a file that ends within a page', () => truncate(path, 10_000)],
    ['a file whose last pages are missing', async () => truncate(path, (await stat(path)).size / 2)],
    ['text', () => writeFile(path, 'not a database at all, however long it may be')],
    ['a bad header', () => overwrite(0, Buffer.from('SQLite format 2'))],
    ['pages full of noise', () => overwrite(4_096, Buffer.alloc(20_000, 0xa5))],
  ])('%s', async (_, damage) => {
    await damage();
    const thrown = await refusal();
    expect(thrown).toMatchObject({
      code: 'storeUnusable',
      message: expect.stringContaining(path) as string,
      hint: expect.stringContaining('backup') as string,
    });
  });

  it('a journal without its file', async () => {
    await writeFile(`${path}-wal`, 'something');
    await rm(path);
    await expect(openStore(dataDir, OPTIONS)).rejects.toMatchObject({ code: 'storeUnusable' });
    expect(await readdir(dataDir)).not.toContain('coalmine.db');
  });

  it('and can be used again once a good copy is in its place', async () => {
    await copyFile(path, join(dataDir, 'copy'));
    await truncate(path, 100);
    await refusal();
    await copyFile(join(dataDir, 'copy'), path);
    const store = await openStore(dataDir, OPTIONS);
    expect(await store.list()).toHaveLength(1);
    await store.close();
  });
});

describe('a file that is not for this coalmine is refused and left as it is', () => {
  beforeEach(someState);

  it('of a newer schema, naming the version that wrote it', async () => {
    execute("UPDATE meta SET value = '9.8.7' WHERE key = 'writtenBy'; PRAGMA user_version = 99");
    const thrown = await refusal();
    expect(thrown).toMatchObject({
      code: 'storeUnusable',
      message: expect.stringContaining('9.8.7') as string,
      hint: expect.stringContaining('9.8.7') as string,
    });
  });

  it('of a newer schema that does not tell who wrote it', async () => {
    execute('DROP TABLE meta; PRAGMA user_version = 99');
    expect(await refusal()).toMatchObject({
      code: 'storeUnusable',
      message: expect.stringContaining('schema 99') as string,
    });
  });

  it('of another program', async () => {
    execute('PRAGMA application_id = 77');
    expect(await refusal()).toMatchObject({
      code: 'storeUnusable',
      hint: expect.stringContaining('another') as string,
    });
  });
});

describe('a new file', () => {
  it('replaces what a start that was cut short left behind', async () => {
    await writeFile(`${path}.new`, 'half a database');
    await writeFile(`${path}.new-journal`, 'half a journal');
    await someState();
    expect((await readdir(dataDir)).filter((name) => name.includes('.new'))).toEqual([]);
    expect((await stat(path)).size).toBeGreaterThan(50_000);
  });

  it('is durable: write-ahead log, full synchronisation, foreign keys', async () => {
    const database = await openDatabase(path, { open, version: '1' });
    const pragma = (name: string): unknown =>
      Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
    expect(['journal_mode', 'synchronous', 'foreign_keys'].map(pragma)).toEqual(['wal', 2, 1]);
    database.close();
  });
});

describe('migrations', () => {
  it('are numbered from 1 without gaps', () => {
    expect(MIGRATIONS.map(({ version }) => version)).toEqual(MIGRATIONS.map((_, index) => index + 1));
  });

  it('bring an older file up with its data kept, and keep a copy of what it was', async () => {
    await someState();
    const database = await openDatabase(path, {
      open,
      version: '2.0.0',
      migrations: [...MIGRATIONS, NEXT, LAST],
    });
    expect(schemaOf(database)).toBe(NEWEST + 2);
    expect(database.prepare('SELECT name, note FROM rollouts').all()).toMatchObject([
      { name: 'shop', note: 'from shop' },
    ]);
    expect(database.prepare('SELECT count(*) AS n FROM events').get()).toMatchObject({ n: 500 });
    database.close();
    const copy = open(join(dataDir, 'backups', `coalmine-schema-${NEWEST}.db`), { readOnly: true });
    expect(schemaOf(copy)).toBe(NEWEST);
    expect(copy.prepare('SELECT count(*) AS n FROM events').get()).toMatchObject({ n: 500 });
    copy.close();
  });

  it('change nothing when one of them fails', async () => {
    await someState();
    const broken = { version: NEWEST + 2, sql: 'INSERT INTO nowhere VALUES (1)' };
    const migrations = [...MIGRATIONS, NEXT, broken];
    await expect(openDatabase(path, { open, version: '2', migrations })).rejects.toThrow('nowhere');
    const store = await openStore(dataDir, OPTIONS);
    expect(await store.list()).toHaveLength(1);
    await store.close();
  });

  it('are not repeated', async () => {
    await someState();
    const migrations = [...MIGRATIONS, NEXT];
    for (let round = 0; round < 2; round += 1) {
      (await openDatabase(path, { open, version: '2', migrations })).close();
    }
  });
});
