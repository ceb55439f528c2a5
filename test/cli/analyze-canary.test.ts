import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bench } from './harness.ts';

let bench: Bench;

beforeEach(async () => {
  bench = await Bench.create();
});

afterEach(async () => {
  await bench.destroy();
});

const NOON = Date.UTC(2026, 0, 31, 12);

const CONFIG = {
  name: 'shop',
  metrics: [
    {
      name: 'errors',
      groups: ['reliability'],
      analysisConfigurations: { canary: { direction: 'increase', critical: true } },
    },
    { name: 'latency', groups: ['speed'], analysisConfigurations: { canary: { direction: 'increase' } } },
    { name: 'threads', groups: ['speed'] },
  ],
  classifier: { groupWeights: { reliability: 60, speed: 40 }, scoreThresholds: { pass: 90, marginal: 50 } },
};

/** A value that is the same at every call, around `level`. */
function values(level: number, count = 60): number[] {
  return Array.from({ length: count }, (_, i) => level * (1 + 0.05 * Math.sin(i * 12.9898)));
}

function points(series: readonly number[]): (readonly [number, number])[] {
  return series.map((value, minute) => [NOON + minute * 60_000, value] as const);
}

function timed(levels: Readonly<Record<string, readonly number[]>>): object[] {
  return Object.entries(levels).map(([name, series]) => ({ name, points: points(series) }));
}

const USUAL = { errors: values(1), latency: values(100), threads: values(20) };

async function judge(config: object, series: object, args: readonly string[] = []) {
  await writeFile(join(bench.dir, 'config.json'), JSON.stringify(config));
  await writeFile(join(bench.dir, 'series.json'), JSON.stringify(series));
  const argv = ['analyze', '--canary-config', 'config.json', '--series', 'series.json', ...args];
  const ran = await bench.run([...argv, '--output', 'json']);
  const answer = ran.out === '' ? undefined : (JSON.parse(ran.out) as Record<string, unknown>);
  return { ...ran, answer, table: async () => (await bench.run(argv)).out };
}

describe('a whole canary config', () => {
  it('judges every metric, and all of them by their groups', async () => {
    const series = { control: timed(USUAL), candidate: timed({ ...USUAL, latency: values(140) }) };
    const { answer, code, table } = await judge(CONFIG, series);
    expect(answer).toMatchObject({
      verdict: 'bad',
      passed: false,
      message: 'Final canary score 80.0 is below the pass score threshold.',
      thresholds: { pass: 90, marginal: 50 },
      judgements: [
        {
          judgeName: 'NetflixACAJudge-v1.0',
          results: [
            { name: 'errors', classification: 'Pass' },
            {
              name: 'latency',
              classification: 'High',
              resultMetadata: { ratio: expect.closeTo(1.4) as number },
            },
            { name: 'threads', classification: 'Pass' },
          ],
          groupScores: [
            { name: 'reliability', score: 100 },
            { name: 'speed', score: 50 },
          ],
          score: { score: 80, classification: 'Marginal' },
        },
      ],
    });
    expect(code).toBe(3);
    const out = await table();
    expect(out).toMatch(/^bad: Final canary score 80\.0/);
    expect(out).toMatch(/latency +speed +High +100 +140 +×1\.4 +latency is High: shift 40/);
    expect(out).toContain('group speed: 50');
  });

  it('passes what is as good, or what the thresholds let pass', async () => {
    const same = { control: timed(USUAL), candidate: timed(USUAL) };
    expect(await judge(CONFIG, same)).toMatchObject({ code: 0, answer: { verdict: 'good' } });
    const slow = { control: timed(USUAL), candidate: timed({ ...USUAL, latency: values(140) }) };
    expect(await judge(CONFIG, slow, ['--pass', '80'])).toMatchObject({ code: 0, answer: { passed: true } });
    expect(await judge(CONFIG, slow, ['--pass', '80', '--marginal', '80'])).toMatchObject({ code: 3 });
  });

  it('is judged window by window, and ends with the one that fails', async () => {
    const late = [...values(100, 30), ...values(150, 30)];
    const series = {
      control: timed(USUAL),
      candidate: timed({ ...USUAL, errors: late.map((v) => v / 100) }),
    };
    const windows = ['--interval', '10m', '--lookback', '10m'];
    const { answer, table } = await judge(CONFIG, series, windows);
    const { judgements } = answer as { judgements: { window: object; score: { score: number } }[] };
    expect(judgements.map(({ score }) => score.score)).toEqual([100, 100, 100, 0]);
    expect(judgements[3]?.window).toMatchObject({
      candidate: { fromMs: NOON + 30 * 60_000, toMs: NOON + 40 * 60_000 },
    });
    expect(await table()).toContain('2026-01-31 12:30:00Z  2026-01-31 12:40:00Z      0  Fail');
    const until = [...windows, '--from', '2026-01-31T12:00Z', '--to', '2026-01-31T12:30Z'];
    expect((await judge(CONFIG, series, until)).code).toBe(0);
    expect((await judge(CONFIG, series, [...windows, '--lifetime', '30m'])).code).toBe(0);
    const warm = ['--lifetime', '10m', '--begin-after', '35m'];
    expect((await judge(CONFIG, series, warm)).code).toBe(3);
  });

  it('compares with an earlier time', async () => {
    const hourLater = (series: readonly number[]) =>
      points(series).map(([at, value]) => [at + 3_600_000, value]);
    const series = {
      control: timed(USUAL),
      candidate: Object.entries(USUAL).map(([name, one]) => ({ name, points: hourLater(one) })),
    };
    expect((await judge(CONFIG, series, ['--control-offset', '1h'])).code).toBe(0);
    // Without it there is nothing to compare with.
    expect((await judge(CONFIG, series)).answer).toMatchObject({
      judgements: [
        {
          score: {
            score: 0,
            classificationReason: expect.stringContaining('no data for the baseline') as string,
          },
        },
      ],
    });
  });

  it('takes values without times, its own and Kayenta\u2019s', async () => {
    const pairs = Object.entries(USUAL).map(([name, control]) => ({ name, control, candidate: control }));
    expect((await judge(CONFIG, pairs)).answer).toMatchObject({ passed: true });
    const theirs = pairs.map(({ name, control, candidate }, id) => ({
      name,
      id: String(id),
      tags: { zone: 'a' },
      values: { control: [...control, 'NaN'], experiment: candidate.map((value) => value * 2) },
    }));
    expect((await judge({ canaryConfig: CONFIG }, theirs)).answer).toMatchObject({
      passed: false,
      judgements: [
        { results: [{ id: 'errors [["zone","a"]]', classification: 'High', critical: true }, {}, {}] },
      ],
    });
    expect((await judge(CONFIG, pairs, ['--interval', '10m'])).err).toContain('the series have no times');
    expect((await judge(CONFIG, pairs.slice(1))).err).toContain('there are no values of errors');
  });

  it.each<[object, object, string[], string]>([
    [{ metrics: [] }, [], [], 'metrics'],
    [CONFIG, { control: [] }, [], 'candidate: must be a list of series'],
    [CONFIG, { control: [{ points: [] }], candidate: [] }, [], 'control[0].name'],
    [CONFIG, { control: [{ name: 'errors', points: [[1]] }], candidate: [] }, [], 'control[0].points[0]'],
    [
      CONFIG,
      { control: [{ name: 'errors', points: [['noon', 1]] }], candidate: [] },
      [],
      'points[0]: must be [time',
    ],
    [
      CONFIG,
      { control: [{ name: 'errors', points: [[1, 'x']] }], candidate: [] },
      [],
      'points[0][1]: must be a number',
    ],
    [
      CONFIG,
      { control: [{ name: 'errors', tags: { a: 1 }, points: [] }], candidate: [] },
      [],
      'control[0].tags',
    ],
    [CONFIG, [{ name: 'errors', control: [1] }], [], '[0].candidate: must be a list of values'],
    [CONFIG, [5], [], '[0]: must be an object'],
    [CONFIG, { control: [], candidate: [] }, [], 'errors cannot be judged: the baseline has no series of it'],
    [CONFIG, [], ['--pass', '40'], 'a score of 40 cannot pass'],
    [
      CONFIG,
      { control: [], candidate: [] },
      ['--interval', '90s'],
      '--interval 90s is not a number of whole minutes',
    ],
    [
      CONFIG,
      { control: [], candidate: [] },
      ['--to', '2026-01-31T12:00Z', '--lifetime', '1h'],
      '--to does not go',
    ],
    [CONFIG, { control: [], candidate: [] }, ['--from', 'noon'], '--from noon is not a time'],
    [CONFIG, { control: [], candidate: [] }, ['--from', '2026-01-31T12:00'], 'is not a time'],
  ])('refuses %j with %j %j: %s', async (...[config, series, args, message]) => {
    const { code, err } = await judge(config, series, args);
    expect(JSON.stringify(JSON.parse(err))).toContain(message.split(': ')[0]);
    expect(code).toBe(2);
  });
});
