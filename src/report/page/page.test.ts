import fc from 'fast-check';
import { HtmlValidate } from 'html-validate';
import { describe, expect, it } from 'vitest';
import { MOST_VARIANTS } from '../../rollout/resolve/ab.ts';
import { reportOf } from '../report.ts';
import { aRecording, aRecordingOfVariants, aRecordingWith, lasting } from '../testing/recordings.ts';
import { valueAt } from './figure.ts';
import { reportPage } from './page.ts';

const VALIDATOR = new HtmlValidate({
  extends: ['html-validate:recommended', 'html-validate:document'],
  // Both are HTML; prettier writes the one in the sources.
  rules: { 'void-style': ['error', { style: 'selfclosing' }] },
});

async function faultsOf(page: string): Promise<readonly string[]> {
  const { results } = await VALIDATOR.validateString(page);
  return results.flatMap(({ messages }) =>
    messages.map(({ ruleId, message, line }) => `${line}: ${ruleId}: ${message}`),
  );
}

/** What of a page a browser takes for elements and their attributes, in their order. */
function skeletonOf(page: string): readonly string[] {
  return [...page.matchAll(/<\/?([a-zA-Z][\w-]*)((?:\s+[\w-]+(?:="[^"]*")?)*)\s*\/?>/g)].map(
    ([, tag = '', attributes = '']) =>
      `${tag} ${[...attributes.matchAll(/([\w-]+)(?:="[^"]*")?/g)].map(([, name]) => name).join()}`,
  );
}

const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onload='alert(1)",
  '</style><script>',
  '</title><svg onload=alert(1)>',
  '<!--',
  ']]>',
  '&lt;b&gt;',
  '\u0000\u0008\uFFFF',
  'a\u202Egnp.exe',
  '\uD800',
  '${html`x`}',
  'toString',
  '__proto__',
];

const hostile = fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary', minLength: 1 }));

describe('the page of a release', () => {
  it.each([
    ['a good one', aRecording('good')],
    ['one that failed its users', aRecording('failing')],
    ['one with everything', aRecordingWith('x')],
    ['one of several variants', aRecordingOfVariants()],
    ['one without a tick', { ...aRecording('failing'), ticks: [] }],
    ['one of which nothing is known', { ...aRecording(), ticks: [], events: [], steps: [], kept: undefined }],
  ])('is HTML that a validator finds nothing wrong with: %s', async (_, recording) => {
    const { kept, ...rest } = recording;
    const page = reportPage(reportOf({ ...rest, ...(kept === undefined ? {} : { kept }) }));
    expect(await faultsOf(page)).toEqual([]);
  });

  it.each(HOSTILE)('takes what users write for text: %j', async (text) => {
    const page = reportPage(reportOf(aRecordingWith(text)));
    expect(await faultsOf(page)).toEqual([]);
    expect(page).not.toMatch(/<script|<img|onerror=alert\(1\)>|onload='/);
  });

  it('has the same elements and attributes whatever users write', () => {
    const usual = skeletonOf(reportPage(reportOf(aRecordingWith('x'))));
    fc.assert(
      fc.property(hostile, (text) => {
        expect(skeletonOf(reportPage(reportOf(aRecordingWith(text))))).toEqual(usual);
      }),
      { numRuns: 40 },
    );
  });

  it('loads nothing, runs nothing, and says so', () => {
    const page = reportPage(reportOf(aRecording('failing')));
    expect(page).not.toMatch(/<script|<iframe|<object|@import|url\(|\son\w+=|\sstyle=/i);
    expect([...page.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, target]) => target)).toEqual(['data:,']);
    expect(page).toContain(`http-equiv="Content-Security-Policy"`);
  });

  it('shows each of several variants by its name, with a stroke of its own', () => {
    const page = reportPage(reportOf(aRecordingOfVariants()));
    const keys = [...page.matchAll(/<line class="([\w-]+)" x1="0"[^>]*>\s*<\/svg>\s*([^<]*?)\s*<\/span/g)];
    const tonesOf = (name: string) => new Set(keys.filter(([, , of]) => of === name).map(([, tone]) => tone));
    expect(tonesOf('variant:green')).toEqual(new Set(['variant-0']));
    expect(tonesOf('variant:red')).toEqual(new Set(['variant-1']));
    // Shares, requests, failures and latencies.
    expect(keys.filter(([, , of]) => of === 'variant:red')).toHaveLength(4);
    expect(page).not.toContain('new version</span');
    const strokes = [...page.matchAll(/svg \.variant-\d+ \{ stroke: [^;]*; stroke-dasharray: ([^;]*);/g)];
    expect(new Set(strokes.map(([, dash]) => dash)).size).toBe(MOST_VARIANTS - 1);
  });

  it.each([
    ['one candidate', aRecording('failing')],
    ['several variants', aRecordingOfVariants()],
  ])('shows no number of its own: each is in the JSON, where the page says, of %s', (_, recording) => {
    const report = reportOf(recording);
    const computed: unknown = JSON.parse(JSON.stringify(report.summary));
    const shown = [...reportPage(report).matchAll(/<data value="([^"]*)" data-of="([^"]*)"/g)];
    expect(shown.length).toBeGreaterThan(40);
    for (const [, value, path = ''] of shown)
      expect([path, String(valueAt(computed, path))]).toEqual([path, value]);
  });

  it('has a chart of the evidence with its limit for each check that weighs any, and of values for others', () => {
    const page = reportPage(reportOf(aRecording('good')));
    expect(page).toContain('aria-label="Evidence of errors, as a part of what decides"');
    expect(page).toContain('aria-label="Evidence of latency, as a part of what decides"');
    expect(page).toContain('aria-label="Values of limit"');
    expect(page).toContain('limit ×1.5');
  });

  it('is no larger for a release of a day than twice one of an hour', () => {
    const size = (ticks: number): number => reportPage(reportOf(lasting(aRecording('good'), ticks))).length;
    const [hour, day] = [size(720), size(17_280)];
    expect(day).toBeLessThan(2 * hour);
    expect(day).toBeLessThan(200_000);
  });
});
