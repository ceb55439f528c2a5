import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startLoad, type Load } from '../../src/cli/demo/load.ts';
import { reportPage } from '../../src/report/page/page.ts';
import { reportOf, type ReportView } from '../../src/report/report.ts';
import { aRecordingWith } from '../../src/report/testing/recordings.ts';
import { axeComplaints, HAS_CHROMIUM, launchChromium } from './chromium.ts';
import { Site } from './site.ts';

describe('the report of a real release', () => {
  let site: Site;
  let load: Load | undefined;

  beforeEach(async () => {
    site = await Site.create();
  });

  afterEach(async () => {
    await load?.stop();
    load = undefined;
    await site.destroy();
  });

  async function release(version: string, errorRatio: number): Promise<number> {
    const from = await site.artefact({ version, errorRatio });
    const args = ['release', 'shop', '--from', from, '--wait', '--timeout', '90s', '--report', 'reports'];
    return (await site.run(...args)).code;
  }

  async function reportIn(file: string): Promise<ReportView> {
    return JSON.parse(await readFile(path.join(site.dir, file), 'utf8')) as ReportView;
  }

  it('tells of one that was promoted and of one that was rolled back, and each can be judged again', async () => {
    await site.declare({ version: 'v1' });
    await site.up();
    await site.ok('apply', '--wait', '--timeout', '30s');
    load = startLoad(await site.address(), 200);
    expect(await release('v2', 0)).toBe(0);
    expect(await release('v3', 0.3)).toBe(3);
    expect((await readdir(path.join(site.dir, 'reports'))).sort()).toEqual(
      [2, 3].flatMap((number) => ['html', 'json', 'md'].map((form) => `shop-${number}.${form}`)),
    );
    const [promoted, rolledBack] = [
      await reportIn('reports/shop-2.json'),
      await reportIn('reports/shop-3.json'),
    ];
    expect([promoted.release.outcome, rolledBack.release.outcome]).toEqual(['promoted', 'rolledBack']);
    expect(promoted.computed.steps.every(({ startedAt }) => startedAt !== undefined)).toBe(true);
    expect(promoted.events?.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['ReleaseStarted', 'StepStarted', 'RouteConfirmed', 'Promoted']),
    );
    expect(rolledBack.computed.failed?.low).toBeGreaterThan(0);
    expect(rolledBack.computed.checks[0]).toMatchObject({ name: 'errors', verdict: 'bad', harm: 1 });
    // Over the API it is the same.
    expect(await site.api('rollouts/shop/releases/3/report')).toEqual(rolledBack);
    await site.ok('down', '--yes');
    for (const [file, status] of [
      ['2', 0],
      ['3', 3],
    ] as const) {
      const again = await site.run('analyze', '--replay', `reports/shop-${file}.json`, '--output', 'json');
      expect([again.code, JSON.parse(again.out)]).toMatchObject([status, { recomputed: { same: true } }]);
    }
    await site.ok('report', '--from', 'reports/shop-3.json', '--html', 'again.html');
    const pages = ['again.html', 'reports/shop-3.html'].map((file) =>
      readFile(path.join(site.dir, file), 'utf8'),
    );
    const [again, before] = await Promise.all(pages);
    expect(again).toBe(before);
  });
});

describe.skipIf(!HAS_CHROMIUM)('the page of a release in a browser', () => {
  let browser: Browser;
  let file = '';

  beforeAll(async () => {
    browser = await launchChromium();
    file = path.join(await mkdtemp(path.join(tmpdir(), 'coalmine-report-')), 'page.html');
  });

  afterAll(async () => {
    await browser.close();
    await rm(path.dirname(file), { recursive: true, force: true });
  });

  it.each(['light', 'dark'] as const)(
    'can be read by everybody, loads nothing, and fits: %s',
    async (colorScheme) => {
      await writeFile(file, reportPage(reportOf(aRecordingWith('x <b>y</b> '.repeat(8)))));
      const page = await browser.newPage({ colorScheme, viewport: { width: 390, height: 800 } });
      const asked: string[] = [];
      const complaints: string[] = [];
      page.on('request', (one) => asked.push(one.url()));
      page.on('console', (message) => complaints.push(message.text()));
      await page.goto(pathToFileURL(file).href);
      expect(asked.filter((url) => !url.startsWith('data:'))).toEqual([pathToFileURL(file).href]);
      expect(complaints).toEqual([]);
      expect(await axeComplaints(page)).toEqual([]);
      // Nothing is wider than a phone, but tables within their own frames.
      expect(await page.evaluate<boolean>('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
      expect(await page.locator('svg[role=img]').count()).toBeGreaterThan(5);
      await page.close();
    },
  );

  it('prints', async () => {
    await writeFile(file, reportPage(reportOf(aRecordingWith('x'))));
    const page = await browser.newPage();
    await page.goto(pathToFileURL(file).href);
    const pdf = await page.pdf({ format: 'A4' });
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    await page.close();
  });
});
