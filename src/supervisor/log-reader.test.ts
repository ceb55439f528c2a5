import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { RevisionId } from '../rollout/model.ts';
import { LogFiles } from './log-files.ts';
import { followLog, lastLinesOf, tailLog } from './log-reader.ts';

const key = { rollout: 'shop', revision: 'r1-a' as RevisionId };
let directory: string;
let logs: LogFiles;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'logs-'));
  logs = new LogFiles(directory, { fileBytes: 100, files: 3, ended: 1 });
  await mkdir(dirname(logs.path(key, 'a')), { recursive: true });
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

async function tail(lines: number): Promise<readonly string[]> {
  const texts: string[] = [];
  for await (const line of tailLog(logs, key, lines)) texts.push(line.text);
  return texts;
}

it('gives the last lines of every file, across the bounds of what is read at once', async () => {
  const many = Array.from({ length: 5_000 }, (_, index) => `line ${index} ${'x'.repeat(40)}`);
  await writeFile(logs.path(key, 'a'), `${many.join('\n')}\n`);
  expect(await tail(4_000)).toEqual(many.slice(-4_000));
  expect(await tail(1)).toEqual(many.slice(-1));
  expect(await tail(0)).toEqual([]);
  expect(await tail(10_000)).toEqual(many);
});

it('gives nothing for a revision that never ran', async () => {
  expect(await tail(5)).toEqual([]);
  expect(await lastLinesOf(join(directory, 'absent'), 5)).toEqual([]);
});

it('counts an unfinished line among the last words only', async () => {
  await writeFile(logs.path(key, 'a'), 'one\ntwo');
  expect(await tail(5)).toEqual(['one']);
  expect(await lastLinesOf(logs.path(key, 'a'), 5)).toEqual(['one', 'two']);
});

it('follows a file through a rotation without losing or repeating a line', async () => {
  const stop = new AbortController();
  const seen: string[] = [];
  const path = logs.path(key, 'a');
  await writeFile(path, 'first\nunfin');
  const following = (async () => {
    for await (const line of followLog(logs, { key, lines: 5 }, stop.signal)) seen.push(line.text);
  })();
  await expect.poll(() => seen).toEqual(['first']);
  await appendFile(path, `ished\n${'x'.repeat(100)}\n`);
  await logs.rotate(key, 'a');
  await appendFile(path, 'last\n');
  await expect.poll(() => seen).toEqual(['first', 'unfinished', 'x'.repeat(100), 'last']);
  stop.abort();
  await following;
});

it('gives a line without end in pieces', async () => {
  const stop = new AbortController();
  const seen: string[] = [];
  await writeFile(logs.path(key, 'a'), 'begin\n');
  const following = (async () => {
    for await (const line of followLog(logs, { key, lines: 1 }, stop.signal)) seen.push(line.text);
  })();
  await expect.poll(() => seen).toEqual(['begin']);
  await appendFile(logs.path(key, 'a'), 'y'.repeat(200_000));
  await expect.poll(() => seen.join('').length).toBeGreaterThan(150_000);
  stop.abort();
  await following;
});

it('keeps the rotated files it is told to, and the logs of the last ended instance', async () => {
  for (const round of ['1', '2', '3', '4']) {
    await appendFile(logs.path(key, 'a'), round.repeat(101));
    await logs.rotate(key, 'a');
  }
  expect(await lastLinesOf(`${logs.path(key, 'a')}.1`, 1)).toEqual(['4'.repeat(101)]);
  expect(await lastLinesOf(`${logs.path(key, 'a')}.2`, 1)).toEqual(['3'.repeat(101)]);
  expect(await lastLinesOf(`${logs.path(key, 'a')}.3`, 1)).toEqual([]);
  await writeFile(logs.path(key, 'b'), '');
  await writeFile(logs.path(key, 'c'), '');
  await logs.prune(key, new Set(['c']));
  expect((await logs.list(key)).map((file) => file.instance).sort()).toEqual(['b', 'c']);
  expect(await lastLinesOf(`${logs.path(key, 'a')}.1`, 1)).toEqual([]);
});

it('refuses a name that would lead out of the directory', () => {
  expect(() => logs.path({ rollout: '..', revision: key.revision }, 'a')).toThrow('cannot name a directory');
});
