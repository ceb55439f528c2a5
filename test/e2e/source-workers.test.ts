import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hasPrometheus } from '../../src/metrics/prometheus/testing/prometheus-server.ts';
import { until, type Behaviour } from './site.ts';
import { PASSWORD, Watched } from './watched.ts';

const CHECKS = [
  `{ name: failed-jobs, ratio: { source: prom, bad: 'jobs_failed_total{rev="{{revision}}"}', all: 'sum(jobs_total{rev="{{revision}}"})' }, worseBy: 50%, floor: 1% }`,
  `{ name: lag, value: { source: prom, query: 'max(queue_lag{rev="{{revision}}"})' }, max: 100, every: 1s }`,
];
describe.skipIf(!hasPrometheus())('a worker that nobody sends requests to', () => {
  let watched: Watched;
  const good: Behaviour = { version: 'w1', jobsPerSecond: 50 };
  const parts = {
    traffic: '',
    strategy: `{ canary: { steps: [{ replicas: 1 }, { analyze: { atLeast: 2s, atMost: 6s } }] } }`,
  };

  beforeAll(async () => {
    watched = await Watched.create();
    await watched.live(good, CHECKS, parts);
  });

  afterEach(() => {
    watched.signal('SIGCONT');
  });

  afterAll(async () => {
    await watched.destroy();
  });

  it.each<[string, Behaviour]>([
    ['failed-jobs', { ...good, version: 'failing', jobErrorRatio: 0.3 }],
    ['lag', { ...good, version: 'lagging', queueLag: 1_000 }],
  ])('is rolled back when `%s` is worse', async (check, behaviour) => {
    const { outcome, reason } = await watched.release(behaviour);
    expect([outcome, reason.split(':')[0]]).toEqual(['rolledBack', check]);
  });

  it('is promoted when it is as good, and judged by what it did', async () => {
    const { outcome, reason } = await watched.release({ ...good, version: 'w2' });
    expect([outcome, reason]).toEqual([
      'promoted',
      expect.stringMatching(/on the canary against .* on stable/),
    ]);
  });

  it('holds while Prometheus hangs, is aborted all the same, and shows no secret', async () => {
    const { site } = watched;
    await site.ok('release', 'shop', '--from', await site.artefact({ ...good, version: 'w3' }));
    await watched.says(/at most/);
    watched.signal('SIGSTOP');
    await watched.says(/did not answer within 2s/);
    const shown = [
      await site.ok('describe', 'shop'),
      await site.ok('get', 'shop', '--output', 'json'),
      await site.ok('events'),
      await site.ok('plan'),
    ];
    await site.ok('abort', 'shop');
    await until('the way back is over', async () => (await watched.view()).release === undefined);
    expect(`${JSON.stringify(shown)}${await site.logs()}`).not.toContain(PASSWORD);
  });

  it.each<[string, string, RegExp]>([
    ['cannot be read', 'sum(jobs_total{rev="{{revision}}"}', /unclosed left parenthesis/],
    [
      'finds nothing',
      'jobz_total{rev="{{revision}}"}',
      /the query finds nothing for the canary now: jobz_total/,
    ],
  ])('holds and says so when a query %s', async (_, all, words) => {
    const { site } = watched;
    const check = `{ name: jobs, ratio: { source: prom, bad: 'jobs_failed_total', all: '${all}' }, max: 5% }`;
    await watched.declare({ ...good, version: `for-${words.source.slice(0, 5)}` }, [check], parts);
    await site.ok('apply');
    await watched.says(words);
    expect((await site.ok('describe', 'shop')).out).toMatch(words);
    await site.ok('abort', 'shop');
    await until('the way back is over', async () => (await watched.view()).release === undefined);
  });

  it.each([
    ['validate', '{{revison}}', 'did you mean {{revision}}?'],
    ['plan', '{{namespace}}', 'check lag: a query uses {{namespace}}, which has no value here'],
  ])('is refused by `%s` for a query with %s', async (command, placeholder, words) => {
    const check = `{ name: lag, value: { source: prom, query: 'max(queue_lag{rev="${placeholder}"})' }, max: 5 }`;
    await watched.declare({ ...good, version: 'refused' }, [check], parts);
    const { code, err } = await watched.site.run(command);
    expect([code, err]).toEqual([2, expect.stringContaining(words)]);
  });
});
