import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { Crowd } from '../test/e2e/crowd.ts';
import { enter, Eyes } from '../test/e2e/dashboard-page.ts';
import { freePort, Site, until } from '../test/e2e/site.ts';

/** Long enough to be looked at. */
const STEPS =
  '{ canary: { steps: [{ weight: 5% }, { pause: 1s }, { weight: 25% }, { analyze: { atLeast: 5m, atMost: 30m } }, { weight: 50% }, { analyze: { atLeast: 5m, atMost: 30m } }] } }';
const GATED = {
  strategy: '{ blueGreen: { bake: 0s, keepStable: 0s } }',
  analysis: '',
  gates: '[{ name: release-managers, at: switch, approval: { by: ["token:ana"] } }]',
};
const WIDTH = 1_000;
const HEIGHT = 860;

/** Takes the pictures of the dashboard's main pages, light and dark, of releases that are under way. */
export async function takePictures(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  const site = await Site.create();
  const eyes = await Eyes.open();
  const port = await freePort();
  let crowd: Crowd | undefined;
  try {
    crowd = await busy(site, port);
    const { secret } = await site.json<{ secret: string }>('token', 'create', 'ana', '--role', 'operator');
    for (const colours of ['light', 'dark'] as const) {
      const take = async (page: Page, name: string): Promise<void> => {
        await page.screenshot({ path: path.join(directory, `${name}-${colours}.png`) });
      };
      await takeWide(await eyes.page({ colours, width: WIDTH }), site, take);
      await takeApproval({ page: await eyes.page({ colours, width: 360 }), port, secret }, take);
    }
  } finally {
    await crowd?.leave();
    await eyes.close();
    await site.destroy();
  }
}

/** A canary that is judged, a gate that waits, and two at rest. */
async function busy(site: Site, port: number): Promise<Crowd> {
  await site.declare({ version: 'v1' }, { strategy: STEPS });
  await site.up('--api-port', String(port));
  await site.ok('apply', '--wait', '--timeout', '30s');
  const crowd = new Crowd(await site.address(), 25);
  crowd.arrive(40);
  await declareAs(site, 'search', { strategy: '{ recreate: {} }', analysis: '' });
  await declareAs(site, 'mail', { strategy: '{ ramped: {} }', analysis: '' });
  await declareAs(site, 'checkout', GATED);
  const from = await site.artefact({ version: 'v2' });
  await site.ok('release', 'checkout', '--from', from);
  await site.ok('release', 'shop', '--from', from);
  await until('the canary is judged', async () => (await stepOf(site)) === 1, 60_000);
  return crowd;
}

type Take = (page: Page, name: string) => Promise<void>;

async function takeWide(page: Page, site: Site, take: Take): Promise<void> {
  await page.setViewportSize({ width: WIDTH, height: 440 });
  await enter(page, site);
  await page.getByRole('link', { name: /checkout/ }).waitFor();
  await take(page, 'overview');
  await page.setViewportSize({ width: WIDTH, height: HEIGHT });
  await page.getByRole('link', { name: /shop/ }).click();
  await page.getByText('canary 25%').first().waitFor();
  // Lines need some seconds to be lines.
  await new Promise((resolve) => setTimeout(resolve, 15_000));
  await take(page, 'rollout');
  await page.evaluate("document.querySelector('#evidence-title').scrollIntoView()");
  await take(page, 'panels');
}

interface Approver {
  readonly page: Page;
  readonly port: number;
  readonly secret: string;
}

/** On a small screen, by who has a say. */
async function takeApproval({ page, port, secret }: Approver, take: Take): Promise<void> {
  await page.goto(`http://127.0.0.1:${port}/`);
  await page.getByLabel('Token').fill(secret);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('link', { name: /checkout/ }).click();
  await page.getByRole('button', { name: 'Approve' }).click();
  await page.getByRole('dialog').waitFor();
  await take(page, 'approval');
}

async function declareAs(
  site: Site,
  name: string,
  differences: Readonly<Record<string, string>>,
): Promise<void> {
  await site.declare(
    { version: 'v1' },
    { traffic: `{ gateway: { host: ${name}.example.com } }`, ...differences },
  );
  const file = path.join(site.dir, 'coalmine.yaml');
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace('name: shop', `name: ${name}`));
  await site.ok('apply', '--wait', '--timeout', '30s');
}

async function stepOf(site: Site): Promise<number | undefined> {
  const { release } = await site.api<{ release?: { step: number; stage: string } }>('rollouts/shop');
  return release?.stage === 'wait' ? release.step : undefined;
}
