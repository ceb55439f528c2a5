import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Bench } from '../../../test/cli/harness.ts';
import { startExporter, type Exporter } from '../../metrics/prometheus/testing/exporter.ts';
import {
  hasPrometheus,
  startPrometheus,
  type PrometheusServer,
} from '../../metrics/prometheus/testing/prometheus-server.ts';

interface Answer {
  readonly verdict: string;
  readonly label?: string;
  readonly ticks?: number;
  readonly control?: { readonly count: number };
  readonly pairs?: readonly { readonly labels: object; readonly label: string }[];
}

describe.skipIf(!hasPrometheus())('queries to a real server', () => {
  let bench: Bench;
  let server: PrometheusServer;
  let exporters: readonly Exporter[];
  let from: string;

  beforeAll(async () => {
    bench = await Bench.create();
    exporters = [await startExporter(), await startExporter()];
    const [stable, canary] = exporters.map(({ target }) => target);
    server = await startPrometheus({ pods: { stable: stable ?? '', canary: canary ?? '' } });
    from = new Date().toISOString();
    await measured();
  }, 60_000);

  afterAll(async () => {
    await server.stop();
    for (const exporter of exporters) await exporter.stop();
    await bench.destroy();
  });

  /** Gauges that the two arms share but for one path, until enough of them are scraped. */
  async function measured(): Promise<void> {
    const [stable, canary] = exporters;
    for (let i = 0; i < 24; i += 1) {
      for (const path of ['/a', '/b']) {
        const value = 100 + 3 * Math.sin(i * 12.9898);
        stable?.set(`latency{path="${path}"}`, value);
        canary?.set(`latency{path="${path}"}`, path === '/b' ? value * 2 : value);
      }
      stable?.set('threads', 20);
      canary?.set('threads', i < 4 ? NaN : 21);
      const before = canary?.scrapes() ?? 0;
      await vi.waitFor(
        () => {
          expect(canary?.scrapes()).toBeGreaterThan(before);
        },
        { timeout: 10_000, interval: 20 },
      );
    }
  }

  async function judge(control: string, candidate: string, ...more: readonly string[]) {
    const argv = [
      ...['analyze', '--prometheus', `http://${server.target}`, '--from', from, '--step', '250ms'],
      ...['--control-query', control, '--candidate-query', candidate, ...more],
    ];
    const ran = await bench.run([...argv, '--output', 'json']);
    return { ...ran, answer: (ran.out === '' ? {} : JSON.parse(ran.out)) as Answer };
  }

  it('are judged over their time, with gaps where nothing was said', async () => {
    const same = await judge(
      'latency{pod="stable",path="/a"}',
      'latency{pod="canary",path="/a"}',
      '--judge',
      'score',
    );
    expect(same).toMatchObject({ code: 0, answer: { verdict: 'good', label: 'Pass' } });
    const worse = await judge(
      'latency{pod="stable",path="/b"}',
      'latency{pod="canary",path="/b"}',
      '--judge',
      'score',
    );
    expect(worse).toMatchObject({ code: 3, answer: { verdict: 'bad', label: 'High' } });
    expect(worse.answer.control?.count).toBeGreaterThan(15);
    const gaps = await judge('threads{pod="stable"}', 'threads{pod="canary"}', '--judge', 'score');
    expect(gaps.err).toMatch(/the candidate has no value in \d+ of \d+ steps: these are gaps/);
  });

  it('with several series are refused by the labels that differ, or judged series by series', async () => {
    const queries = ['latency{pod="stable"}', 'latency{pod="canary"}'] as const;
    const refused = await judge(...queries, '--judge', 'score');
    expect(refused.code).toBe(2);
    expect(refused.err).toContain('found 2 series where one is expected; they differ in path');
    const apart = await judge(...queries, '--judge', 'score', '--per-series');
    expect(apart.code).toBe(2);
    expect(apart.err).toContain('Let both queries keep the same labels');
    const grouped = queries.map((query) => `sum by (path) (${query})`) as [string, string];
    const pairs = await judge(...grouped, '--judge', 'score', '--per-series');
    expect(pairs).toMatchObject({
      code: 3,
      answer: {
        verdict: 'bad',
        pairs: [
          { labels: { path: '/a' }, label: 'Pass' },
          { labels: { path: '/b' }, label: 'High' },
        ],
      },
    });
  });

  it('are judged tick by tick, each step a tick and each series a unit', async () => {
    const queries = ['latency{pod="stable"}', 'latency{pod="canary"}'] as const;
    const { answer, code } = await judge(
      ...queries,
      ...['--judge', 'threshold', '--metric', 'value', '--per-series', '--option', 'max=150'],
    );
    expect([answer.verdict, code]).toEqual(['bad', 3]);
    expect(answer.ticks).toBeGreaterThan(15);
  });

  it('that are wrong, or find nothing, are told', async () => {
    expect(await judge('latency{', 'threads', '--judge', 'score')).toMatchObject({
      code: 2,
      err: expect.stringContaining('the query of the control has no answer') as string,
    });
    const nothing = await judge('nothing{pod="stable"}', 'nothing{pod="canary"}', '--judge', 'score');
    expect(nothing).toMatchObject({ code: 0, answer: { label: 'Nodata', verdict: 'undecided' } });
    expect(nothing.err).toContain('the query of the candidate found nothing in that time');
  });

  it('log in with a token from a file, which nobody is shown', async () => {
    await writeFile(join(bench.dir, 'token'), 'secret-token\n');
    const { code, err } = await judge(
      'threads{pod="stable"}',
      'threads{pod="stable"}',
      '--judge',
      'score',
      '--token-file',
      'token',
    );
    expect([code, err.includes('secret-token')]).toEqual([0, false]);
    const missing = await judge('threads', 'threads', '--judge', 'score', '--token-file', 'nowhere');
    expect(missing.err).toContain('nowhere');
    expect(missing.code).not.toBe(0);
  });
});
