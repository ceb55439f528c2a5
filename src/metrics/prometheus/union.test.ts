import { describe, expect, it } from 'vitest';
import { countedSelector, type Selector } from './selector.ts';
import { belongingTo, unionsOf, unionText, type Member } from './union.ts';

function selector(query: string): Selector {
  const found = countedSelector(query);
  if (found === undefined) throw new Error(`no selector: ${query}`);
  return found;
}

function textsOf(queries: readonly string[], separator = (_: string): string => ''): readonly string[] {
  const members: Member<string>[] = queries.map((item) => ({ item, selector: selector(item) }));
  return unionsOf(members, separator).map((union) => unionText(union.map((member) => member.selector)));
}

describe('selectors', () => {
  it.each([
    [['jobs{rev="a"}'], ['jobs{rev="a"}']],
    [['jobs{rev="a.b",job="x"}', 'jobs{job="x",rev="c|d"}'], ['jobs{rev=~"a\\\\.b|c\\\\|d",job="x"}']],
    [['jobs{rev="a"}', 'jobs{rev="a"}'], ['jobs{rev="a"}']],
    [['jobs{rev="a"}', 'jobs{rev=""}'], ['jobs{rev=~"a|"}']],
    [['{__name__="a"}', '{__name__="b"}'], ['{__name__=~"a|b"}']],
    [['jobs', 'jobs{}'], ['jobs{}']],
  ])('of one form are asked as one: %j', (queries, texts) => {
    expect(textsOf(queries)).toEqual(texts);
  });

  it.each([
    [['jobs{rev="a"}', 'fails{rev="a"}']],
    [['jobs{rev="a"}', 'jobs{pod="a"}']],
    [['jobs{rev="a"}', 'jobs']],
    [['jobs{rev="a",pod=~"x"}', 'jobs{rev="a",pod=~"y"}']],
    [['jobs{rev="a",rev="b"}', 'jobs{rev="a",rev="c"}']],
  ])('of different forms are asked apart: %j', (queries) => {
    expect(textsOf(queries)).toHaveLength(2);
  });

  it('are asked apart when they say so, and when they are too many', () => {
    expect(textsOf(['jobs{rev="a"}', 'jobs{rev="b"}'], (query) => query)).toHaveLength(2);
    expect(textsOf(Array.from({ length: 450 }, (_, i) => `jobs{rev="${i}"}`))).toHaveLength(3);
  });

  it('get their own series of the common answer, where a label that is not there is empty', () => {
    const series = [{ rev: 'a' }, { rev: 'b', pod: 'x' }, { pod: 'x' }].map((labels) => ({
      labels,
      samples: [],
    }));
    const labelsOf = (query: string): unknown =>
      belongingTo(selector(query), series).map(({ labels }) => labels);
    expect(labelsOf('jobs{rev="b"}')).toEqual([{ rev: 'b', pod: 'x' }]);
    expect(labelsOf('jobs{rev=""}')).toEqual([{ pod: 'x' }]);
    expect(labelsOf('jobs{pod="x",rev!="c"}')).toEqual([{ rev: 'b', pod: 'x' }, { pod: 'x' }]);
  });
});
