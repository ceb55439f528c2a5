import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failureOf } from '../../test/gateway.ts';
import { linkTo, nextIn } from './page-link.ts';
import { cursorAt, pageOf, type Paging } from './paging.ts';

type Item = readonly [string, number];

const pagings: readonly (readonly [string, Paging<Item>])[] = [
  ['ascending', { order: 'ascending', positionOf: ([name, number]) => [number, name] }],
  ['descending', { order: 'descending', positionOf: ([name, number]) => [number, name] }],
];

/** All pages, as a reader follows them; `change` is what happens to the list between two. */
function read(
  items: readonly Item[],
  { limit, ...paging }: Paging<Item> & { readonly limit: number },
  change = (list: readonly Item[]) => list,
) {
  const pages: (readonly Item[])[] = [];
  let list = items;
  let cursor: string | undefined;
  do {
    const page = pageOf(list, { ...paging, of: 'a' }, { limit, ...(cursor === undefined ? {} : { cursor }) });
    pages.push(page.items);
    cursor = page.next;
    list = change(list);
  } while (cursor !== undefined);
  return pages;
}

const items = fc.uniqueArray(fc.tuple(fc.string({ maxLength: 3 }), fc.integer({ min: 0, max: 5 })), {
  selector: String,
  maxLength: 30,
});

describe.each(pagings)('pages of a list in %s order', (_, paging) => {
  it('are all of it, each item once, and none is empty but the only one', () => {
    fc.assert(
      fc.property(items, fc.integer({ min: 1, max: 7 }), (list, limit) => {
        const pages = read(list, { ...paging, limit });
        expect(pages.flat().map(String).sort()).toEqual(list.map(String).sort());
        expect(pages.every((page) => page.length <= limit)).toBe(true);
        expect(pages.slice(1).every((page) => page.length > 0)).toBe(true);
      }),
    );
  });

  it('have what was there from beginning to end once, whatever comes and goes meanwhile', () => {
    fc.assert(
      fc.property(items, items, fc.integer({ min: 1, max: 4 }), (staying, others, limit) => {
        const passing = others.filter((one) => !staying.map(String).includes(String(one)));
        let isThere = false;
        const pages = read(staying, { ...paging, limit }, () => {
          isThere = !isThere;
          return isThere ? [...passing, ...staying] : staying;
        });
        const seen = pages.flat().map(String);
        expect(new Set(seen).size).toBe(seen.length);
        expect(staying.map(String).filter((one) => !seen.includes(one))).toEqual([]);
      }),
    );
  });
});

it.each([
  ['of another list', cursorAt('b', [1])],
  ['without a position', cursorAt('a', [])],
  ['that is no text of ours', 'AAAA'],
  ['that holds an object', Buffer.from('["a",{}]').toString('base64url')],
])('a cursor %s is refused, with what to do', async (_, cursor) => {
  const paging = { order: 'ascending', positionOf: (item: number) => [item], of: 'a' } as const;
  const failure = await failureOf(Promise.resolve().then(() => pageOf([1], paging, { cursor })));
  expect(failure).toMatchObject({ code: 'usage', problems: [{ path: 'cursor' }] });
  expect(failure.problems[0]?.hint).toContain('Link');
});

it('the next page is found in the header that names it', () => {
  const link = linkTo('abc-_', '/api/v1/rollouts', { limit: '2', cursor: 'old' });
  expect(link).toBe('</api/v1/rollouts?limit=2&cursor=abc-_>; rel="next"');
  expect(nextIn(link)).toBe('abc-_');
  expect(nextIn(undefined)).toBeUndefined();
  expect(nextIn('</x>; rel="prev"')).toBeUndefined();
});
