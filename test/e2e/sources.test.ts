import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLoad, type Load } from '../../src/cli/demo/load.ts';
import { hasPrometheus } from '../../src/metrics/prometheus/testing/prometheus-server.ts';
import { until, type Behaviour } from './site.ts';
import { Watched, type HistoryRow } from './watched.ts';

const CHECKS = [
  `{ name: failed, ratio: { source: prom, bad: 'requests_failed_total{rev="{{revision}}"}', all: 'requests_total{rev="{{revision}}"}' }, worseBy: 50%, safe: "5%", floor: 1% }`,
  `{ name: slow, latency: { source: prom, query: 'request_seconds_bucket{revision="{{revision}}"}' }, worseBy: 10% }`,
  `{ name: orders, rate: { source: prom, query: 'orders_total{revision="{{revision}}"}' }, worse: lower, worseBy: 20% }`,
];
describe.skipIf(!hasPrometheus())('a release judged by what Prometheus scraped of the processes', () => {
  let watched: Watched;
  let load: Load;
  // Only checks with `safe` hold up an early end: the others must have had the time to see harm, on a busy machine too.
  const steps = `{ canary: { steps: [{ weight: 40% }, { analyze: { atLeast: 15s, atMost: 30s } }] } }`;

  beforeAll(async () => {
    watched = await Watched.create();
    await watched.live({ version: 'v1' }, CHECKS, { strategy: steps });
    load = startLoad(await watched.site.address(), 100);
  });

  afterAll(async () => {
    await load.stop();
    await watched.destroy();
  });

  it.each<[string, Behaviour]>([
    ['failed', { version: 'failing', errorRatio: 0.3 }],
    ['slow', { version: 'slow', slowMs: 60 }],
    ['orders', { version: 'unsold', orderRatio: 0.1 }],
  ])('is rolled back when `%s` is worse', async (check, behaviour) => {
    const { outcome, reason } = await watched.release(behaviour);
    expect([outcome, reason.split(':')[0]]).toEqual(['rolledBack', check]);
  });

  it('holds while Prometheus is away, says why, and goes on when it is back', async () => {
    const { site } = watched;
    await site.ok('release', 'shop', '--from', await site.artefact({ version: 'waiting' }));
    await until('something is measured', async () => {
      return ((await watched.view()).release?.judgement?.checks[0]?.samples ?? 0) > 0;
    });
    await watched.stopScraping();
    await watched.says(/not measured now: source prom: it cannot be reached/);
    const { out } = await site.ok('describe', 'shop');
    expect(out).toContain('cannot be reached');
    const doctor = await site.run('doctor');
    expect(doctor.out).toMatch(/warn +running +source prom: it cannot be reached at/);
    await watched.scrape();
    const { code } = await site.run('wait', 'shop', '--timeout', '60s');
    const [last] = await site.api<HistoryRow[]>('rollouts/shop/releases');
    expect([code, last?.outcome]).toEqual([0, 'promoted']);
  });
});

describe.skipIf(!hasPrometheus())('an experiment with several variants', () => {
  it('is judged by what Prometheus scraped of all of them, and by what their processes use', async () => {
    const variants =
      '{ name: blue, stable: true }, { name: green, env: { BUTTON: green } }, { name: red, env: { BUTTON: red } }';
    const strategy = `{ ab: { unit: auto, variants: [${variants}], goal: { conversion: { method: POST, path: /orders } } } }`;
    const checks = [
      `{ name: orders, ratio: { source: prom, bad: 'orders_total{revision="{{revision}}"}', all: 'requests_total{revision="{{revision}}"}' }, worse: lower, worseBy: 20% }`,
      '{ name: memory, usage: memory, max: 4Gi }',
    ];
    const watched = await Watched.create();
    let load: Load | undefined;
    try {
      await watched.live({ version: 'v1', orderRatio: 0.5 }, checks, { strategy });
      load = startLoad(await watched.site.address(), 100);
      const orderRatios = { green: 0.5, red: 0.05 };
      const { outcome, reason } = await watched.release({ version: 'v2', orderRatio: 0.5, orderRatios });
      expect([outcome, reason.split(':')[0]]).toEqual(['rolledBack', 'orders']);
    } finally {
      await load?.stop();
      await watched.destroy();
    }
  });
});
