import { appendFile, mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { HookLine } from '../../api/resources.ts';
import { hookLog } from './hook-log.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hooks-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

/** A run that has written this, so many seconds after the first. */
async function run(key: string, text: string, atS: number): Promise<void> {
  await mkdir(join(directory, key), { recursive: true });
  const file = join(directory, key, 'output.log');
  await writeFile(file, text);
  await utimes(file, 1_000 + atS, 1_000 + atS);
}

function log(lines: number, signal?: AbortSignal): AsyncIterable<HookLine> {
  const runs = { directory, rollout: 'my-shop', hook: 'db-migrate' };
  const follow = signal !== undefined;
  return hookLog(runs, { lines, follow }, signal ?? new AbortController().signal);
}

async function linesOf(log: AsyncIterable<HookLine>): Promise<readonly string[]> {
  const texts: string[] = [];
  for await (const { hook, release, text } of log) texts.push(`${hook} ${release} ${text}`);
  return texts;
}

it('tells what the runs of one hook wrote, the newest at the end, and of no other', async () => {
  await run('my-shop-12-lxyz0-end-db-migrate', 'c\n', 3);
  await run('my-shop-2-lxyz0-0-1-db-migrate', 'a\nb\n', 1);
  await run('my-shop-3-lxyz0-0-1-migrate', 'other\n', 2);
  await run('elsewhere', 'nothing\n', 4);
  // Begun, and not yet writing.
  await mkdir(join(directory, 'my-shop-13-lxyz0-0-0-db-migrate'));
  expect(await linesOf(log(10))).toEqual(['db-migrate 2 a', 'db-migrate 2 b', 'db-migrate 12 c']);
  expect(await linesOf(log(1))).toEqual(['db-migrate 2 b', 'db-migrate 12 c']);
});

it('has nothing to tell before the first run', async () => {
  await rm(directory, { recursive: true });
  expect(await linesOf(log(10))).toEqual([]);
});

it('goes on with what is written, by runs that begin later too', async () => {
  await run('my-shop-2-lxyz0-0-1-db-migrate', 'a\n', 1);
  const stop = new AbortController();
  const seen: string[] = [];
  for await (const { release, text } of log(10, stop.signal)) {
    seen.push(`${release} ${text}`);
    if (text === 'a') {
      await appendFile(join(directory, 'my-shop-2-lxyz0-0-1-db-migrate/output.log'), 'b\n');
      await run('my-shop-3-lxyz1-0-1-db-migrate', 'c\n', 2);
    }
    if (text === 'c') stop.abort();
  }
  expect(seen.sort()).toEqual(['2 a', '2 b', '3 c']);
});
