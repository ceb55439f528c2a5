import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hasSshd, Sshd } from '../cli/sshd.ts';
import { Site } from './site.ts';

let here: Site;
let there: Site;
let sshd: Sshd | undefined;

beforeEach(async () => {
  [here, there] = [await Site.create(), await Site.create()];
});

afterEach(async () => {
  await Promise.all([here.destroy(), there.destroy(), sshd?.dispose()]);
  sshd = undefined;
});

describe.skipIf(!hasSshd())('another machine', () => {
  it('is released to from here, with what is built here', async () => {
    sshd = await Sshd.start();
    await there.up();
    const host = ['--host', sshd.addressOf(there.dataDir)];
    here.env = sshd.env;
    const first = await here.artefact({ version: 'v1' });
    const next = await here.artefact({ version: 'v2' });
    const process = { from: './artefact-v1', command: ['node', 'server.mjs'], ready: { http: '/healthz' } };
    const spec = { workload: { process }, traffic: { gateway: {} }, strategy: { recreate: {} } };
    const document = { apiVersion: 'coalmine.dev/v1', kind: 'Rollout', metadata: { name: 'shop' }, spec };
    await writeFile(join(here.dir, 'coalmine.yaml'), JSON.stringify(document));

    const applied = await here.run('apply', '--wait', ...host);
    expect(applied).toMatchObject({ code: 0 });
    const released = await here.run('release', 'shop', '--from', next, '--wait', ...host);
    expect(released).toMatchObject({ code: 0 });
    const address = await there.address();
    expect(await (await fetch(address)).text()).toContain('v2');
    // What was sent is what would have been copied on the spot.
    const same = await there.json<{ released: boolean }>('release', 'shop', '--from', next);
    expect(same.released).toBe(false);
    const other = await there.json<{ released: boolean }>('release', 'shop', '--from', first);
    expect(other.released).toBe(true);
  });
});
