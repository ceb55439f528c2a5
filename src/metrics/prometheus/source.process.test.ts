import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { bucketOf, type LogHistogram } from '../../analysis/measurement.ts';
import { countSamples, neededSince, startAccumulation, type Accumulation } from './accumulate.ts';
import type { MetricSource, QueryAnswer, SamplesAnswer, SourceSeries } from './answer.ts';
import { asCounters, asHistograms } from './counters.ts';
import { inUnits } from './histogram.ts';
import { tooManySeries } from './labels.ts';
import { prometheusSource } from './source.ts';
import { startExporter, type Exporter } from './testing/exporter.ts';
import { passingOn, startHttp, type HttpServer } from './testing/http-server.ts';
import { hasPrometheus, startPrometheus, type PrometheusServer } from './testing/prometheus-server.ts';

const signal = new AbortController().signal;
const SOON = { timeout: 20_000, interval: 50 };

describe.skipIf(!hasPrometheus())('a real Prometheus that scrapes real programs', () => {
  let a: Exporter;
  let b: Exporter;
  let leaving: Exporter;
  let native: Exporter;
  let server: PrometheusServer;
  let proxy: HttpServer;
  let source: MetricSource;

  beforeAll(async () => {
    [a, b, leaving, native] = await Promise.all([
      startExporter(),
      startExporter(),
      startExporter(),
      startExporter(),
    ]);
    native.observeNative('rpc_seconds', 0.1);
    native.observeNative('coarse_seconds', 0.1, { schema: 3 });
    a.set('queue_lag{queue="mail"}', 3);
    b.set('queue_lag{queue="mail"}', 4);
    leaving.set('lives', 1);
    server = await startPrometheus({
      pods: { a: a.target, b: b.target, leaving: leaving.target, native: native.target },
    });
    proxy = await startHttp(passingOn(server.target));
    source = sourceAt(proxy.target);
    await vi.waitFor(async () => {
      expect(await seriesOf('up == 1')).toHaveLength(4);
    }, SOON);
  }, 60_000);

  afterAll(async () => {
    await source.close();
    await proxy.stop();
    await server.stop();
    await Promise.all([a, b, leaving, native].map((pod) => pod.stop()));
  });

  function sourceAt(target: string, mostAnswerBytes = 10_000_000): MetricSource {
    return prometheusSource({ name: 'prom', address: `http://${target}`, gatherMs: 5, mostAnswerBytes });
  }

  async function ask(query: string, of = source): Promise<QueryAnswer> {
    const [answer] = await of.instant([query], signal);
    if (answer === undefined) throw new Error('no answer');
    return answer;
  }

  async function seriesOf(query: string): Promise<readonly SourceSeries[]> {
    const answer = await ask(query);
    return answer.kind === 'series' ? answer.series : [];
  }

  /** Adds what was scraped since. */
  async function counted(query: string, state: Accumulation, as = asCounters): Promise<Accumulation> {
    const sinceMs = neededSince(state);
    const wanted = { query, ...(sinceMs === undefined ? {} : { sinceMs }) };
    const [answer] = await source.samples([wanted], signal);
    if (answer === undefined) throw new Error('no answer');
    return countSamples(state, as(answer));
  }

  /** Waits until everything a program said before is certainly scraped. */
  async function scraped(pod: Exporter): Promise<void> {
    const before = pod.scrapes();
    await vi.waitFor(() => {
      expect(pod.scrapes()).toBeGreaterThanOrEqual(before + 3);
    }, SOON);
  }

  it('answers many queries, each by itself, the second time with what it has learned', async () => {
    const queries = [
      'sum(queue_lag)',
      '1 + 1',
      'nosuch',
      'sum(',
      'rate(up)',
      'up[1m]',
      '"text"',
      'rpc_seconds',
    ];
    for (let round = 0; round < 2; round += 1) {
      const answers = await source.instant(queries, signal);
      expect(answers).toMatchObject([
        { kind: 'series', series: [{ labels: {}, value: 7 }] },
        { kind: 'series', series: [{ labels: {}, value: 2 }] },
        { kind: 'empty' },
        {
          kind: 'failed',
          fault: 'query',
          reason: expect.stringContaining('unclosed left parenthesis') as string,
        },
        {
          kind: 'failed',
          fault: 'query',
          reason: expect.stringContaining('expected type range vector') as string,
        },
        { kind: 'failed', fault: 'query', hint: 'Leave out the [range], or put a function around it.' },
        { kind: 'failed', fault: 'query' },
        { kind: 'series', series: [{ histogram: { count: 1, buckets: [[-106, 1]] } }] },
      ]);
    }
  });

  it('dates what was scraped with the scrape, and what is computed with the question', async () => {
    const [scrape, sum] = await source.instant(['queue_lag{pod="a"}', 'sum(queue_lag)'], signal);
    if (scrape?.kind !== 'series' || sum?.kind !== 'series') throw new Error('no series');
    const [samples] = await source.samples([{ query: 'queue_lag{pod="a"}' }], signal);
    const times =
      samples?.kind === 'series' ? samples.series.flatMap((one) => one.samples.map(({ atMs }) => atMs)) : [];
    expect(times).toContain(scrape.series[0]?.atMs);
    expect(sum.series[0]?.atMs).toBe(sum.evaluatedMs);
  });

  it('says of several series how they differ', async () => {
    expect(tooManySeries(await seriesOf('queue_lag'))).toBe(
      '2 series where one is expected; they differ in instance, pod',
    );
  });

  it('counts over restarts that nobody looked at', async () => {
    a.add('jobs_total{rev="r1"}', 10);
    await scraped(a);
    const query = 'sum(jobs_total{rev="r1"})';
    let state = await counted(query, startAccumulation('e1'));
    expect(state.total).toBe(0);
    a.add('jobs_total{rev="r1"}', 5);
    await scraped(a);
    a.restart();
    a.add('jobs_total{rev="r1"}', 3);
    await scraped(a);
    a.add('jobs_total{rev="r1"}', 40);
    await scraped(a);
    state = await counted(query, state);
    // The value went from 10 to 43; counted were 5 and 43.
    expect(state).toMatchObject({ total: 48, resets: 1 });
    b.add('jobs_total{rev="r1"}', 7);
    await scraped(b);
    state = await counted(query, state);
    expect(state.total).toBe(55);
    // What has been counted is not counted again.
    expect((await counted(query, state)).total).toBe(55);
  });

  it('loses nothing while the program cannot be scraped', async () => {
    b.add('done_total', 1);
    await scraped(b);
    const state = await counted('done_total', startAccumulation('e1'));
    await b.stop();
    await vi.waitFor(async () => {
      expect(await ask('done_total')).toMatchObject({ kind: 'stale' });
    }, SOON);
    expect(await counted('done_total', state)).toMatchObject({ total: 0 });
    b.add('done_total', 4);
    await b.start();
    await scraped(b);
    expect(await counted('done_total', state)).toMatchObject({ total: 4, resets: 0 });
  });

  it('puts classic buckets together', async () => {
    const BOUNDS = [0.1, 0.5, 2.5];
    a.observe('web_seconds', 0.3, BOUNDS);
    await scraped(a);
    const query = 'web_seconds_bucket{pod="a"}';
    const state = await counted(query, startAccumulation('e1'), asHistograms);
    for (const value of [0.05, 0.3, 0.4, 2, 7]) a.observe('web_seconds', value, BOUNDS);
    await scraped(a);
    const { histogram } = await counted(query, state, asHistograms);
    expect(histogram).toMatchObject({ count: 5, growth: 5 });
    expect(inUnits(histogram)).toEqual(valuesOf([0.1, 0.5, 0.5, 2.5, 5]));
    const [numbers] = await source.samples([{ query: 'queue_lag' }], signal);
    expect(numbers && asHistograms(numbers)).toMatchObject({ kind: 'failed', fault: 'query' });
  });

  it('takes native histograms as they are, over a restart', async () => {
    const state = await counted('rpc_seconds', startAccumulation('e1'), asHistograms);
    const values = [0.0123, 0.2, 0.21, 3];
    for (const value of values) native.observeNative('rpc_seconds', value);
    await scraped(native);
    native.restart();
    native.observeNative('rpc_seconds', 0.5);
    native.observeNative('coarse_seconds', 1, { schema: 3 });
    native.observeNative('coarse_seconds', 2, { schema: 3 });
    await scraped(native);
    const after = await counted('rpc_seconds', state, asHistograms);
    expect(after).toMatchObject({ resets: 1, histogram: { count: 5, width: 1 } });
    expect(inUnits(after.histogram)).toEqual(valuesOf([...values, 0.5]));
    const [coarse, sum] = await source.instant(['coarse_seconds', 'sum(coarse_seconds)'], signal);
    expect(coarse).toMatchObject({ series: [{ histogram: { count: 2, sum: 3, width: 4 } }] });
    expect(sum).toMatchObject({ series: [{ histogram: { count: 2, sum: 3 } }] });
    const [answer] = await source.samples([{ query: 'rpc_seconds' }], signal);
    expect(answer && asCounters(answer)).toMatchObject({ kind: 'failed', fault: 'query' });
  });

  it('tells what went away from what never was', async () => {
    expect(await ask('lives')).toMatchObject({ kind: 'series' });
    await leaving.stop();
    const fresh = sourceAt(server.target);
    await vi.waitFor(async () => {
      expect(
        (await source.instant(['lives', 'sum(lives)', 'never'], signal)).map(({ kind }) => kind),
      ).toEqual(['stale', 'stale', 'empty']);
    }, SOON);
    // Also to somebody who has not seen it.
    const answer = await ask('lives', fresh);
    expect(answer).toMatchObject({ kind: 'stale' });
    expect(answer.kind === 'stale' && answer.evaluatedMs - answer.lastSeenMs).toBeLessThan(60_000);
    expect(await ask('never', fresh)).toMatchObject({ kind: 'empty' });
    await fresh.close();
    await leaving.start();
  });

  it('gives what was over a stretch of time', async () => {
    const answer = await ask('time()');
    if (answer.kind !== 'series') throw new Error('no time');
    const endMs = answer.evaluatedMs;
    const span = { startMs: endMs - 2_000, endMs, stepMs: 500 };
    const range = await source.range('queue_lag{pod="b"}', span, signal);
    expect(range).toMatchObject({ kind: 'series', series: [{ labels: { pod: 'b' } }] });
    const samples = range.kind === 'series' ? (range.series[0]?.samples ?? []) : [];
    expect(samples.at(-1)).toEqual({ atMs: endMs, value: 4 });
    const long = { startMs: endMs - 25_000_000, endMs, stepMs: 1_000 };
    const computed = await source.range('vector(1)', long, signal);
    expect(computed.kind === 'series' && computed.series.map((one) => one.samples.length)).toEqual([25_001]);
    expect(await source.range('nosuch', span, signal)).toMatchObject({ kind: 'empty' });
    expect(await source.range('sum(', span, signal)).toMatchObject({ kind: 'failed', fault: 'query' });
    await expect(source.range('up', { ...span, stepMs: 0 }, signal)).rejects.toMatchObject({ code: 'usage' });
  });

  it('gives up an answer that is too large', async () => {
    const small = sourceAt(server.target, 1_000);
    expect(await ask('{__name__=~".+"}', small)).toMatchObject({
      kind: 'failed',
      reason: 'the answer is larger than 1 KiB',
    });
    expect(await ask('vector(1)', small)).toMatchObject({ kind: 'series' });
    await small.close();
  });

  describe('for a hundred Rollouts', () => {
    const revisions = Array.from({ length: 100 }, (_, i) => `r1-${i}`);

    beforeAll(async () => {
      for (const revision of revisions) {
        a.add(`work_total{rev="${revision}"}`, 1);
        b.add(`work_total{rev="${revision}"}`, 2);
        a.set(`load{rev="${revision}"}`, 5);
      }
      await Promise.all([scraped(a), scraped(b)]);
    });

    async function requestsFor<T>(work: () => Promise<T>): Promise<{ result: T; requests: number }> {
      const before = proxy.seen.length;
      const result = await work();
      return { result, requests: proxy.seen.length - before };
    }

    it('asks with one request for counters of one template', async () => {
      await ask('up');
      const { result, requests } = await requestsFor(() =>
        Promise.all(
          revisions.map((revision) =>
            source.samples([{ query: `sum(work_total{rev="${revision}"})` }], signal),
          ),
        ),
      );
      expect(requests).toBe(1);
      expect(result.map(([answer]) => sumOf(answer))).toEqual(revisions.map(() => 3));
    });

    it('asks with few requests for anything else, however many ask', async () => {
      const look = (): Promise<readonly (readonly QueryAnswer[])[]> =>
        Promise.all(
          revisions.map((revision) =>
            source.instant([`sum(load{rev="${revision}"})`, `load{rev="${revision}"}`, 'sum(up)'], signal),
          ),
        );
      for (let round = 0; round < 2; round += 1) {
        const { result, requests } = await requestsFor(look);
        // 301 expressions, with the times of those that are selectors.
        expect(requests).toBeLessThanOrEqual(3);
        for (const answers of result) {
          expect(answers).toMatchObject([
            { series: [{ value: 5 }] },
            { series: [{ value: 5 }] },
            { series: [{ value: 4 }] },
          ]);
        }
      }
    });

    it('finds the wrong one among them, once', async () => {
      const queries = [...revisions.map((revision) => `max(load{rev="${revision}"})`), 'max(load{rev="}'];
      const sneaky = [...queries, 'max(load)) or (load', 'nosuchfunction(load)'];
      const first = await requestsFor(() => source.instant(sneaky, signal));
      expect(first.result.slice(0, 100)).toMatchObject(revisions.map(() => ({ series: [{ value: 5 }] })));
      expect(first.result.slice(100)).toMatchObject(Array(3).fill({ kind: 'failed', fault: 'query' }));
      expect(first.requests).toBeLessThan(20);
      const second = await requestsFor(() => source.instant(sneaky, signal));
      expect(second.result.map(({ kind }) => kind)).toEqual(first.result.map(({ kind }) => kind));
      expect(second.requests).toBe(4);
    });
  });

  describe('when it is in trouble', () => {
    it('says that it does not answer, and goes on afterwards', async () => {
      const own = await startPrometheus();
      const impatient = prometheusSource({
        name: 'prom',
        address: `http://${own.target}`,
        gatherMs: 0,
        timeoutMs: 1_500,
      });
      expect(await ask('vector(1)', impatient)).toMatchObject({ kind: 'series' });
      process.kill(own.pid, 'SIGSTOP');
      const reason = 'source prom: it did not answer within 1.5s';
      expect(await ask('vector(1)', impatient)).toMatchObject({ kind: 'failed', fault: 'source', reason });
      process.kill(own.pid, 'SIGCONT');
      await vi.waitFor(async () => {
        expect(await ask('vector(1)', impatient)).toMatchObject({ kind: 'series' });
      }, SOON);
      await own.stop();
      const answers = await impatient.samples([{ query: 'up' }, { query: 'max(up)' }], signal);
      for (const answer of answers) {
        expect(answer).toMatchObject({ kind: 'failed', fault: 'source' });
        expect(answer.kind === 'failed' && answer.reason).toContain('cannot be reached');
      }
      await impatient.close();
    });
  });
});

function valuesOf(values: readonly number[]): LogHistogram {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(bucketOf(value), (counts.get(bucketOf(value)) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => a - b);
}

/** The newest values of all series together. */
function sumOf(answer: SamplesAnswer | undefined): number {
  if (answer?.kind !== 'series') return NaN;
  const newest = answer.series.map(({ samples }) => samples.at(-1));
  return newest.reduce(
    (sum, sample) => sum + (sample !== undefined && 'value' in sample ? sample.value : NaN),
    0,
  );
}
