import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StandingReport } from '../../src/analysis/standing-report.ts';
import { startLoad, type Load } from '../../src/cli/demo/load.ts';
import { Site, until } from './site.ts';

interface View {
  readonly phase: string;
  readonly stable: string;
  readonly standing?: StandingReport;
  readonly release?: { readonly number: number };
}

let site: Site;
let load: Load;

function view(): Promise<View> {
  return site.api<View>('rollouts/shop');
}

async function untilStanding(what: string, holds: (standing: StandingReport) => boolean): Promise<void> {
  await until(
    what,
    async () => {
      const { standing } = await view();
      return standing !== undefined && holds(standing);
    },
    90_000,
  );
}

// One of two processes is slower, so that stable differs from itself by more than the margin.
beforeAll(async () => {
  site = await Site.create();
  await site.declare(
    { version: 'v1', oneSlowMs: 60 },
    {
      strategy: '{ canary: { steps: [{ weight: 50% }, { analyze: { atMost: 8s } }] } }',
      analysis:
        '{ standingAA: true, warmUp: 0s, checks: [{ name: errors, errors: {}, worseBy: 50% }, { name: latency, latency: {}, worse: either, worseBy: 10% }] }',
    },
  );
  await site.up();
  await site.ok('apply', '--wait', '--timeout', '30s');
  load = startLoad(await site.address(), 100);
});

afterAll(async () => {
  await load.stop();
  await site.destroy();
});

describe('stable compared with itself', () => {
  it('is shown, with the false alarms measured beside those promised', async () => {
    await untilStanding('a run is over', ({ runs }) => runs > 0);
    const { out } = await site.ok('describe', 'shop');
    expect(out).toContain('stable against itself since');
    expect(out).toMatch(/^ {2}latency +\d+ +\d+ /m);
    const { standing } = await site.api<View>('rollouts/shop');
    expect(standing?.checks.map(({ name }) => name)).toEqual(['errors', 'latency']);
    expect(standing).toMatchObject({ promised: 0.01, unmeasured: [] });
  });

  it('refuses a release on a promise that it contradicts, unless somebody insists', async () => {
    await untilStanding('the promise is contradicted', ({ contradicts }) => contradicts);
    const from = await site.artefact({ version: 'v2' });
    const { code, err } = await site.run('release', 'shop', '--from', from);
    expect([code, err]).toEqual([2, expect.stringMatching(/does not hold here.*latency.*--insist/s)]);
    expect((await view()).release).toBeUndefined();
    // What is live already is declared again without anybody insisting.
    await site.ok('apply');
    await site.ok('release', 'shop', '--from', from, '--insist');
    await until('it is under way', async () => (await view()).release !== undefined);
  });

  it('costs no request', () => {
    const failed = [...load.seen.values()].reduce((sum, { errors }) => sum + errors, 0);
    expect(failed).toBe(0);
  });
});
