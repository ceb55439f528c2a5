import { describe, expect, it } from 'vitest';
import { anEvent, aView } from '../../test/cli/views.ts';
import { cursorAt } from './paging.ts';
import type { TickView } from './resources.ts';
import { Served } from './testing/served.ts';

const served = Served.forTests();
const ask = served.ask.bind(served);
const serve = served.serve.bind(served);

describe('a list', () => {
  const views = ['a', 'b', 'c', 'd', 'e'].map((name) => aView({ name }));
  const names = (value: unknown): readonly string[] =>
    (value as readonly { readonly name: string }[]).map(({ name }) => name);

  it('is told in pages, and whoever follows them misses and repeats nothing', async () => {
    let there = views;
    await serve({ list: () => Promise.resolve(there) });
    const first = await ask('/api/v1/rollouts?limit=2');
    expect(names(first.value)).toEqual(['a', 'b']);
    there = [aView({ name: 'aa' }), ...views.filter(({ name }) => name !== 'b')];
    const [, next = ''] = /^<(.*)>; rel="next"$/.exec(String(first.headers['link'])) ?? [];
    const second = await ask(next);
    expect(names(second.value)).toEqual(['c', 'd']);
    const [, last = ''] = /^<(.*)>; rel="next"$/.exec(String(second.headers['link'])) ?? [];
    const third = await ask(last);
    expect(names(third.value)).toEqual(['e']);
    expect(third.headers['link']).toBeUndefined();
  });

  it('of events goes on from where a page ends, and the newest ones have no next', async () => {
    const events = [1, 2, 3].map((id) => anEvent(id));
    await serve({
      events: ({ after, limit = 9 }) =>
        Promise.resolve(
          after === undefined ? events.slice(-limit) : events.filter(({ id }) => id > after).slice(0, limit),
        ),
    });
    expect((await ask('/api/v1/events?limit=2')).headers['link']).toBeUndefined();
    const page = await ask('/api/v1/events?after=0&limit=2&rollout=shop');
    expect(page.value).toEqual(events.slice(0, 2));
    const [, next = ''] = /^<(.*)>; rel="next"$/.exec(String(page.headers['link'])) ?? [];
    expect((await ask(next)).value).toEqual(events.slice(2));
  });

  it('of ticks reads those of the page alone, however many there are', async () => {
    const reads: unknown[] = [];
    const ticks = Array.from({ length: 5 }, (_, at) => ({ at })) as unknown as readonly TickView[];
    await serve({
      ticks: (_, __, { after = 0, limit = 9 } = {}) => {
        reads.push({ after, limit });
        return Promise.resolve(ticks.slice(after, after + limit));
      },
    });
    const told: unknown[] = [];
    for (let path = '/api/v1/rollouts/shop/releases/1/ticks?limit=2'; path !== '';) {
      const page = await ask(path);
      told.push(...(page.value as readonly unknown[]));
      [, path = ''] = /^<(.*)>; rel="next"$/.exec(String(page.headers['link'])) ?? [];
    }
    expect(told).toEqual(ticks);
    expect(reads).toEqual([0, 2, 4].map((after) => ({ after, limit: 3 })));
  });

  it.each([['x'], [-1], [0.5]])('of ticks refuses a cursor that is not of it: %j', async (place) => {
    await serve({ ticks: () => Promise.resolve([]) });
    const cursor = cursorAt('/api/v1/rollouts/:name/releases/:number/ticks', [place]);
    const { status, value } = await ask(`/api/v1/rollouts/shop/releases/1/ticks?cursor=${cursor}`);
    expect(status).toBe(400);
    expect(value).toMatchObject({ problems: [{ path: 'cursor', reason: 'is not one of this list' }] });
  });
});
