import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Crowd } from './crowd.ts';
import { axeComplaints, HAS_CHROMIUM } from './chromium.ts';
import { enter, Eyes } from './dashboard-page.ts';
import { freePort, Site, until } from './site.ts';

const TO_BE_RESUMED = { strategy: '{ canary: { steps: [{ weight: 20% }, { pause: {} }] } }', analysis: '' };
const GATED = {
  strategy: '{ blueGreen: { bake: 0s, keepStable: 0s } }',
  analysis: '',
  gates: '[{ name: sre, at: switch, approval: { by: ["token:ben"] } }]',
};

/** What makes a page wider than its window, so that lines are read by scrolling. */
function tooWide(page: Page): Promise<readonly string[]> {
  return page.evaluate(`(() => {
    if (document.documentElement.scrollWidth <= innerWidth) return [];
    const scrolls = (one) => one !== null && (/auto|scroll/.test(getComputedStyle(one).overflowX) || scrolls(one.parentElement));
    return [...document.querySelectorAll('main *')]
      .filter((one) => one.getBoundingClientRect().right > innerWidth && !scrolls(one))
      .map((one) => one.outerHTML.slice(0, 120));
  })()`);
}

describe.skipIf(!HAS_CHROMIUM)('the dashboard in a browser', () => {
  let eyes: Eyes;
  let site: Site;
  let crowd: Crowd | undefined;
  let port: number;

  beforeAll(async () => {
    eyes = await Eyes.open();
  });
  afterAll(async () => {
    await eyes.close();
  });
  beforeEach(async () => {
    site = await Site.create();
    port = await freePort();
  });
  afterEach(async () => {
    await crowd?.leave();
    crowd = undefined;
    await site.destroy();
    expect(eyes.complaints.splice(0)).toEqual([]);
  });

  async function live(differences: Readonly<Record<string, string>> = {}): Promise<void> {
    await site.declare({ version: 'v1' }, differences);
    await site.up('--api-port', String(port));
    await site.ok('apply', '--wait', '--timeout', '30s');
  }

  async function release(): Promise<void> {
    await site.ok('release', 'shop', '--from', await site.artefact({ version: 'v2' }));
  }

  async function openShop(page: Page): Promise<void> {
    await page.getByRole('link', { name: /shop/ }).click();
    await page.getByRole('heading', { name: 'shop', exact: true }).waitFor();
  }

  async function lastOutcome(): Promise<string> {
    const [last] = await site.api<{ outcome: string; reason: string }[]>('rollouts/shop/releases');
    return `${last?.outcome}: ${last?.reason}`;
  }

  async function logIn(page: Page, ...options: readonly string[]): Promise<void> {
    const { secret } = await site.json<{ secret: string }>('token', 'create', ...options);
    await page.goto(`http://127.0.0.1:${port}/`);
    await page.getByLabel('Token').fill(secret);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('heading', { name: 'Rollouts' }).waitFor();
  }

  it('shows how traffic moves to a good version, step by step, until it is promoted', async () => {
    await live();
    crowd = new Crowd(await site.address(), 10);
    crowd.arrive(20);
    const page = await eyes.page();
    await enter(page, site);
    await openShop(page);
    await release();
    const split = page.getByRole('list', { name: 'Traffic' });
    for (const share of ['canary 20%', 'canary 50%', 'stable 100%']) {
      await split.getByText(share).waitFor({ timeout: 60_000 });
    }
    await page.getByText(/Release 2 was promoted/).waitFor();
    await page.getByText('shop: Healthy').waitFor({ state: 'attached' });
    expect(await page.title()).toBe('shop · Healthy · coalmine');
  });

  it('aborts a release once that is confirmed, with the reason that was given', async () => {
    await live(TO_BE_RESUMED);
    const page = await eyes.page();
    await enter(page, site);
    await openShop(page);
    await release();
    await page.getByText('shop: Paused').waitFor({ state: 'attached' });
    const abort = page.getByRole('button', { name: 'Abort' });
    await abort.click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Abort');
    await abort.click();
    await page.getByLabel(/Why/).fill('too slow by eye');
    await page.getByRole('dialog').getByRole('button', { name: 'Abort' }).click();
    await page.getByText(/Release 2 was aborted/).waitFor();
    expect(await lastOutcome()).toMatch(/^aborted: .*too slow by eye/);
  });

  it('shows in the dialog what the server refuses, and why', async () => {
    await live(TO_BE_RESUMED);
    await release();
    const page = await eyes.page();
    await enter(page, site);
    await openShop(page);
    await page.getByRole('button', { name: 'Promote', exact: true }).click();
    await site.ok('abort', 'shop');
    await page.getByText(/Release 2 was aborted/).waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Promote' }).click();
    await page.getByRole('dialog').getByRole('alert').filter({ hasText: 'cannot promote' }).waitFor();
    expect(await page.getByRole('dialog').isVisible()).toBe(true);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  it('lets those have a say at a gate whose word counts, and nobody else', async () => {
    await live(GATED);
    await release();
    const [viewer, ana, ben] = [await eyes.page(), await eyes.page(), await eyes.page()];
    await enter(viewer, site, '--role', 'viewer');
    await logIn(ana, 'ana', '--role', 'operator');
    await logIn(ben, 'ben', '--role', 'operator');
    for (const page of [viewer, ana, ben]) {
      await openShop(page);
      await page.getByRole('heading', { name: 'The gate sre waits for approval' }).waitFor();
    }
    for (const page of [viewer, ana]) {
      await page.getByText('You have no say in it.').waitFor();
      expect(await page.getByRole('button', { name: 'Approve' }).count()).toBe(0);
    }
    expect(await viewer.getByRole('heading', { name: 'Actions' }).count()).toBe(0);
    await ben.getByRole('button', { name: 'Approve' }).click();
    await ben.getByLabel('Comment').fill('looked at it');
    await ben.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
    await viewer.getByText(/Release 2 was promoted/).waitFor({ timeout: 60_000 });
  });

  it('says that the server is lost and how old everything is, and goes on once it is back', async () => {
    await live(TO_BE_RESUMED);
    const page = await eyes.page();
    await enter(page, site);
    await openShop(page);
    await site.killControl();
    await page.getByText(/What is shown was true at/).waitFor();
    await site.up('--api-port', String(port));
    await page.getByText(/What is shown was true at/).waitFor({ state: 'detached', timeout: 60_000 });
    await release();
    await page.getByText('shop: Paused').waitFor({ state: 'attached', timeout: 60_000 });
  });

  it('is used by the keyboard alone: found, aborted, and left', async () => {
    await live(TO_BE_RESUMED);
    await release();
    const page = await eyes.page();
    await enter(page, site);
    await page.getByRole('link', { name: /shop/ }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('sho');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByText('shop: Paused').waitFor({ state: 'attached' });
    expect(await page.evaluate('document.activeElement.textContent')).toBe('shop');
    for (let presses = 0; presses < 30; presses += 1) {
      if ((await page.evaluate('document.activeElement.textContent')) === 'Abort') break;
      await page.keyboard.press('Tab');
    }
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.type('by hand');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByText(/Release 2 was aborted/).waitFor();
    expect(await page.evaluate('document.activeElement === document.body')).toBe(false);
    expect(await lastOutcome()).toMatch(/by hand/);
  });

  it('is for everybody: axe finds nothing on any page, in light and dark, wide and narrow', async () => {
    await live(GATED);
    await release();
    await until(
      'it waits',
      async () => (await site.api<{ phase: string }>('rollouts/shop')).phase === 'Waiting',
    );
    for (const look of [
      { colours: 'light' },
      { colours: 'dark' },
      { colours: 'light', width: 320 },
    ] as const) {
      const page = await eyes.page(look);
      await page.goto(`http://127.0.0.1:${port}/`);
      await page.getByRole('heading', { name: 'Log in' }).waitFor();
      expect(await axeComplaints(page), 'login').toEqual([]);
      await logIn(page, `ben-${look.colours}-${page.viewportSize()?.width}`, '--role', 'operator');
      expect(await axeComplaints(page), 'overview').toEqual([]);
      await openShop(page);
      expect(await axeComplaints(page), 'Rollout').toEqual([]);
      expect(await tooWide(page)).toEqual([]);
      await page.getByRole('button', { name: 'Abort' }).click();
      expect(await axeComplaints(page), 'dialog').toEqual([]);
      await page.goto(`http://127.0.0.1:${port}/rollouts/nobody`);
      await page.getByText('There is no such Rollout').waitFor();
      expect(await axeComplaints(page), 'nobody').toEqual([]);
    }
  });

  it('lets nobody in after he has logged out', async () => {
    await live(TO_BE_RESUMED);
    const page = await eyes.page();
    await enter(page, site);
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByRole('heading', { name: 'Log in' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Log in' }).waitFor();
    await page.getByLabel('Token').fill('coalmine_nobody');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('alert').filter({ hasText: /token/ }).waitFor();
  });
});
