import { afterEach, expect, it, vi } from 'vitest';
import type { TickView } from '../../../../src/client/index.ts';
import { readTicks } from './read-ticks.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

it('begins anew where a series has become shorter than where it was read last', async () => {
  const asked: string[] = [];
  const shorter = [{ at: 1 }, { at: 2 }] as unknown as readonly TickView[];
  vi.stubGlobal('fetch', (url: string | URL | Request) => {
    const path = url instanceof Request ? url.url : String(url);
    asked.push(path);
    const isPast = path.includes('cursor=');
    return Promise.resolve(Response.json(isPast ? [] : shorter));
  });
  const read: TickView[] = [];
  const use = (ticks: readonly TickView[]): void => void read.push(...ticks);
  const at = { about: { name: 'shop' }, number: 1, cursor: 'abc' };
  expect(await readTicks(at, use, new AbortController().signal)).toBeUndefined();
  expect(read).toEqual(shorter);
  expect(asked.map((path) => path.includes('cursor='))).toEqual([true, false]);
});
