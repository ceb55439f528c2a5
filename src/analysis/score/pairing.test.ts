import { describe, expect, it } from 'vitest';
import { pairSeries, type MetricSeries } from './pairing.ts';
import type { Tags } from './tags.ts';

function series(name: string, values: readonly number[], tags?: Tags): MetricSeries {
  return { name, values, expected: 0, ...(tags && { tags }) };
}

const CPU = { tagName: 'tagValue' };
const ERRORS = { tagNameA: 'tagValueA', tagNameB: 'tagValueB' };
const GAP = NaN;

describe('series of both arms', () => {
  it('are paired metric by metric and by equal tags, in whatever order they come', () => {
    const control = [series('errors', [10, 20, 30], ERRORS), series('cpu', [1, 3], CPU)];
    const candidate = [
      series('cpu', [2, 4], CPU),
      series('errors', [60, 70, 80], { tagNameB: 'tagValueB', tagNameA: 'tagValueA' }),
    ];
    expect(pairSeries(['cpu', 'errors'], { control, candidate })).toEqual([
      { name: 'cpu', tags: CPU, control: [1, 3], candidate: [2, 4] },
      { name: 'errors', tags: ERRORS, control: [10, 20, 30], candidate: [60, 70, 80] },
    ]);
  });

  it('without tags on one side are a placeholder there: their values are not used', () => {
    const tagged = [series('errors', [10, 20], { pod: 'a' }), series('errors', [30], { pod: 'b' })];
    const untagged = [{ ...series('errors', [70, 80, 90]), expected: 2 }];
    expect(pairSeries(['errors'], { control: tagged, candidate: untagged })).toEqual([
      { name: 'errors', tags: { pod: 'a' }, control: [10, 20], candidate: [GAP, GAP] },
      { name: 'errors', tags: { pod: 'b' }, control: [30], candidate: [GAP, GAP] },
    ]);
    expect(pairSeries(['errors'], { control: untagged, candidate: tagged })).toEqual([
      { name: 'errors', tags: { pod: 'a' }, control: [GAP, GAP], candidate: [10, 20] },
      { name: 'errors', tags: { pod: 'b' }, control: [GAP, GAP], candidate: [30] },
    ]);
  });

  it('without a counterpart are paired with gaps, as many as were expected', () => {
    const control = [{ ...series('cpu', [1, 2], { pod: 'a' }), expected: 2 }];
    const candidate = [{ ...series('cpu', [3, 4], { pod: 'b' }), expected: 2 }];
    expect(pairSeries(['cpu'], { control, candidate })).toEqual([
      { name: 'cpu', tags: { pod: 'a' }, control: [1, 2], candidate: [GAP, GAP] },
      { name: 'cpu', tags: { pod: 'b' }, control: [GAP, GAP], candidate: [3, 4] },
    ]);
  });

  it('that are shorter than expected end in gaps, and longer ones stay', () => {
    const control = [{ ...series('cpu', [], CPU), expected: 4 }];
    const candidate = [{ ...series('cpu', [1, 2, 3, 4, 5], CPU), expected: 4 }];
    expect(pairSeries(['cpu'], { control, candidate })).toEqual([
      { name: 'cpu', tags: CPU, control: [GAP, GAP, GAP, GAP], candidate: [1, 2, 3, 4, 5] },
    ]);
  });

  it('with the same tags twice count once: the first', () => {
    const control = [series('cpu', [1], CPU), series('cpu', [2], CPU)];
    expect(pairSeries(['cpu'], { control, candidate: [series('cpu', [3], CPU)] })).toEqual([
      { name: 'cpu', tags: CPU, control: [1], candidate: [3] },
    ]);
  });

  it('cannot be paired when an arm lacks a metric or tags it otherwise', () => {
    const one = [series('cpu', [1], { a: '1' })];
    const refused = (control: readonly MetricSeries[], candidate: readonly MetricSeries[]) => () =>
      pairSeries(['cpu'], { control, candidate });
    expect(refused([], one)).toThrow('cpu cannot be judged: the baseline has no series of it');
    expect(refused(one, [])).toThrow('cpu cannot be judged: the canary has no series of it');
    expect(refused(one, [series('cpu', [1], { b: '1' })])).toThrow(/have the tags a, the canary's b/);
  });
});
