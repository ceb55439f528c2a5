import { describe, expect, test } from 'vitest';
import { bucketOf, type CheckReading } from '../../analysis/measurement.ts';
import { localSecrets } from '../../system/secret.ts';
import type { MetricsQuestion } from '../../controller/ports.ts';
import type { Check, JudgeSettings, Metric, RevisionId, SourceSettings } from '../../rollout/model.ts';
import type { HistogramSample } from '../prometheus/answer.ts';
import { SourceChecks } from './source-checks.ts';
import { ScrapedSource } from './testing/scraped-source.ts';

const signal = new AbortController().signal;
const CANARY = 'r1-new' as RevisionId;
const STABLE = 'r1-old' as RevisionId;
const SETTINGS: SourceSettings = {
  kind: 'prometheus',
  name: 'prom',
  address: 'http://127.0.0.1:9',
  timeoutMs: 1_000,
};
const WORSE: JudgeSettings = { kind: 'sequential', worseBy: 0.1 };
const AT_MOST: JudgeSettings = {
  kind: 'threshold',
  max: 5,
  everyMs: 1_000,
  failures: { limit: 0, consecutive: false },
};

function of(name: string): string {
  return `${name}{rev="{{revision}}"}`;
}
function on(name: string, revision: RevisionId): string {
  return `${name}{rev="${revision}"}`;
}

const RATIO: Metric = { kind: 'ratio', source: 'prom', bad: of('bad'), all: of('all') };
const RATE: Metric = { kind: 'rate', source: 'prom', query: of('all') };
const LATENCY: Metric = { kind: 'latency', from: { source: 'prom', query: of('seconds') } };
const VALUE: Metric = { kind: 'value', source: 'prom', query: of('lag') };
const ERRORS: Metric = {
  kind: 'errors',
  from: {
    source: 'prom',
    bad: 'bad{canary!=""}',
    all: 'all{canary!=""}',
    control: { bad: 'bad{canary=""}', all: 'all{canary=""}' },
  },
};
const PER_POD: Metric = { ...VALUE, per: 'pod' };

function check(metric: Metric, judge = WORSE, name = 'it'): Check {
  return { name, metric, judge, weight: 1 };
}

/** A source, and what one check of a release measures at it. */
function measuring(one: Check, patienceMs = 500) {
  const source = new ScrapedSource();
  let epochs = 0;
  const checks = new SourceChecks({
    scope: { rollout: 'shop' },
    sources: [SETTINGS],
    pool: { source: () => source },
    newEpoch: () => `e${(epochs += 1)}`,
    patienceMs,
  });
  const read = (question: Partial<MetricsQuestion> = {}): Promise<Readonly<Record<string, CheckReading>>> =>
    checks.read({ at: source.nowMs, checks: [one], candidate: CANARY, control: STABLE, ...question }, signal);
  return {
    source,
    checks,
    read,
    /** Everything is scraped now, with these values. */
    scraped: async (values: Readonly<Record<string, number>>): Promise<CheckReading | undefined> => {
      source.nowMs += 1_000;
      for (const [query, value] of Object.entries(values)) source.scrape(query, value);
      return (await read())['it'];
    },
  };
}

describe('a check measured at a source', () => {
  test('of failed requests may ask for stable in other words', async () => {
    const { scraped } = measuring(check(ERRORS));
    await scraped({ 'all{canary!=""}': 1, 'all{canary=""}': 1, 'bad{canary=""}': 1 });
    expect(
      await scraped({
        'all{canary!=""}': 11,
        'bad{canary!=""}': 2,
        'all{canary=""}': 101,
        'bad{canary=""}': 2,
      }),
    ).toMatchObject({
      kind: 'counts',
      candidate: { events: 2, trials: 10 },
      control: { events: 1, trials: 100 },
    });
  });

  describe('of several variants', () => {
    const RED = 'r1-red' as RevisionId;
    const variants = { 'variant:green': CANARY, 'variant:red': RED };
    /** Scrapes everything of these, and reads. */
    const measured = async (
      metric: Metric,
      scrapes: readonly Readonly<Record<string, number | HistogramSample>>[],
    ): Promise<CheckReading | undefined> => {
      const { source, read } = measuring(check(metric));
      let reading: CheckReading | undefined;
      for (const values of scrapes) {
        source.nowMs += 1_000;
        for (const [query, value] of Object.entries(values)) source.scrape(query, value);
        reading = (await read({ variants }))['it'];
      }
      return reading;
    };
    const all = (green: number, red: number, stable: number) => ({
      [on('all', CANARY)]: green,
      [on('all', RED)]: red,
      [on('all', STABLE)]: stable,
    });

    test('counts all of them together, and each for itself', async () => {
      const first = { ...all(0, 0, 0), [on('bad', RED)]: 0 };
      expect(await measured(RATIO, [first, { ...all(10, 20, 100), [on('bad', RED)]: 4 }])).toMatchObject({
        kind: 'counts',
        candidate: { events: 4, trials: 30 },
        control: { events: 0, trials: 100 },
        variants: { 'variant:green': { events: 0, trials: 10 }, 'variant:red': { events: 4, trials: 20 } },
      });
      expect(await measured(RATE, [all(0, 0, 0), all(10, 20, 100)])).toMatchObject({
        kind: 'events',
        candidate: 30,
        control: 100,
      });
    });

    test('takes all of their values, and gauges as units of their own', async () => {
      const revisions = [CANARY, RED, STABLE];
      const scraped = (of: string, count: number) =>
        Object.fromEntries(revisions.map((revision) => [on(of, revision), histogram(count)]));
      const latency = await measured(LATENCY, [scraped('seconds', 1), scraped('seconds', 3)]);
      expect(latency).toMatchObject({
        candidate: [[expect.any(Number), 4]],
        control: [[expect.any(Number), 2]],
      });
      const lags = Object.fromEntries(revisions.map((revision, i) => [on('lag', revision), i]));
      expect(await measured(VALUE, [lags])).toMatchObject({
        kind: 'gauge',
        candidate: { green: 0, red: 1 },
        control: { '': 2 },
      });
    });

    test('says which of them is not measured', async () => {
      const values = { [on('all', CANARY)]: 1, [on('all', STABLE)]: 1 };
      expect(await measured(RATE, [values])).toEqual({
        kind: 'missing',
        reason: `the query finds nothing for red now: ${on('all', RED)}`,
      });
    });

    test('fills in the track of each', async () => {
      const { source, read } = measuring(check({ ...RATE, query: 'all{track="{{track}}"}' }));
      await read({ variants });
      expect(source.asked).toEqual([
        'all{track="variant:green"}',
        'all{track="variant:red"}',
        'all{track="stable"}',
      ]);
    });
  });

  test('asks for the pods and the Service of each track by their names, and says which it does not know', async () => {
    const query = 'all{pod=~"{{pods}}.{5}",service="{{service}}"}';
    const rate = check({ ...RATE, query });
    const { source, checks } = measuring(rate);
    const question = { at: source.nowMs, checks: [rate], candidate: CANARY, control: STABLE };
    const names = { candidate: { pods: 'shop-new-', service: 'shop-canary' } };
    expect(await checks.read(question, signal, () => Promise.resolve(names))).toMatchObject({
      it: { reason: expect.stringContaining('{{pods}}, which has no value here') as string },
    });
    const both = { ...names, control: { pods: 'shop-old-', service: 'shop-stable' } };
    const wanted: string[] = [];
    await checks.read(question, signal, (_, of) => {
      wanted.push(...of);
      return Promise.resolve(both);
    });
    expect(wanted).toEqual(['pods', 'service']);
    expect(source.asked).toEqual([
      'all{pod=~"shop-new-.{5}",service="shop-canary"}',
      'all{pod=~"shop-old-.{5}",service="shop-stable"}',
    ]);
  });

  test('of latency takes milliseconds as they are, where a router counts in them', async () => {
    const inMs = check({ ...LATENCY, from: { source: 'prom', query: of('ms'), unit: 'milliseconds' } });
    const { source, read } = measuring(inMs);
    const scrapes = (count: number): void => {
      source.nowMs += 1_000;
      for (const revision of [CANARY, STABLE]) source.scrape(on('ms', revision), histogram(count));
    };
    scrapes(1);
    await read();
    scrapes(3);
    expect(await read()).toMatchObject({ it: { kind: 'distribution', candidate: [[0, 2]] } });
  });

  test('of two counters compares what both tracks have counted', async () => {
    const { source, scraped } = measuring(check(RATIO));
    const [bad, all] = [on('bad', CANARY), on('all', CANARY)];
    const [badThere, allThere] = [on('bad', STABLE), on('all', STABLE)];
    await scraped({ [bad]: 1, [all]: 10, [badThere]: 3, [allThere]: 100 });
    expect(await scraped({ [bad]: 3, [all]: 20, [badThere]: 4, [allThere]: 150 })).toEqual({
      kind: 'counts',
      epoch: 'e1',
      toMs: source.nowMs,
      candidate: { events: 2, trials: 10 },
      control: { events: 1, trials: 50 },
    });
  });

  test('of two counters needs no series of what never went wrong, only of what happened', async () => {
    const { scraped } = measuring(check(RATIO));
    expect(await scraped({ [on('all', STABLE)]: 1 })).toEqual({
      kind: 'missing',
      reason: `the query finds nothing for the canary now: all{rev="${CANARY}"}`,
    });
    await scraped({ [on('all', STABLE)]: 1, [on('all', CANARY)]: 1 });
    const reading = await scraped({ [on('all', STABLE)]: 5, [on('all', CANARY)]: 5 });
    expect(reading).toMatchObject({ kind: 'counts', candidate: { trials: 5, events: 0 } });
  });

  test('needs stable only where it compares', async () => {
    const limited = measuring(check(RATE, AT_MOST));
    expect(await limited.scraped({ [on('all', CANARY)]: 1 })).toMatchObject({ kind: 'events' });
    const compared = measuring(check(RATE));
    expect(await compared.scraped({ [on('all', CANARY)]: 1 })).toMatchObject({
      reason: expect.stringContaining('finds nothing for stable') as string,
    });
  });

  test('of events counts them', async () => {
    const { scraped } = measuring(check({ ...RATE }));
    await scraped({ [on('all', CANARY)]: 7, [on('all', STABLE)]: 8 });
    expect(await scraped({ [on('all', CANARY)]: 10, [on('all', STABLE)]: 18 })).toMatchObject({
      kind: 'events',
      candidate: 3,
      control: 10,
    });
  });

  test('of a histogram counts values of seconds in milliseconds', async () => {
    const { source, read } = measuring(check(LATENCY));
    const scrape = (count: number): void => {
      for (const revision of [CANARY, STABLE]) source.scrape(on('seconds', revision), histogram(count));
    };
    scrape(1);
    await read();
    source.nowMs += 1_000;
    scrape(5);
    const arm = [[bucketOf(1_000), 4]];
    expect(await read()).toMatchObject({ it: { kind: 'distribution', candidate: arm, control: arm } });
  });

  test('begins anew with every release', async () => {
    const { source, read } = measuring(check(RATE));
    for (const revision of [CANARY, STABLE]) source.scrape(on('all', revision), 1);
    expect(await read()).toMatchObject({ it: { epoch: 'e1' } });
    expect(await read()).toMatchObject({ it: { epoch: 'e1' } });
    expect(await read({ checks: [] })).toEqual({});
    expect(await read()).toMatchObject({ it: { epoch: 'e2' } });
  });

  test.each<[string, Metric, Parameters<ScrapedSource['scrape']>[2][], number, CheckReading['kind'], string]>(
    [
      ['as it is', VALUE, [{}], 3, 'gauge', '{"":3}'],
      [
        'by pod',
        PER_POD,
        [{ labels: { pod: 'a', job: 'x' } }, { labels: { pod: 'b', job: 'x' } }],
        3,
        'gauge',
        '{"a":3,"b":3}',
      ],
      [
        'by instance',
        PER_POD,
        [{ labels: { instance: 'a' } }, { labels: { instance: 'b' } }],
        3,
        'gauge',
        '{"a":3,"b":3}',
      ],
      [
        'not as several where one is wanted',
        VALUE,
        [{ labels: { pod: 'a' } }, { labels: { pod: 'b' } }],
        3,
        'missing',
        'differ in pod',
      ],
    ],
  )('of a gauge takes it %s', async (...[, metric, series, value, kind, said]) => {
    const { source, read } = measuring(check(metric, AT_MOST));
    for (const details of series) source.scrape(on('lag', CANARY), value, details);
    const reading = (await read())['it'];
    expect(reading?.kind).toBe(kind);
    expect(reading?.kind === 'gauge' ? JSON.stringify(reading.candidate) : reading).toEqual(
      kind === 'gauge' ? said : { kind, reason: expect.stringContaining(said) as string },
    );
  });

  test('of a gauge says when it was measured', async () => {
    const { source, read } = measuring(check(VALUE, AT_MOST));
    source.scrape(on('lag', CANARY), 1, { agoMs: 7_000 });
    expect(await read()).toMatchObject({ it: { kind: 'gauge', toMs: source.nowMs - 7_000, control: {} } });
  });

  test.each<[string, Metric, JudgeSettings, string]>([
    ['a gauge that is not there', VALUE, AT_MOST, 'finds nothing for the canary'],
    [
      'a histogram where a counter is wanted',
      { ...RATE, query: of('seconds') },
      WORSE,
      'a counter is wanted',
    ],
    ['a histogram where a value is wanted', { ...VALUE, query: of('seconds') }, WORSE, 'a value is expected'],
    ['a query that cannot be filled', { ...VALUE, query: 'x{n="{{namespace}}"}' }, WORSE, 'no value here'],
    ['a source that is not declared', { ...VALUE, source: 'other' }, WORSE, 'there is no source other'],
  ])('says why when it is %s', async (...[, metric, judge, reason]) => {
    const { source, read } = measuring(check(metric, judge));
    for (const revision of [CANARY, STABLE]) source.scrape(on('seconds', revision), histogram(1));
    expect(await read()).toEqual({
      it: { kind: 'missing', reason: expect.stringContaining(reason) as string },
    });
  });

  test('asks nothing for what the data plane measures', async () => {
    const { source, read } = measuring(check({ kind: 'errors' }));
    expect(await read()).toEqual({});
    expect(source.asked).toEqual([]);
  });
});

describe('a source that is slow', () => {
  test('is not waited for, and not asked again before it has answered; what it said last stands', async () => {
    const { source, read, scraped } = measuring(check(RATE), 20);
    await scraped({ [on('all', CANARY)]: 1, [on('all', STABLE)]: 1 });
    let answer = (): void => undefined;
    source.before = () => new Promise((resolve) => (answer = resolve));
    const askedBefore = source.asked.length;
    expect(await scraped({ [on('all', CANARY)]: 4, [on('all', STABLE)]: 4 })).toMatchObject({ candidate: 0 });
    expect(await read()).toMatchObject({ it: { candidate: 0 } });
    expect(source.asked.length - askedBefore).toBe(2);
    answer();
    source.before = () => Promise.resolve();
    await expect.poll(read).toMatchObject({ it: { candidate: 3 } });
  });

  test('that has not answered yet has said nothing', async () => {
    const { source, read } = measuring(check(RATE), 5);
    source.before = () => new Promise(() => undefined);
    expect(await read()).toEqual({});
  });

  test('is asked no longer when nobody wants to know any more', async () => {
    const { source, checks, read } = measuring(check(RATE), 60_000);
    source.before = () => new Promise(() => undefined);
    const reading = read();
    checks.close();
    expect(await reading).toEqual({});
  });
});

test('settings that cannot be used are a reason, with what to do', async () => {
  const checks = new SourceChecks({
    scope: { rollout: 'shop' },
    sources: [{ ...SETTINGS, address: 'ftp://x' }],
    pool: new (await import('../source-pool.ts')).SourcePool({ secretAt: localSecrets({}) }),
    newEpoch: () => 'e',
  });
  const question = { at: 0, checks: [check(RATE)], candidate: CANARY, control: STABLE };
  expect(await checks.read(question, signal)).toEqual({
    it: { kind: 'missing', reason: expect.stringMatching(/no http or https URL \(Write it as in/) as string },
  });
});

function histogram(count: number): HistogramSample {
  const buckets = [[0, count]] as const;
  return {
    atMs: 0,
    histogram: { count, sum: count, zero: 0, zeroBound: 0, negative: 0, buckets, width: 1, growth: 1.02 },
  };
}
