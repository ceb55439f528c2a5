import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { RevisionId } from '../rollout/model.ts';
import { fileTable, type InstanceRecord } from './table.ts';

const record: InstanceRecord = {
  owner: 'o',
  instance: 'a1',
  rollout: 'shop',
  revision: 'r1-a' as RevisionId,
  bootId: 'b',
  port: 4_000,
  startedAt: 1,
  restarts: 0,
  ready: false,
  stopping: false,
  care: { cwd: '/', stop: { signal: 'SIGTERM', drainMs: 1 }, limits: {} },
};

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'table-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

it('keeps records until they are removed, for their owner alone', async () => {
  const table = await fileTable(directory);
  await table.put(record);
  await table.put({ ...record, instance: 'b2', process: { pid: 7, startTime: '9' } });
  expect((await stat(join(directory, 'a1.json'))).mode & 0o777).toBe(0o600);
  const again = await fileTable(directory);
  expect((await again.list()).map((one) => [one.instance, one.process?.pid])).toEqual([
    ['a1', undefined],
    ['b2', 7],
  ]);
  await again.remove('a1');
  await again.remove('a1');
  expect(await again.list()).toHaveLength(1);
});

it('lets writes for one instance take effect in the order of the calls', async () => {
  const table = await fileTable(directory);
  const writes = Array.from({ length: 20 }, (_, restarts) => table.put({ ...record, restarts }));
  await Promise.all(writes);
  expect(await table.list()).toMatchObject([{ restarts: 19 }]);
  await Promise.all([
    table.put(record),
    table.remove('a1'),
    table.put({ ...record, restarts: 5 }),
    table.remove('a1'),
  ]);
  expect(await table.list()).toEqual([]);
});

it('removes drafts a crash has left', async () => {
  const table = await fileTable(directory);
  await writeFile(join(directory, '.a1.json.123.draft'), '{');
  expect(await table.list()).toEqual([]);
  expect(await readdir(directory)).toEqual([]);
});

it.each([
  ['no JSON', 'x'],
  ['something else', '[]'],
  ['a pid that means everybody', JSON.stringify({ ...record, process: { pid: -1, startTime: '1' } })],
  ['a pid that means the first process', JSON.stringify({ ...record, process: { pid: 1, startTime: '1' } })],
  ['no way to stop it', JSON.stringify({ ...record, care: {} })],
])('sets aside a file that holds %s', async (_, text) => {
  const table = await fileTable(directory);
  await writeFile(join(directory, 'a1.json'), text);
  expect(await table.list()).toEqual([]);
  expect(await readFile(join(directory, 'a1.json.corrupt'), 'utf8')).toBe(text);
});
