import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { piecesOf } from '../../rollout/query/pieces.ts';
import { isSelfContained, promDuration, quoted } from './promql.ts';
import { countedSelector, selectorOf } from './selector.ts';
import { tagged, untagged } from './tagging.ts';

describe('the pieces of a query', () => {
  it('are the query again', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[ab"'`\\#\n(){}[\]=,]*$/), (query) => {
        expect(
          piecesOf(query)
            .map(({ text }) => text)
            .join(''),
        ).toBe(query);
      }),
    );
  });

  it('tell strings and comments from code', () => {
    expect(piecesOf('up{a="x#\\"y"} # "not"\n+ `b\\`')).toEqual([
      { kind: 'code', text: 'up{a=' },
      { kind: 'string', text: '"x#\\"y"' },
      { kind: 'code', text: '} ' },
      { kind: 'comment', text: '# "not"' },
      { kind: 'code', text: '\n+ ' },
      { kind: 'string', text: '`b\\`' },
    ]);
  });
});

describe('a query that may stand between the brackets of others', () => {
  it.each(['up', 'sum(rate(x{a="("}[5m]))', 'x # (', "x{a='\\''}", 'x{a=`\\`}', 'a + (b / c)'])(
    'is %s',
    (query) => {
      expect(isSelfContained(query)).toBe(true);
    },
  );

  it.each(['up)', 'a), "x", "", "", "") or (b', '(up', 'x{a="(}', 'x[5m', 'x{]', 'x{a="\\"}', '"\\'])(
    'is not %s',
    (query) => {
      expect(isSelfContained(query)).toBe(false);
    },
  );
});

describe('the selector of a counter', () => {
  it.each([
    ['jobs_total', { metric: 'jobs_total', matchers: [] }],
    [' ( jobs:total{} ) ', { metric: 'jobs:total', matchers: [] }],
    [
      'jobs{rev="r1", pod=~"a,b|}", q!=\'x\\\'y\',}',
      {
        metric: 'jobs',
        matchers: [
          { label: 'rev', operator: '=', value: 'r1' },
          { label: 'pod', operator: '=~', value: 'a,b|}' },
          { label: 'q', operator: '!=', value: "x'y" },
        ],
      },
    ],
    ['{__name__="up"} # all', { matchers: [{ label: '__name__', operator: '=', value: 'up' }] }],
    ['sum(jobs)', { metric: 'jobs', matchers: [] }],
    ['sum by (a, b) (jobs)', { metric: 'jobs', matchers: [] }],
    ['sum(sum(jobs)) without (a)', { metric: 'jobs', matchers: [] }],
  ])('is found in %s', (query, selector) => {
    expect(countedSelector(query)).toEqual(selector);
  });

  it.each([
    'rate(jobs[1m])',
    'a + b',
    'sum(a) + sum(b)',
    'max(jobs)',
    'jobs[5m]',
    'jobs offset 5m',
    'jobs @ 0',
    '1',
    'NaN',
    '-jobs',
    '',
    '{a="\\x41"}',
    '{a="b" "c"}',
    '{a="b}',
    '{"quoted.name"}',
  ])('is not to be had from %s', (query) => {
    expect(countedSelector(query)).toBeUndefined();
  });

  it('is not that of the sum when the query is asked for its value', () => {
    expect(selectorOf('sum(jobs)')).toBeUndefined();
    expect(selectorOf('(jobs)')).toEqual({ metric: 'jobs', matchers: [] });
  });

  it('has the values that were written, whatever is in them', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii' }), (text) => {
        const value = text.replaceAll('\0', '');
        expect(countedSelector(`x{a=${quoted(value)}}`)?.matchers[0]?.value).toBe(value);
      }),
    );
  });
});

describe('queries that are asked together', () => {
  it('end with their line, so that a comment ends nothing else', () => {
    expect(tagged(['up # now', 'down'])).toBe(
      '(label_replace((\nup # now\n),"__coalmine_query","0","","") or label_replace((\ndown\n),"__coalmine_query","1","",""))',
    );
  });

  it('are told apart again by their tag', () => {
    const series = (tag: string) => ({
      labels: { a: 'x', __coalmine_query: tag },
      samples: [{ atMs: 1, value: 2 }],
    });
    const mine = { labels: { a: 'x' }, samples: [{ atMs: 1, value: 2 }] };
    expect(untagged([series('2'), series('0'), series('7'), series('x'), series('2')], 3)).toEqual([
      [mine],
      [],
      [mine, mine],
    ]);
  });
});

it.each([
  [1_000, '1s'],
  [90_000, '90s'],
  [1_500, '1500ms'],
  [0.2, '1ms'],
])('%d ms are written as %s', (ms, text) => {
  expect(promDuration(ms)).toBe(text);
});
