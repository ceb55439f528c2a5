import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Site, until } from './site.ts';

interface System {
  readonly gateway: { readonly pid: number };
}

let site: Site;
let address = '';

beforeEach(async () => {
  site = await Site.create();
  await site.declare({ version: 'v1' });
  await site.up();
  await site.ok('apply', '--wait', '--timeout', '30s');
  address = await site.address();
});

afterEach(async () => {
  await site.destroy();
});

/** The status of an answer, or 0 when there was none. */
function status(headers: Record<string, string> = {}): Promise<number> {
  return fetch(address, { headers }).then(
    async (response) => {
      await response.text();
      return response.status;
    },
    () => 0,
  );
}

it('maintenance sends users away until it is off, whatever dies meanwhile, and tells who looks', async () => {
  await writeFile(path.join(site.dir, 'page.html'), '<h1>back at noon</h1>');
  const options = ['--message', 'moving', '--page', 'page.html', '--allow', 'x-inspector=s3cret'];
  await site.ok('maintenance', 'on', 'shop', ...options, '--retry-after', '10m');
  await until('it is closed', async () => (await status()) === 503);
  const page = await fetch(address, { headers: { accept: 'text/html' } });
  expect([page.headers.get('retry-after'), await page.text()]).toEqual(['600', '<h1>back at noon</h1>']);
  expect(await status({ 'x-inspector': 's3cret' })).toBe(200);

  await site.killControl();
  expect(await status()).toBe(503);
  await site.up();
  process.kill((await site.api<System>('system')).gateway.pid, 'SIGKILL');
  await until('the gateway is back, and still closed', async () => (await status()) === 503);
  const { out } = await site.ok('describe', 'shop');
  expect(out).toMatch(/maintenance +since .*"moving", with a page of its own, a value of x-inspector lets/);
  expect(out).not.toContain('s3cret');
  expect((await site.ok('get', 'shop')).out).toContain('in maintenance; ');

  await site.ok('maintenance', 'off', 'shop');
  await until('it is open', async () => (await status()) === 200);
  const { out: events } = await site.ok('events', 'shop');
  expect(events).toMatch(/MaintenanceOn .*in maintenance: moving\n[^]*MaintenanceOff .*open again, after/);
});

it('a release waits while its users do, who are all served, and goes on after it', async () => {
  await site.ok('release', 'shop', '--from', await site.artefact({ version: 'v2' }));
  const release = async () => (await site.api<{ release?: { stage: string } }>('rollouts/shop')).release;
  await until('the canary is judged', async () => (await release())?.stage === 'wait');
  await site.ok('maintenance', 'on', 'shop', '--hold', '1m');
  await until('it is held', async () => {
    const { message } = await site.api<{ message: string }>('rollouts/shop');
    return message === 'in maintenance; held while in maintenance';
  });
  const served: number[] = [];
  const waiting = Array.from({ length: 20 }, async () => served.push(await status()));
  const ages = async () =>
    (await site.api<{ release: { ageMs: number; stageMs: number } }>('rollouts/shop')).release;
  const before = await ages();
  await until('time passes', async () => (await ages()).ageMs > before.ageMs + 2_000);
  expect((await ages()).stageMs).toBe(before.stageMs);
  expect(served).toEqual([]);
  await site.ok('maintenance', 'off', 'shop');
  await Promise.all(waiting);
  expect(served).toEqual(Array(20).fill(200));
  await site.ok('promote', 'shop', '--full');
  await site.ok('wait', 'shop', '--timeout', '60s');
});
