import { afterEach, beforeEach, expect, it } from 'vitest';
import { Site, until } from './site.ts';

let site: Site;

beforeEach(async () => {
  site = await Site.create();
});

afterEach(async () => {
  await site.destroy();
});

/** A site whose first version is live, and whose next release is held by the gate. */
async function live(gates: string): Promise<void> {
  await site.declare(
    { version: 'v1' },
    { strategy: '{ blueGreen: { bake: 0s, keepStable: 0s } }', analysis: '', gates },
  );
  await site.up();
  await site.ok('apply', '--wait', '--timeout', '30s');
}

async function release(): Promise<void> {
  await site.ok('release', 'shop', '--from', await site.artefact({ version: 'v2' }));
}

async function releaseAtGate(): Promise<string> {
  await release();
  await until('it waits at the gate', async () => (await view()).phase === 'Waiting');
  return (await view()).message;
}

function view(): Promise<{ phase: string; message: string }> {
  return site.api('rollouts/shop');
}

async function lastOutcome(): Promise<string | undefined> {
  const [last] = await site.api<{ outcome: string; reason: string }[]>('rollouts/shop/releases');
  return last === undefined ? undefined : `${last.outcome}: ${last.reason}`;
}

it('an approval outlives the control process, hears only those who have a say, and takes a no', async () => {
  await live('[{ name: sre, at: switch, approval: { by: [ana, ben], count: 2, within: 4h } }]');
  expect(await releaseAtGate()).toContain('waits for 2 of ana, ben: coalmine approve shop sre');
  expect((await site.run('approve', 'shop', '--as', 'eve')).code).toBe(8);
  expect((await site.run('approve', 'shop', 'other', '--as', 'ana')).code).toBe(7);
  await site.ok('approve', 'shop', '--as', 'ana');
  await site.killControl();
  await site.up();
  await until('one is left to say yes', async () =>
    (await view()).message.includes('waits for one of ana, ben'),
  );
  await site.ok('approve', 'shop', 'sre', '--as', 'ben', '--reject', '--comment', 'not on a Friday');
  expect((await site.run('wait', 'shop', '--timeout', '30s')).code).toBe(3);
  expect(await lastOutcome()).toBe('aborted: ben rejected it at the gate sre: not on a Friday');
});

it('an approval that nobody gives in time aborts the release', async () => {
  await live('[{ name: sre, at: switch, approval: { by: [ana], within: 2s } }]');
  await release();
  expect((await site.run('wait', 'shop', '--timeout', '30s')).code).toBe(3);
  expect(await lastOutcome()).toBe('aborted: gate sre: nobody of ana has said enough within 2s');
});
