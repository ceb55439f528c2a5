import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reportComment } from './comment.ts';
import { reportOf } from './report.ts';
import { aRecording, aRecordingOfVariants, aRecordingWith } from './testing/recordings.ts';

describe('the comment on a release', () => {
  it('is a verdict, a sentence, its numbers and a table', () => {
    const lines = reportComment(reportOf(aRecording('failing'))).split('\n');
    expect(lines[0]).toBe('### shop, release 1: rolled back');
    expect(lines[2]).toMatch(
      /^\*\*rolled back\*\*: Release 1 of shop, r1-old → r1-new, was rolled back after 18s: errors: /,
    );
    expect(lines).toContain('| check | verdict | ratio to stable (95 %) | harm not excluded |');
    expect(lines.filter((line) => line.startsWith('| errors | bad | ×'))).toHaveLength(1);
    expect(lines.length).toBeLessThan(20);
  });

  it('says that copies harm nobody', () => {
    const recording = aRecording('failing');
    const steps = recording.steps.map((step) => ({ ...step, weights: { stable: 1 }, copies: 0.2 }));
    expect(reportComment(reportOf({ ...recording, steps }))).toContain(
      'Harmed: nobody. Only copies of requests',
    );
    expect(reportComment(reportOf(recording))).not.toContain('copies');
  });

  it('has a row for each of several variants', () => {
    const lines = reportComment(reportOf(aRecordingOfVariants())).split('\n');
    expect(lines).toContain('| variant | requests | failed | users | reached the goal | verdict |');
    expect(lines.filter((line) => /^\| (green|red) \| \d[\d,]* \| \d+ \|/.test(line))).toHaveLength(2);
  });

  it.each([
    ['a call', '@all-of-you', /@all/],
    ['a link', 'see https://example.com and www.example.com', /https:\/\/|www\.example/],
    ['a picture', '![x](https://example.com/x.png)', /!\[/],
    ['HTML', '<img src=x> &amp;', /[^\\]<|[^\\]&/],
    ['a cell', 'a | b', /a \| b/],
    ['code', '`x`', /[^\\]`/],
    ['a smile', 'fine :smile:', /[^\\]:smile:/],
    ['a heading', 'x\n# heading', /^# /m],
  ])('makes text of %s', (_, text, forbidden) => {
    expect(reportComment(reportOf(aRecordingWith(text)))).not.toMatch(forbidden);
  });

  it('has as many lines and cells whatever users write', () => {
    const shape = (text: string): readonly number[] =>
      reportComment(reportOf(aRecordingWith(text)))
        .split('\n')
        .map((line) => line.replaceAll(/\\./g, '').split('|').length);
    const usual = shape('x');
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (text) => {
        expect(shape(`x${text}x`)).toEqual(usual);
      }),
      { numRuns: 60 },
    );
  });
});
