import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RolloutView, StreamMessage } from '../../src/api/resources.ts';
import { startApiServer, type ApiServer } from '../../src/api/server.ts';
import { accessTo, fakeOperations, SECRET } from '../cli/fake.ts';
import { aReleasingView, aView } from '../cli/views.ts';
import { HAS_CHROMIUM } from './chromium.ts';
import { Eyes } from './dashboard-page.ts';

const COUNT = 1_000;
/** One in so many is being released. */
const BUSY = 50;

function nameOf(index: number): string {
  return `service-${String(index).padStart(4, '0')}`;
}

function rollout(index: number, message: string): RolloutView {
  const view = index % BUSY === 0 ? aReleasingView() : aView();
  return { ...view, name: nameOf(index), message };
}

describe.skipIf(!HAS_CHROMIUM)('the dashboard of 1,000 Rollouts', () => {
  let eyes: Eyes;
  let server: ApiServer;
  let dataDir: string;
  let page: Page;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'coalmine-many-'));
    const all = Array.from({ length: COUNT }, (_, index) => rollout(index, 'as it was'));
    const operations = fakeOperations({
      list: () => Promise.resolve(all),
      events: () => Promise.resolve([]),
      stream: (_, signal) => changing(signal),
    });
    server = await startApiServer({
      dataDir,
      port: 0,
      dashboard: resolve('dist/web'),
      access: accessTo(operations),
      onBug: (thrown) => {
        throw thrown;
      },
    });
    eyes = await Eyes.open();
    page = await eyes.page();
    await page.setExtraHTTPHeaders({ authorization: `Bearer ${SECRET}` });
    await page.goto(server.url ?? '');
    await page.getByText('1000 Rollouts').waitFor();
  });
  afterAll(async () => {
    await eyes.close();
    await server.close();
    await rm(dataDir, { recursive: true, force: true });
    expect(eyes.complaints).toEqual([]);
  });

  /** A snapshot of each, as at the beginning of every stream, and then of a hundred again and again. */
  async function* changing(signal: AbortSignal): AsyncIterable<StreamMessage> {
    for (let index = 0; index < COUNT; index += 1)
      yield { kind: 'rollout', rollout: rollout(index, 'as it is') };
    for (let round = 1; !signal.aborted; round += 1) {
      for (let index = 0; index < 100; index += 1)
        yield { kind: 'rollout', rollout: rollout(index, `changed ${round} times`) };
      await new Promise((next) => setTimeout(next, 100));
    }
  }

  /** Waits for it to be seen, too. */
  function focused(index: number): Locator {
    return page.locator('a:focus strong', { hasText: nameOf(index) });
  }

  it('draws the rows that are seen, and says how many there are', async () => {
    const rows = page.getByRole('list', { name: 'Rollouts' }).getByRole('listitem');
    expect(await rows.count()).toBeLessThan(60);
    expect(await rows.first().getAttribute('aria-setsize')).toBe('1000');
    await page
      .getByText(/changed \d+ times/)
      .first()
      .waitFor();
  });

  it('puts those first that are being released', async () => {
    const names = page.getByRole('list', { name: 'Rollouts' }).locator('strong');
    expect((await names.allTextContents()).slice(0, 3)).toEqual([nameOf(0), nameOf(50), nameOf(100)]);
  });

  it('is gone through to the last by the keyboard, and back', async () => {
    await page.keyboard.press('/');
    await page.keyboard.press('ArrowDown');
    await focused(0).waitFor();
    await page.keyboard.press('End');
    await focused(999).waitFor();
    await page.keyboard.press('Home');
    await focused(0).waitFor();
  });

  it('is searched while everything changes', async () => {
    await page.keyboard.press('/');
    await page.keyboard.type('service-0777');
    await page.getByText('1 of 1000 Rollouts').waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: nameOf(777), exact: true }).waitFor();
  });
});
