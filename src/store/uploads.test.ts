import { mkdtemp, readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openUploads, type Uploads } from './uploads.ts';

const HOUR_MS = 3_600_000;

let dataDir: string;
let uploads: Uploads;
let now: number;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'coalmine-uploads-'));
  now = Date.now();
  uploads = await openUploads(dataDir, () => now);
});

afterEach(async () => {
  await rm(dataDir, { recursive: true, force: true });
});

function keep(text: string, kind: 'artefact' | 'environment' = 'artefact', most = 100): Promise<string> {
  return uploads.keep(kind, Readable.from([Buffer.from(text)]), most);
}

const kept = (): Promise<string[]> => readdir(join(dataDir, 'uploads'));

it('what is sent is kept for its owner alone, under a name that gives nothing away', async () => {
  const path = await keep('KEY=hunter2\n', 'environment');
  expect(path).toMatch(/\/uploads\/[0-9a-f]{40}\.env$/);
  expect(await readFile(path, 'utf8')).toBe('KEY=hunter2\n');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  const other = await openUploads(await mkdtemp(join(dataDir, 'other-')), () => now);
  const same = await other.keep('environment', Readable.from([Buffer.from('KEY=hunter2\n')]), 100);
  expect(same.slice(-44)).not.toBe(path.slice(-44));
});

it('the same contents are one file', async () => {
  expect(await keep('x')).toBe(await keep('x'));
  expect(await keep('y')).toMatch(/\.tar$/);
  expect(await kept()).toHaveLength(2);
});

it('too much is refused, and nothing of it stays', async () => {
  await expect(keep('x'.repeat(101))).rejects.toMatchObject({ code: 'tooLarge' });
  expect(await kept()).toEqual([]);
});

it('what is cut short leaves nothing behind', async () => {
  const broken = Readable.from(
    (function* () {
      yield Buffer.from('half');
      throw new Error('the connection broke');
    })(),
  );
  await expect(uploads.keep('artefact', broken, 100)).rejects.toThrow('the connection broke');
  expect(await kept()).toEqual([]);
});

it('what nobody needs goes, but not what has just come, or come again', async () => {
  const [needed, old, again] = [await keep('needed'), await keep('old'), await keep('again')];
  await uploads.sweep(() => false);
  expect(await kept()).toHaveLength(3);
  now += 2 * HOUR_MS;
  expect(await keep('again')).toBe(again);
  await uploads.sweep((path) => path === needed);
  expect(await kept()).not.toContain(old.split('/').at(-1));
  expect(await kept()).toHaveLength(2);
  await utimes(again, 0, 0);
  await uploads.sweep((path) => path === needed);
  expect(await kept()).toEqual([needed.split('/').at(-1)]);
});

it('there is nothing to sweep where nothing was ever sent', async () => {
  await expect(uploads.sweep(() => false)).resolves.toBeUndefined();
});
