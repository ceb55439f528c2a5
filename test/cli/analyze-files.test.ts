import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bench } from './harness.ts';

let bench: Bench;

beforeEach(async () => {
  bench = await Bench.create();
});

afterEach(async () => {
  await bench.destroy();
});

async function write(files: Readonly<Record<string, string | object>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    await writeFile(join(bench.dir, name), text);
  }
}

const LOW = [12, 11, 13, 12, 14, 11];
const HIGH = [19, 21, 20, 22, 18, 20];

/** `coalmine analyze … --output json`, and the answer. */
async function judge(args: readonly string[], stdin?: string) {
  const argv = ['analyze', ...args, '--output', 'json'];
  const around = stdin === undefined ? {} : { stdin: Readable.from([Buffer.from(stdin)]) };
  const ran = await bench.run(argv, around);
  return { ...ran, answer: ran.out === '' ? undefined : (JSON.parse(ran.out) as Record<string, unknown>) };
}

const FILES = ['--judge', 'score', '--control', 'a', '--candidate', 'b'];

describe('data in files', () => {
  it.each<[string, string]>([
    ['a JSON list', JSON.stringify(HIGH)],
    ['a JSON list over several lines', JSON.stringify(HIGH, undefined, 2)],
    ['numbers', HIGH.join('\n')],
    ['numbers with blank lines and Windows line ends', `${HIGH.join('\r\n\r\n')}\r\n`],
    ['a CSV with one column', `latency\n${HIGH.join('\n')}\n`],
    ['a CSV after a byte order mark', `\uFEFFlatency\n${HIGH.join('\n')}\n`],
  ])('may be %s', async (_, text) => {
    await write({ a: LOW, b: text });
    expect(await judge(FILES)).toMatchObject({
      code: 3,
      err: '',
      answer: { judge: 'score', label: 'High', candidate: { count: 6, mean: 20 }, control: { count: 6 } },
    });
  });

  it.each<[string, string]>([
    ['CSV', `path,latency\n${HIGH.map((value) => `/shop,${value}`).join('\n')}`],
    ['CSV with quotes', `"path","latency"\n${HIGH.map((value) => `"a ""b"",\nc","${value}"`).join('\r\n')}`],
    ['TSV', `path\tlatency\n${HIGH.map((value) => `/shop\t${value}`).join('\n')}`],
    ['CSV with semicolons', `path;latency\n${HIGH.map((value) => `/shop;${value}`).join('\n')}`],
    ['JSON lines', HIGH.map((latency) => JSON.stringify({ path: '/shop', latency })).join('\n')],
    ['a list of objects', JSON.stringify(HIGH.map((latency) => ({ path: '/shop', latency })))],
    ['numbers written as texts', JSON.stringify(HIGH.map((value) => ({ latency: String(value) })))],
  ])('may be a column of %s', async (_, text) => {
    await write({ a: LOW, b: text });
    const { answer } = await judge([...FILES, '--column', 'latency']);
    expect(answer).toBeUndefined();
    await write({ a: `latency\n${LOW.join('\n')}` });
    expect((await judge([...FILES, '--column', 'latency'])).answer).toMatchObject({
      label: 'High',
      candidate: { count: 6, mean: 20 },
    });
  });

  it('may be piped in, one of them', async () => {
    await write({ a: LOW });
    const args = ['--judge', 'score', '--control', 'a', '--candidate', '-'];
    expect((await judge(args, HIGH.join('\n'))).answer).toMatchObject({ label: 'High' });
    expect(await judge(['--judge', 'score', '--control', '-', '--candidate', '-'], '1')).toMatchObject({
      code: 2,
      err: expect.stringContaining('not both') as string,
    });
  });

  it('may have gaps, which are gaps', async () => {
    await write({ a: 'latency\n\n12\nNaN\n11\n', b: 'at,latency\n1,\n2,19\n3,null\n4,20\n' });
    expect((await judge([...FILES, '--column', 'latency'])).answer).toMatchObject({
      control: { count: 2 },
      candidate: { count: 2 },
    });
  });

  it('may hold both arms, told apart by a column', async () => {
    const rows = [...LOW.map((value) => `v1,${value}`), ...HIGH.map((value) => `v2,${value}`)];
    await write({ both: `variant,latency\n${rows.join('\n')}\nv3,5\n` });
    const args = ['--judge', 'score', '--data', 'both', '--arm-column', 'variant', '--candidate-value', 'v2'];
    expect((await judge([...args, '--control-value', 'v1'])).answer).toMatchObject({
      label: 'High',
      control: { count: 6, mean: expect.closeTo(12.17, 2) as number },
    });
    const { code, err } = await judge([...args, '--control-value', 'v0', '-o', 'table']);
    expect(code).toBe(2);
    expect(err).toContain('no row of \\"v0\\"');
    expect(err).toContain('v1');
  });
});

describe('the judges', () => {
  const TICKS = (failed: number): string =>
    `at,requests,failed\n${Array.from({ length: 20 }, (_, at) => `${at},1000,${failed}`).join('\n')}\n,,\n`;
  const PAIR = ['--control', 'a', '--candidate', 'b', '--column', 'requests', '--column', 'failed'];

  it('sequential takes pairs of columns, and tells what it needs', async () => {
    await write({ a: TICKS(1), b: TICKS(20) });
    const args = ['--judge', 'sequential', ...PAIR];
    expect(await judge([...args, '--option', 'worseBy=10%'])).toMatchObject({
      code: 3,
      answer: { verdict: 'bad', ticks: 21, stoppedAt: 2 },
    });
    expect((await judge(args)).err).toContain('needs one judge');
    expect((await judge([...args.slice(0, -2), '--option', 'worseBy=10%'])).err).toContain('two columns');
  });

  it('slo and threshold need no control', async () => {
    await write({ b: TICKS(20) });
    const args = ['--candidate', 'b', '--column', 'requests', '--column', 'failed'];
    expect(await judge(['--judge', 'slo', '--option', 'slo=99.9%', ...args])).toMatchObject({ code: 3 });
    expect(await judge(['--judge', 'threshold', '--option', 'max=5%', ...args])).toMatchObject({ code: 0 });
    expect(await judge(['--judge', 'threshold', '--option', 'max=1%', ...args])).toMatchObject({ code: 3 });
  });

  it('sequential takes latencies, gauges of several units, and numbers with names of their own', async () => {
    const latencies = (middle: number): string =>
      `ms\n${Array.from({ length: 1_000 }, (_, i) => middle * Math.exp(0.5 * Math.sin(i * 12.9898))).join('\n')}`;
    await write({ a: latencies(100), b: latencies(130) });
    const args = ['--judge', 'sequential', '--control', 'a', '--candidate', 'b', '--option', 'worseBy=3%'];
    expect((await judge([...args, '--metric', 'latency'])).answer).toMatchObject({ verdict: 'bad' });
    await write({ a: 'pod-1,pod-2\n510,511\n512,513\n', b: 'pod-1,pod-2\n512,\n520,530\n' });
    const gauge = await judge([...args, '--metric', 'value', '--column', 'pod-1', '--column', 'pod-2']);
    expect(gauge.answer).toMatchObject({ verdict: 'undecided', ticks: 2 });
    const level = ['--judge', 'threshold', '--candidate', 'b', '--metric', 'value', '--column', 'pod-1'];
    expect((await judge([...level, '--option', 'max=0.5'])).answer).toMatchObject({ verdict: 'bad' });
    expect((await judge([...level, '--option', 'max=519.5'])).answer).toMatchObject({ verdict: 'bad' });
    expect((await judge([...level, '--option', 'max=520.5'])).answer).toMatchObject({ verdict: 'undecided' });
    await write({ a: 'n,bad\n1000,1\n', b: 'n,bad\n1000,90\n' });
    const named = await judge([...args, '--column', 'trials=n', '--column', 'events=bad']);
    expect(named.answer).toMatchObject({ verdict: 'bad' });
  });

  it('experiment takes lists, summaries and named columns, and plans without any data', async () => {
    await write({ a: { successes: 100, trials: 1000 }, b: { successes: 160, trials: 1000 } });
    const args = ['--judge', 'experiment', '--control', 'a', '--candidate', 'b'];
    expect((await judge([...args, '--option', 'test=proportions'])).answer).toMatchObject({
      verdict: 'good',
      estimate: expect.closeTo(0.06) as number,
    });
    const users = (orders: number): string =>
      `visits,orders\n${Array.from({ length: 50 }, (_, i) => `${10 + (i % 5)},${orders + (i % 3)}`).join('\n')}`;
    await write({ a: users(2), b: users(4) });
    const columns = ['--column', 'x=visits', '--column', 'y=orders'];
    expect((await judge([...args, ...columns, '--option', 'test=ratio'])).answer).toMatchObject({
      verdict: 'good',
      control: expect.closeTo(0.25, 1) as number,
    });
    const plan = { test: 'plan', measure: 'proportion', baseline: 0.1, minimumEffect: 0.02 };
    expect((await judge(['--judge', 'experiment', '--options', JSON.stringify(plan)])).answer).toMatchObject({
      samplesNeeded: { control: expect.any(Number) as number },
    });
  });

  it('take options from a file, and from the command line over it', async () => {
    await write({
      a: LOW,
      b: HIGH,
      'options.yaml': 'direction: increase\neffectSize: { allowedIncrease: 3 }\n',
      'options.json': { direction: 'increase', effectSize: { allowedIncrease: 3, criticalIncrease: 4 } },
    });
    for (const file of ['options.yaml', 'options.json']) {
      expect((await judge([...FILES, '--options', file])).answer).toMatchObject({ label: 'Pass' });
      const over = [...FILES, '--options', file, '--option', 'effectSize.allowedIncrease=1.2'];
      expect((await judge(over)).answer).toMatchObject({ label: 'High' });
    }
  });

  it('answer people with the verdict, its reason and the numbers', async () => {
    await write({ a: LOW, b: HIGH, t: TICKS(1), u: TICKS(20) });
    const score = await bench.run(['analyze', ...FILES]);
    expect(score.out).toMatch(/^bad: the metric is High: shift 8, between /);
    expect(score.out).toContain('candidate       6    20');
    const args = ['--judge', 'sequential', '--control', 't', '--candidate', 'u', '--option', 'worseBy=10%'];
    const ticks = await bench.run(['analyze', ...args, '--column', 'requests', '--column', 'failed']);
    expect(ticks.out).toMatch(/^bad: /);
    expect(ticks.out).toContain('bad from 100 on');
    expect(ticks.out).toContain('stopped after tick 2 of 21');
    const args2 = ['--judge', 'experiment', '--control', 'a', '--candidate', 'b', '--option', 'test=welch'];
    expect((await bench.run(['analyze', ...args2])).out).toMatch(/^good: candidate 20 against control 12.17/);
  });
});

describe('what is wrong', () => {
  it.each<[string, string, string[]]>([
    ['name,latency\nx,12\ny,fast\n', 'b:3:3 latency: "fast" is not a number', ['--column', 'latency']],
    ['name,latency\n"a\nb",12\ny,1.5ms\n', 'b:4:3 latency: "1.5ms"', ['--column', 'latency']],
    ['name,latency\nx\n', 'b:2:1: 1 cells, where the first line has 2', ['--column', 'latency']],
    ['name,latency\n"x,1\n', 'b:2:1: the quotes are not closed', ['--column', 'latency']],
    ['name,latency\n"x"y,1\n', 'b:2:4: something follows the closing quotes', ['--column', 'latency']],
    ['1,2\n3,4\n', 'does not name its columns', []],
    ['name,latency\nx,1\n', 'b has 2 columns: which of them is judged?', []],
    ['name,latency\nx,1\n', 'Did you mean latency?', ['--column', 'latncy']],
    ['latency,latency\n1,2\n', 'several columns "latency"', ['--column', 'latency']],
    ['[1, 2', 'b:1:6: not JSON', []],
    ['[1,\n  x]', 'b:2:3: not JSON', []],
    ['{"latency": 1}\n{"latency": 2,}\n', 'b:2:15: not JSON', ['--column', 'latency']],
    ['{"latency": 1}\n{"latency": "slow"}\n', 'b:2 latency: "slow" is not a number', ['--column', 'latency']],
    ['[{"latency": 1}, {"latency": []}]', 'b [1].latency: [] is not a number', ['--column', 'latency']],
    ['[1, 2]', 'b has no columns', ['--column', 'latency']],
    ['[1, "x"]', 'candidate is b', []],
    ['{"a": 1}', 'candidate: must be a list', []],
  ])('in %j is told with its place: %s', async (text, message, more) => {
    await write({ a: more.includes('--column') ? 'latency\n1\n2' : LOW, b: text });
    const { code, err, out } = await bench.run(['analyze', ...FILES, ...more]);
    expect(err).toContain(message);
    expect([code, out]).toEqual([2, '']);
  });

  it.each<[string[], string]>([
    [[], 'there is nothing to judge'],
    [['--judge', 'score', '--stdin', '--control', 'a'], 'data can come from one place only'],
    [['shop', '--stdin'], 'not from --stdin and the name of a Rollout'],
    [['--stdin', '--column', 'x'], '--column does not go with --stdin'],
    [['--control', 'a', '--candidate', 'b'], '--judge is missing'],
    [['--judge', 'scores', '--control', 'a'], 'Allowed choices are sequential'],
    [['--judge', 'score', '--candidate', 'b'], '--control is missing'],
    [['--judge', 'score', '--control', 'a', '--candidate', 'nowhere'], 'cannot read nowhere'],
    [['--judge', 'score', '--control', 'a', '--candidate', '.'], 'cannot read .'],
    [['--judge', 'score', '--data', 'a'], '--arm-column is missing'],
    [['--judge', 'score', '--control', 'a', '--candidate', 'b', '--arm-column', 'x'], 'goes with --data'],
    [['--judge', 'score', '--control', 'a', '--data', 'b', '--arm-column', 'x'], 'the file of both arms'],
    [[...FILES, '--metric', 'latency'], '--metric does not go with the judge score'],
    [[...FILES, '--option', 'worse'], 'not of the form key=value'],
    [[...FILES, '--option', 'effectSize={'], 'looks like JSON'],
    [[...FILES, '--options', '{"direction": '], '--options is not JSON'],
    [[...FILES, '--options', 'a'], 'does not hold an object of options'],
    [[...FILES, '--options', 'none.yaml'], 'cannot read none.yaml'],
    [[...FILES, '--option', 'critical=perhaps'], 'options.critical'],
    [[...FILES, '--pass', '101'], 'A score is a number from 0 to 100'],
  ])('in %j: %s', async (args, message) => {
    await write({ a: LOW, b: HIGH });
    const { code, err } = await bench.run(['analyze', ...args]);
    expect(err).toContain(message);
    expect(code).toBe(2);
  });

  it('is told to programs as JSON', async () => {
    await write({ a: LOW, b: 'latency\nslow\n' });
    const { code, err } = await judge(FILES);
    expect(code).toBe(2);
    expect(JSON.parse(err)).toMatchObject({ type: 'usage', problems: [{ file: 'b', line: 2, column: 1 }] });
  });
});
