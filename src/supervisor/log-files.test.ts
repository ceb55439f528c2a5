import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { RevisionId } from '../rollout/model.ts';
import { LogFiles } from './log-files.ts';
import { tendLogs } from './monitor.ts';

const key = { rollout: 'shop', revision: 'r1-a' as RevisionId };
const large = 'x'.repeat(200);
let directory: string;
let logs: LogFiles;
let folder: string;
let warnings: string[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'logs-'));
  logs = new LogFiles(directory, { fileBytes: 100, files: 3, ended: 2 });
  folder = dirname(logs.path(key, 'a'));
  await mkdir(folder, { recursive: true });
  warnings = [];
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

async function tend(living: readonly string[]): Promise<void> {
  const log = { info: () => undefined, warn: (_: unknown, message: string) => void warnings.push(message) };
  await tendLogs({ key, living: () => new Set(living) }, { logs, log });
}

it('keeps so many files of a log, the younger ones', async () => {
  for (const text of ['1', '2', '3', '4']) {
    await writeFile(logs.path(key, 'a'), text.repeat(200));
    await logs.rotate(key, 'a');
  }
  expect((await readdir(folder)).sort()).toEqual(['a.log', 'a.log.1', 'a.log.2']);
  expect(await readFile(logs.path(key, 'a'), 'utf8')).toBe('');
  expect(await readFile(`${logs.path(key, 'a')}.1`, 'utf8')).toBe('4'.repeat(200));
  expect(await readFile(`${logs.path(key, 'a')}.2`, 'utf8')).toBe('3'.repeat(200));
});

it.runIf(process.platform === 'linux')('frees a full disk, and keeps the copies there are', async () => {
  const path = logs.path(key, 'a');
  await writeFile(path, large);
  await writeFile(`${path}.1`, 'older');
  await symlink('/dev/full', `${path}.draft`);
  await logs.rotate(key, 'a');
  expect((await readdir(folder)).sort()).toEqual(['a.log', 'a.log.1']);
  expect(await readFile(path, 'utf8')).toBe('');
  expect(await readFile(`${path}.1`, 'utf8')).toBe('older');
});

it('tends every log, though one of them cannot be', async () => {
  await writeFile(logs.path(key, 'a'), large);
  await mkdir(`${logs.path(key, 'a')}.draft`);
  await writeFile(logs.path(key, 'b'), large);
  await tend(['a', 'b']);
  expect(await readFile(logs.path(key, 'b'), 'utf8')).toBe('');
  expect(await readFile(logs.path(key, 'a'), 'utf8')).toBe(large);
  expect(warnings).toHaveLength(1);
});

it('bounds the logs of ended instances too', async () => {
  for (const name of ['ended', 'living']) await writeFile(logs.path(key, name), large);
  await tend(['living']);
  expect(await readFile(logs.path(key, 'ended'), 'utf8')).toBe('');
  expect(await readFile(`${logs.path(key, 'ended')}.1`, 'utf8')).toBe(large);
});
