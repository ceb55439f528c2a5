import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startLoad, type Load } from '../../src/cli/demo/load.ts';
import { Site, until } from './site.ts';

interface View {
  readonly phase: string;
  readonly release?: { readonly step: number; readonly stage: string; readonly goingBack?: object };
  readonly groups: readonly {
    readonly track: string;
    readonly ready: number;
    readonly instances: readonly { readonly pid?: number }[];
  }[];
}

let site: Site;
let load: Load | undefined;

beforeEach(async () => {
  site = await Site.create();
  await site.declare({ version: 'v1' });
  await site.up();
  await site.ok('apply', '--wait', '--timeout', '30s');
  load = startLoad(await site.address(), 100);
});

afterEach(async () => {
  await load?.stop();
  await site.destroy();
});

function view(): Promise<View> {
  return site.api<View>('rollouts/shop');
}

function failures(): number {
  return [...(load?.seen.values() ?? [])].reduce((sum, seen) => sum + seen.errors, 0);
}

function answered(): number {
  return [...(load?.seen.values() ?? [])].reduce((sum, seen) => sum + seen.requests, 0);
}

async function keepsServing(): Promise<void> {
  const before = answered();
  await until('requests go on', () => Promise.resolve(answered() > before + 50));
}

async function outcome(): Promise<string | undefined> {
  return (await site.api<{ outcome: string }[]>('rollouts/shop/releases'))[0]?.outcome;
}

describe('when the control process is killed', () => {
  const phases: readonly [string, (seen: View) => boolean][] = [
    ['as the release starts', () => true],
    ['as the canary grows', (seen) => seen.release?.stage === 'grow' || (seen.release?.step ?? 0) > 0],
    ['in the first analysis', (seen) => seen.release?.stage === 'wait'],
    ['in the second step', (seen) => (seen.release?.step ?? 0) >= 1],
    ['as it is promoted', (seen) => seen.phase === 'Promoting' || seen.release === undefined],
  ];

  it.each(phases)('%s, the next one reaches the same end, and no request fails', async (_, isThere) => {
    await site.ok('release', 'shop', '--from', await site.artefact({ version: 'v2' }));
    await until('the moment is there', async () => isThere(await view()), 60_000);
    await site.killControl();
    await keepsServing();
    await site.up();
    await until(
      'the release is promoted',
      async () => (await outcome()) === 'promoted' && (await view()).release === undefined,
      120_000,
    );
    expect(failures()).toBe(0);
  });

  it('on the way back, the next one goes back too', async () => {
    await site.ok('release', 'shop', '--from', await site.artefact({ version: 'v2' }));
    await until('the canary serves', () => Promise.resolve((load?.seen.get('v2')?.requests ?? 0) > 0));
    await site.ok('abort', 'shop');
    await site.killControl();
    await keepsServing();
    await site.up();
    await until('the release is aborted', async () => (await outcome()) === 'aborted');
    expect(failures()).toBe(0);
  });

  it('again and again, nothing is started twice and nothing is lost', async () => {
    const pids = async (): Promise<number[]> =>
      (await view()).groups.flatMap((group) => group.instances.flatMap((one) => one.pid ?? [])).sort();
    const before = await pids();
    for (let kill = 0; kill < 3; kill += 1) {
      await site.killControl();
      await site.up();
    }
    await until(
      'the same processes are looked after',
      async () => JSON.stringify(await pids()) === JSON.stringify(before),
    );
    expect(failures()).toBe(0);
  });
});

describe('when the working directory has changed under a running version', () => {
  it('a crashed process comes back as the version that was released', async () => {
    const dir = await site.artefact({ version: 'v1' });
    await writeFile(path.join(dir, 'behaviour.json'), JSON.stringify({ version: 'edited in place' }));
    for (const { instances } of (await view()).groups) {
      for (const { pid } of instances) if (pid !== undefined) process.kill(pid, 'SIGKILL');
    }
    await until('both are back', async () => (await view()).groups[0]?.ready === 2);
    await keepsServing();
    expect([...(load?.seen.keys() ?? [])]).not.toContain('edited in place');
  });
});

describe('when the gateway dies', () => {
  function gatewayProcesses(): { pid: number; isMaster: boolean }[] {
    const rows = execFileSync('ps', ['-eo', 'pid,ppid,args'], { encoding: 'utf8' }).split('\n');
    const ours = rows.filter((row) => row.includes(site.dataDir) && row.includes('gateway/main.js'));
    const pids = ours.map((row) => row.trim().split(/\s+/).map(Number));
    const all = new Set(pids.map(([pid]) => pid));
    return pids.map(([pid, parent]) => ({ pid: pid!, isMaster: !all.has(parent) }));
  }

  it('as a whole, it is back within a second from its last route', async () => {
    await keepsServing();
    const master = gatewayProcesses().find((one) => one.isMaster);
    process.kill(master!.pid, 'SIGKILL');
    const killedAt = performance.now();
    await keepsServing();
    console.log(
      `gateway killed with -9: serving again within ${Math.round(performance.now() - killedAt)} ms, 50 requests included`,
    );
    expect(load?.seen.get('v1')?.errors).toBe(0);
    await until('it is looked after again', async () => (await view()).phase === 'Healthy');
  });
});

describe('when a process of the stable version crashes', () => {
  it('another one serves its users, and it comes back', async () => {
    const [first] = (await view()).groups[0]!.instances;
    process.kill(first!.pid!, 'SIGKILL');
    await keepsServing();
    await until('it is back', async () => (await view()).groups[0]?.ready === 2);
    // What was under way in the killed process is lost; nothing else is.
    expect(failures()).toBeLessThanOrEqual(5);
  });
});
