import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { axeComplaints, HAS_CHROMIUM } from './chromium.ts';
import { enter, Eyes, type Look } from './dashboard-page.ts';
import { Site, until } from './site.ts';

const HOUR_MS = 3_600_000;
const AB =
  '{ ab: { unit: { cookie: uid }, variants: [{ name: blue, share: 40%, stable: true }, { name: green, share: 30%, env: { BUTTON: green } }, { name: red, share: 30%, env: { BUTTON: red } }], goal: { conversion: { method: POST, path: /button/orders, status: 2xx }, minimumEffect: 50% } } }';
const CHECKED = '{ warmUp: 0s, checks: [{ name: errors, errors: {}, worseBy: 50%, floor: 1% }] }';
const SWITCH = '{ blueGreen: { bake: 0s, keepStable: 0s } }';

let site: Site;
let eyes: Eyes;
let old: Server;
let address: string;
let visits: NodeJS.Timeout;

/** A time of day that is so far from now. */
function clock(fromNowMs: number): string {
  return new Date(Date.now() + fromNowMs).toISOString().slice(11, 16);
}

/** A window that is open when nobody of these tests is there any more. */
const HOURS = `{ name: hours, at: switch, window: { from: "${clock(8 * HOUR_MS)}", to: "${clock(9 * HOUR_MS)}" } }`;
const AFTER = '{ name: after, at: switch, rollout: { name: shop, phase: Degraded } }';

/** One Rollout of these tests. */
function declared(name: string, from: string, more: Readonly<Record<string, string>>): string {
  const spec = {
    workload: `{ process: { from: ${from}, command: [node, server.mjs], replicas: 1, ready: { http: /healthz, every: 100ms }, stop: { drain: 1s } } }`,
    ...more,
  };
  const lines = Object.entries(spec).map(([key, text]) => `  ${key}: ${text}`);
  return ['kind: Rollout', `metadata: { name: ${name} }`, 'spec:', ...lines, ''].join('\n');
}

/** The first of two that are released as one, which the gates hold. */
function first(from: string, gates: string): string {
  return declared('first', from, {
    traffic: '{ gateway: { path: /first } }',
    strategy: SWITCH,
    group: '{ name: pair, order: 1 }',
    gates: `[${gates}]`,
  });
}

/** Rollouts in every situation that no other test of the page has. */
async function declareAll(): Promise<void> {
  const from = await site.artefact({ version: 'v1' });
  const { port } = old.address() as AddressInfo;
  const legacy = `legacy: "http://127.0.0.1:${port}"`;
  const routes = `[{ path: /goods, to: { new: {} } }, { path: /, to: { ${legacy} } }]`;
  const hook =
    '{ name: migrate, at: beforeCandidate, command: [node, -e, "console.log(\'tables are there\')"] }';
  const rollouts = [
    declared('shop', from, {
      traffic: `{ gateway: { routes: ${routes} } }`,
      strategy: '{ recreate: {} }',
      hooks: `[${hook}]`,
    }),
    declared('button', from, { traffic: '{ gateway: { path: /button } }', strategy: AB, analysis: CHECKED }),
    declared('copies', from, {
      traffic: '{ gateway: { path: /copies, timeout: 2s } }',
      strategy: '{ shadow: { share: 100%, until: { requests: 300, atMost: 60s }, compare: {} } }',
      analysis: '{ warmUp: 0s }',
    }),
    first(from, `${HOURS}, ${AFTER}`),
    declared('second', from, { strategy: '{ recreate: {} }', group: '{ name: pair, order: 2 }' }),
  ];
  await writeFile(path.join(site.dir, 'coalmine.yaml'), rollouts.join('---\n'));
}

/** Users, each new, of everything that is to be seen with some. */
function visit(count: number): void {
  const ask = (to: string, method = 'GET'): void => {
    const headers = { cookie: `uid=u${count}` };
    void fetch(new URL(to, address), { method, headers }).then(
      (answer) => answer.arrayBuffer(),
      () => undefined,
    );
  };
  ask('/button/orders', 'POST');
  ask('/button');
  ask('/copies');
  ask(count % 2 === 0 ? '/goods' : '/cart');
}

beforeAll(async () => {
  if (!HAS_CHROMIUM) return;
  eyes = await Eyes.open();
  site = await Site.create();
  old = createServer((_, response) => response.end('old\n'));
  await new Promise<void>((resolve) => old.listen(0, '127.0.0.1', resolve));
  await declareAll();
  await site.up('--api-port', '0');
  await site.ok('apply', '--wait', '--timeout', '60s');
  ({ address } = await site.api<{ address: string }>('rollouts/shop'));
  let count = 0;
  visits = setInterval(() => {
    visit((count += 1));
  }, 25);
  const better = await site.artefact({ version: 'v2' });
  await site.ok('release', 'button', '--from', better);
  await site.ok('release', 'copies', '--from', await site.artefact({ version: 'v3', garbage: true }));
  await site.ok('release', '--group', 'pair', '--from', better);
}, 180_000);

afterAll(async () => {
  if (!HAS_CHROMIUM) return;
  clearInterval(visits);
  await eyes.close();
  await site.destroy();
  old.closeAllConnections();
  old.close();
}, 60_000);

/** A browser that looks at a Rollout. */
async function look(name: string, how: Look = {}): Promise<Page> {
  const page = await eyes.page(how);
  await enter(page, site);
  await page.getByRole('link', { name: new RegExp(`^${name}`) }).click();
  await page.getByRole('heading', { name, exact: true }).waitFor();
  return page;
}

function panel(page: Page, title: string): ReturnType<Page['getByRole']> {
  return page.getByRole('region', { name: title, exact: true });
}

/** Holds the page to axe's rules as it is, and leaves it. */
async function leave(page: Page): Promise<void> {
  expect(await axeComplaints(page)).toEqual([]);
  await page.context().close();
}

describe.skipIf(!HAS_CHROMIUM)('the page of a Rollout tells', () => {
  it('each of several variants by its name, and so does the report', async () => {
    const page = await look('button', { colours: 'dark' });
    const split = page.getByRole('list', { name: 'Traffic' });
    await split.getByText('variant:green 30%').waitFor();
    const fills = split.locator('.swatch');
    const patterns = await fills.evaluateAll((all) => all.map((one) => getComputedStyle(one).background));
    expect(new Set(patterns).size).toBe(3);
    const evidence = panel(page, 'Evidence');
    for (const name of ['green', 'red']) {
      const lines = panel(page, 'Traffic').getByRole('figure', { name: /^Requests a second/ });
      await lines
        .getByRole('listitem')
        .filter({ hasText: `variant:${name}` })
        .getByText(/\d/)
        .waitFor();
      await panel(page, 'Latency distribution')
        .getByRole('rowheader', { name: `variant:${name}` })
        .waitFor();
      await evidence.getByRole('rowheader', { name, exact: true }).waitFor();
    }
    await leave(page);
    const report = path.join(site.dir, 'report.html');
    await site.ok('report', 'button', '--html', report);
    const read = await eyes.page({ colours: 'dark' });
    await read.goto(`file://${report}`);
    const key = read.locator('figcaption', { hasText: 'Requests a second' });
    await key.getByText('variant:red').waitFor();
    await leave(read);
  });

  it('what answers to copies differ in', async () => {
    const page = await look('copies', { width: 320 });
    const evidence = panel(page, 'Evidence');
    await evidence.getByRole('table', { name: /^What answers to copies differ in/ }).waitFor();
    await evidence.getByRole('row').filter({ hasText: 'GET /copies' }).getByText('no answer').waitFor();
    await page.getByText('rolled back').first().waitFor();
    await leave(page);
  });

  it('how far an old system is taken over, what hooks write, and that it is closed to its users', async () => {
    const page = await look('shop');
    const takeover = panel(page, 'Taking over');
    await takeover.getByText(/^1 of 2 paths moved; the new system answered \d/).waitFor();
    await takeover.getByRole('row').filter({ hasText: '/goods' }).getByText('100%').waitFor();
    const logs = panel(page, 'Logs');
    await logs.getByText('Follow the logs').click();
    await logs.getByLabel('Written by').selectOption('migrate');
    const written = logs.getByRole('region', { name: 'Logs of migrate' }).getByText('tables are there');
    // A hook runs at least once.
    await written.first().waitFor();

    await page.getByRole('button', { name: 'Close to users' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('What users are told').fill('back at noon');
    await dialog.getByRole('button', { name: 'Close to users' }).click();
    const note = panel(page, 'Closed to its users');
    await note.getByText(/: back at noon$/).waitFor();
    const status = async (): Promise<number> => (await fetch(new URL('/goods', address))).status;
    await until('users are sent away', async () => (await status()) === 503);
    expect(await axeComplaints(page)).toEqual([]);
    await page.getByRole('button', { name: 'Open to users' }).click();
    await dialog.getByRole('button', { name: 'Open to users' }).click();
    await note.waitFor({ state: 'detached' });
    await until('users are served', async () => (await status()) === 200);
    await leave(page);
  });

  it('which gate it stands at, what opens that, and who of its group waits', async () => {
    const page = await look('first');
    await panel(page, 'The release stands at the gate hours')
      .getByText(/it opens from \d\d:\d\d to/)
      .waitFor();
    const members = panel(page, 'Group').getByRole('row');
    await members.filter({ hasText: 'second' }).getByText('pair-1: waits for its turn').waitFor();
    expect(await axeComplaints(page)).toEqual([]);
    await writeFile(path.join(site.dir, 'first.yaml'), first(await site.artefact({ version: 'v2' }), AFTER));
    await site.ok('-f', 'first.yaml', 'apply');
    const after = panel(page, 'The release stands at the gate after');
    await after.getByText('shop has to be Degraded').waitFor();
    expect(await axeComplaints(page)).toEqual([]);
    await after.getByRole('link', { name: 'Go to shop' }).click();
    await page.getByRole('heading', { name: 'shop', exact: true }).waitFor();
    await page.getByRole('link', { name: 'All Rollouts' }).click();
    await page.getByLabel(/^Search/).fill('nobody');
    await page.getByText('None of 5 Rollouts; 5 are hidden by the search.').waitFor();
    await page.getByLabel('Phase').selectOption('Waiting');
    await page.getByText('5 are hidden by the search and the phase.').waitFor();
    expect(await axeComplaints(page)).toEqual([]);
    await page.getByRole('button', { name: 'Show all' }).click();
    await page.getByText('5 Rollouts; what needs somebody comes first.').waitFor();
    await leave(page);
  });

  it('nothing that breaks a rule of its own', () => {
    expect(eyes.complaints).toEqual([]);
  });
});
