import { writeFile } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bodyOf, startHttp, type HttpServer } from '../../src/metrics/prometheus/testing/http-server.ts';
import { Bench } from './harness.ts';

interface Asked {
  readonly query: string;
  readonly start: number;
  readonly end: number;
  readonly step: number;
  readonly headers: IncomingHttpHeaders;
}

/** A series as Prometheus writes it: its value at each of these seconds. */
type Series = readonly [labels: object, values: (at: number) => string | undefined];

let bench: Bench;
let server: HttpServer;
let asked: Asked[];
/** What is found, by query. */
let found: Record<string, readonly Series[]>;

beforeEach(async () => {
  bench = await Bench.create();
  asked = [];
  found = {};
  server = await startHttp((request, response) => {
    void bodyOf(request).then((body) => {
      const form = new URLSearchParams(body);
      const [start = 0, end = 0, step = 1] = ['start', 'end', 'step'].map((name) => Number(form.get(name)));
      const query = form.get('query') ?? '';
      asked.push({ query, start, end, step, headers: request.headers });
      const result = (found[query] ?? []).map(([metric, valueAt]) => {
        const values: [number, string][] = [];
        for (let at = start; at <= end; at += step) {
          const value = valueAt(at);
          if (value !== undefined) values.push([at, value]);
        }
        return { metric, values };
      });
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ status: 'success', data: { resultType: 'matrix', result } }));
    });
  });
});

afterEach(async () => {
  await server.stop();
  await bench.destroy();
});

const HOUR = ['--from', '2026-01-31T12:00Z', '--to', '2026-01-31T13:00Z', '--step', '1m'];
const NOON = Date.UTC(2026, 0, 31, 12) / 1_000;

function around(level: number): (at: number) => string {
  return (at) => String(level * (1 + 0.05 * Math.sin(at)));
}

async function judge(...args: readonly string[]) {
  const argv = ['analyze', '--prometheus', `http://${server.target}`, '--control-query', 'old'];
  const ran = await bench.run([...argv, '--candidate-query', 'new', '--output', 'json', ...args]);
  return { ...ran, answer: (ran.out.startsWith('{') ? JSON.parse(ran.out) : {}) as Record<string, unknown> };
}

describe('queries', () => {
  it('are asked for the time and the steps that are judged', async () => {
    found = { old: [[{}, around(100)]], new: [[{}, around(150)]] };
    const { answer, code } = await judge('--judge', 'score', ...HOUR);
    expect(answer).toMatchObject({ label: 'High', control: { count: 61 }, candidate: { count: 61 } });
    expect(code).toBe(3);
    expect(asked.sort((a, b) => (a.query < b.query ? 1 : -1))).toMatchObject([
      { query: 'old', start: NOON, end: NOON + 3_600, step: 60 },
      { query: 'new', start: NOON, end: NOON + 3_600, step: 60 },
    ]);
  });

  it('may be of the last hour, on the grid of the step, and of an earlier time for the control', async () => {
    found = { old: [[{}, around(100)]], new: [[{}, around(100)]] };
    await judge('--judge', 'score', '--last', '1h', '--control-offset', '7d');
    const [before, now] = asked.sort((a, b) => a.start - b.start);
    expect(now).toMatchObject({ query: 'new', step: 15 });
    expect([(now?.start ?? 1) % 15, (now?.end ?? 1) % 15]).toEqual([0, 0]);
    expect((now?.end ?? 0) - (now?.start ?? 0)).toBeGreaterThanOrEqual(3_600 - 15);
    expect(before).toMatchObject({ query: 'old', start: (now?.start ?? 0) - 7 * 86_400 });
  });

  it('log in as they are told to', async () => {
    await writeFile(join(bench.dir, 'secret'), 'let me in\n');
    await judge('--judge', 'score', ...HOUR, '--token-file', 'secret');
    expect(asked[0]?.headers.authorization).toBe('Bearer let me in');
    await judge('--judge', 'score', ...HOUR, '--user', 'ann', '--password-file', 'secret');
    expect(asked.at(-1)?.headers.authorization).toBe(
      `Basic ${Buffer.from('ann:let me in').toString('base64')}`,
    );
  });

  it('have gaps where there is no value, and no experiment counts them', async () => {
    const rare = (at: number): string | undefined => (at % 120 === 0 ? String(at % 7) : undefined);
    found = { old: [[{}, rare]], new: [[{}, (at) => rare(at) ?? 'NaN']] };
    const score = await judge('--judge', 'score', ...HOUR);
    expect(score.answer).toMatchObject({ control: { count: 31 }, candidate: { count: 31 } });
    expect(score.err).toContain('the control has no value in 30 of 61 steps: these are gaps');
    const welch = await judge('--judge', 'experiment', '--option', 'test=welch', ...HOUR);
    expect(welch.answer).toMatchObject({ verdict: 'undecided', estimate: 0 });
  });

  it('are judged tick by tick: a gauge with gaps, counts only where both were counted', async () => {
    found = {
      old: [[{}, (at) => (at % 120 === 0 ? '90' : undefined)]],
      new: [[{}, () => '10']],
    };
    const shares = ['--option', 'exposure.control=0.9', '--option', 'exposure.candidate=0.1'];
    const rate = ['--judge', 'sequential', '--metric', 'rate', '--option', 'worse=lower', ...shares];
    const counted = await judge(...rate, '--option', 'worseBy=10%', ...HOUR);
    expect(counted.answer).toMatchObject({ verdict: 'undecided', ticks: 31 });
    const gauge = ['--judge', 'threshold', '--metric', 'value', '--option', 'max=9.5'];
    expect((await judge(...gauge, ...HOUR)).answer).toMatchObject({ verdict: 'bad' });
    // A measurement each minute, by the step: the limit on failures counts minutes.
    const limited = await judge(...gauge, '--option', 'failures.limit=61', ...HOUR);
    expect(limited.answer).toMatchObject({
      verdict: 'undecided',
      reason: expect.stringContaining('61 of 61') as string,
    });
  });

  it('with several series are judged series by series, alone or with its like', async () => {
    found = {
      old: [
        [{ path: '/a' }, around(100)],
        [{ path: '/b' }, around(100)],
      ],
      new: [
        [{ path: '/b' }, around(150)],
        [{ path: '/c' }, around(100)],
      ],
    };
    const { answer, code, err } = await judge('--judge', 'score', ...HOUR);
    expect([code, answer]).toEqual([2, {}]);
    expect(err).toContain('they differ in path');
    const each = await judge('--judge', 'score', '--per-series', ...HOUR);
    expect(each.answer).toMatchObject({
      verdict: 'bad',
      pairs: [
        { labels: { path: '/a' }, label: 'Nodata' },
        { labels: { path: '/b' }, label: 'High' },
        { labels: { path: '/c' }, label: 'Nodata' },
      ],
    });
    expect((await judge('--judge', 'score', '--per-series', '--output', 'table', ...HOUR)).out).toMatch(
      /^bad: 1 of 3 pairs of series bad\n\nSERIES +VERDICT +WHY\n/,
    );
  });

  it.each<[string[], string, number]>([
    [['--judge', 'score'], '--last or --from is missing', 2],
    [['--judge', 'score', '--last', '1h', '--from', '2026-01-31'], '--last does not go with --from', 2],
    [['--judge', 'score', '--from', '2026-01-31', '--to', '2026-01-30'], 'there is no step of 15s', 2],
    [['--judge', 'score', '--last', '10d', '--step', '1s'], ' steps of 1s', 2],
    [['--judge', 'score', '--last', '1h', '--step', '0s'], 'a --step of 0', 2],
    [['--judge', 'sequential', '--last', '1h'], 'a query has values over time, not errors', 2],
    [['--judge', 'slo', '--metric', 'latency', '--last', '1h'], 'not latency', 2],
    [['--judge', 'score', '--last', '1h', '--user', 'ann'], '--password-file is missing', 2],
    [
      ['--judge', 'score', '--last', '1h', '--token-file', 'a', '--user', 'ann'],
      'does not go with --user',
      2,
    ],
    [['--judge', 'score', '--last', '1h', '--control-query', ''], 'is missing', 2],
    [['--judge', 'score', '--last', '1h', '--prometheus', 'shop'], 'is no http or https URL', 2],
    [['--judge', 'score', '--last', '1h', '--prometheus', 'http://127.0.0.1:1'], 'has no answer', 5],
  ])('with %j are refused: %s', async (args, message, status) => {
    found = { old: [[{}, around(100)]], new: [[{}, around(100)]] };
    const { code, err } = await judge(...args);
    expect(err).toContain(message);
    expect(code).toBe(status);
  });
});
