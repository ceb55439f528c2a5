import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { isDraft, writeDurably } from './durable-file.ts';

let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'durable-'));
});

afterEach(async () => {
  await rm(home, { recursive: true, force: true });
});

it('replaces a file as a whole, makes its directory, and leaves no draft', async () => {
  const path = join(home, 'new', 'file');
  await writeDurably(path, 'one');
  await writeDurably(path, 'two');
  expect(await readFile(path, 'utf8')).toBe('two');
  expect(await readdir(join(home, 'new'))).toEqual(['file']);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

it('leaves the old file and no draft when it fails', async () => {
  await writeDurably(join(home, 'directory', 'inside'), 'old');
  await expect(writeDurably(join(home, 'directory'), 'new')).rejects.toThrow();
  expect(await readFile(join(home, 'directory', 'inside'), 'utf8')).toBe('old');
  expect((await readdir(home)).filter(isDraft)).toEqual([]);
});

it('knows its drafts', async () => {
  await writeFile(join(home, '.x.1.draft'), '');
  expect(['.x.1.draft', 'x.draft', '.x'].map(isDraft)).toEqual([true, false, false]);
});
