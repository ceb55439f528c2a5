import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { axeComplaints, HAS_CHROMIUM } from './chromium.ts';
import { Crowd } from './crowd.ts';
import { enter, Eyes, type Look } from './dashboard-page.ts';
import { Site, until } from './site.ts';

/** One release was promoted, one was rolled back, one goes on for as long as the tests. */
const LASTING = {
  strategy:
    '{ canary: { steps: [{ weight: 20% }, { analyze: { atLeast: 30m, atMost: 1h } }, { weight: 50% }, { pause: {} }] } }',
  analysis:
    '{ warmUp: 1s, checks: [{ name: errors, errors: {}, worseBy: 50%, safe: "5%", floor: 1% }, { name: latency, latency: {}, worseBy: 500% }] }',
};
/** What reaches beyond the right edge of the page, where it cannot be scrolled to within itself. */
const BEYOND = `[...document.querySelectorAll('body *')]
  .filter((one) => one.getBoundingClientRect().right > innerWidth + 1 && one.closest('.table table, .log') === null)
  .map((one) => one.outerHTML.slice(0, 120))`;
const HOSTILE = '<img src=x onerror="document.title=1"><b>bold</b>';

let site: Site;
let crowd: Crowd;
let eyes: Eyes;

beforeAll(async () => {
  if (!HAS_CHROMIUM) return;
  site = await Site.create();
  await site.declare({ version: 'v1' });
  await site.up('--api-port', '0');
  await site.ok('apply', '--wait');
  crowd = new Crowd(await site.address(), 8);
  crowd.arrive(50);
  expect((await site.release({ version: 'v2' })).outcome).toBe('promoted');
  expect((await site.release({ version: 'v3', errorRatio: 0.5 })).outcome).toBe('rolledBack');
  await site.declare({ version: 'v4' }, LASTING);
  await site.ok('apply');
  eyes = await Eyes.open();
}, 180_000);

afterAll(async () => {
  if (!HAS_CHROMIUM) return;
  await eyes.close();
  await crowd.leave();
  await site.destroy();
}, 60_000);

/** A browser that has come in by a link and looks at the Rollout. */
async function look(how: Look = {}): Promise<Page> {
  const page = await eyes.page(how);
  await enter(page, site);
  await page.getByRole('link', { name: 'shop' }).click();
  await page.getByRole('heading', { name: 'Evidence', exact: true }).waitFor();
  return page;
}

function panel(page: Page, title: string): ReturnType<Page['getByRole']> {
  return page.getByRole('region', { name: title, exact: true });
}

/** Opens everything that can be, the charts' tables within opened parts too. */
async function openAll(page: Page): Promise<void> {
  for (;;) {
    const closed = page.locator('section.panel details:not([open]) > summary').first();
    if ((await closed.count()) === 0) return;
    await closed.click();
  }
}

describe.skipIf(!HAS_CHROMIUM)('the page of a Rollout', () => {
  it('says of each check what it judges, how sure that is, and how it came to be', async () => {
    const page = await look();
    const evidence = panel(page, 'Evidence');
    const errors = evidence.getByRole('article', { name: 'Check errors' });
    await errors.getByText(/Evidence of harm: \d+ % of what stops the release/).waitFor();
    await errors.getByText(/Evidence of safety: \d+ % of what proves it safe/).waitFor();
    await errors.getByText('Evidence of errors over time').click();
    await errors.getByText(/as a table/).click();
    await errors.getByRole('columnheader', { name: 'harm' }).waitFor();
    await errors.locator('canvas').waitFor();
    await page.context().close();
  });

  it('shows an ended release as well, with what it has cost', async () => {
    const page = await look();
    const evidence = panel(page, 'Evidence');
    await evidence.getByLabel('Release', { exact: true }).selectOption('3');
    await evidence.getByText(/rolled back 20/).waitFor();
    await evidence
      .getByRole('article', { name: 'Check errors' })
      .getByRole('heading')
      .getByText('bad')
      .waitFor();
    const served = panel(page, 'What it has cost');
    await served.getByText('In release 3').waitFor();
    await served
      .getByText(/about \d+ \(between \d+ and \d+\) more failed than as many would have on stable/)
      .waitFor();
    await panel(page, 'Latency distribution').getByRole('rowheader', { name: 'canary' }).waitFor();
    await page.context().close();
  });

  it('shows the traffic of each track as it comes, and any part of it, by keyboard alone', async () => {
    const page = await look();
    const chart = panel(page, 'Traffic').getByRole('figure', { name: /^Requests a second/ });
    const value = chart.getByRole('listitem').filter({ hasText: 'canary' });
    await value.getByText(/\d/).waitFor();
    const shown = async (): Promise<string> => (await chart.locator('figcaption').textContent()) ?? '';
    await until(
      'there is enough to look closer at',
      async () => {
        const [, from = '', to = ''] = /second (.*) to (.*)/.exec(await shown()) ?? [];
        return Date.parse(to) - Date.parse(from) > 30_000;
      },
      60_000,
    );
    const all = await shown();
    await chart.getByRole('button', { name: 'Closer' }).focus();
    await page.keyboard.press('Enter');
    await until('less is shown', async () => (await shown()) !== all);
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Enter');
    const before = await shown();
    await until('it stands still', async () => (await shown()) === before);
    await page.context().close();
  });

  it('tells what happens, and by whom, when it happens', async () => {
    const page = await look();
    const events = panel(page, 'Events');
    await events.getByText('ReleaseStarted').first().waitFor();
    await site.ok('pause', 'shop');
    await events.getByRole('listitem').first().getByText('Paused').waitFor();
    await site.ok('resume', 'shop');
    await events.getByRole('listitem').first().getByText('Resumed').waitFor();
    expect(await events.getByText(/by .+ \(claimed\)/).count()).toBeGreaterThan(0);
    await page.context().close();
  });

  it('says that pictures are not there where what draws them does not arrive, and has their tables', async () => {
    const page = await eyes.page();
    await page.route('**/assets/uPlot*', (route) => route.abort());
    await enter(page, site);
    await page.getByRole('link', { name: 'shop' }).click();
    const traffic = panel(page, 'Traffic');
    await traffic.getByText('what draws pictures of lines did not arrive').first().waitFor();
    await traffic.getByText('as a table').first().click();
    await traffic.getByRole('table').first().waitFor();
    await page.context().close();
  });

  it('follows what processes write, and stands still when it is told to', async () => {
    const page = await look();
    const logs = panel(page, 'Logs');
    await logs.getByText('Follow the logs').click();
    await logs.getByText('Following').waitFor();
    await logs.getByRole('button', { name: 'Pause' }).click();
    await logs.getByText(/^Paused; \d+ lines since/).waitFor();
    await logs.getByRole('button', { name: 'Tracks side by side' }).click();
    expect(await logs.getByRole('region').count()).toBe(2);
    await page.context().close();
  });

  it('tells what is different between two versions, path by path', async () => {
    const page = await look();
    const diff = panel(page, 'What is different');
    await diff.getByRole('rowheader', { name: 'artefact' }).waitFor();
    const before = diff.getByLabel('Before');
    const after = await diff.getByLabel('After').inputValue();
    await before.selectOption(after);
    await diff.getByText('Nothing is different.').waitFor();
    await page.context().close();
  });

  it.each([
    [1_100, 'light'],
    [320, 'dark'],
  ] as const)('has nothing that axe complains of, %d pixels wide and %s', async (width, colours) => {
    const page = await look({ width, colours });
    await openAll(page);
    expect(await axeComplaints(page)).toEqual([]);
    expect(await page.evaluate<string[]>(BEYOND)).toEqual([]);
    await page.context().close();
  });

  it('leads from an ended release to its report, which is not scrolled to on a small desk', async () => {
    const page = await look({ width: 1_024 });
    await panel(page, 'History').getByRole('link', { name: 'Report of release 3' }).waitFor();
    const hidden = `(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)(
      document.querySelector('[aria-label^="Ended releases"]'))`;
    expect(await page.evaluate<number>(hidden)).toBe(0);
    const opened = page.context().waitForEvent('page');
    await panel(page, 'History').getByRole('link', { name: 'Report of release 3' }).click();
    const report = await opened;
    await report
      .getByText(/rolled back/)
      .first()
      .waitFor();
    await page.context().close();
  });

  it('shows what people write as the text it is', async () => {
    const page = await look();
    await page.evaluate('document.title = "untouched"');
    await site.ok('abort', 'shop', '--reason', HOSTILE);
    await panel(page, 'Events').getByText(HOSTILE).first().waitFor();
    await panel(page, 'History').getByText(HOSTILE).first().waitFor();
    expect(await page.locator('img, section b').count()).toBe(0);
    expect(await page.title()).not.toBe('1');
    await page.context().close();
  });

  it('has broken no rule of its own, and no script has failed', () => {
    expect(eyes.complaints).toEqual([]);
  });
});
