import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readLines } from '../../src/cli/analyze/byte-lines.ts';
import { Bench } from './harness.ts';

let bench: Bench;

beforeEach(async () => {
  bench = await Bench.create();
});

afterEach(async () => {
  await bench.destroy();
});

const SCORE = { judge: 'score', control: [12, 11, 13, 12, 14, 11], candidate: [19, 21, 20, 22, 18, 20] };
const SAME = { judge: 'score', control: [1, 2, 3, 4], candidate: [1, 2, 3, 4] };

/** What `analyze --stdin` answers to these lines. */
async function answersTo(lines: readonly (string | object)[], ...flags: readonly string[]) {
  const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
  const ran = await bench.run(['analyze', '--stdin', ...flags], {
    stdin: Readable.from([Buffer.from(text)]),
  });
  const answers = ran.out.split('\n').filter((line) => line !== '');
  return { ...ran, answers: answers.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

describe('lines of JSON', () => {
  it('are answered in order, each with its id, by every judge', async () => {
    const ticks = Array.from({ length: 20 }, () => [1_000, 1]);
    const { answers, code, err } = await answersTo([
      { id: 1, ...SCORE },
      { id: 'a', judge: 'experiment', control: [1, 2, 3], candidate: [1, 2, 4], options: { test: 'welch' } },
      { id: { of: [2] }, judge: 'sequential', control: ticks, candidate: ticks, options: { worseBy: '10%' } },
      { judge: 'slo', candidate: [[1_000, 90]], options: { slo: '99%' } },
      { judge: 'threshold', candidate: [[1_000, 1]], options: { max: '1%' } },
    ]);
    expect(answers).toMatchObject([
      { id: 1, judge: 'score', label: 'High', verdict: 'bad' },
      { id: 'a', judge: 'experiment', verdict: 'undecided' },
      { id: { of: [2] }, judge: 'sequential', verdict: 'undecided', ticks: 20 },
      { judge: 'slo', verdict: 'bad' },
      { judge: 'threshold', verdict: 'undecided' },
    ]);
    expect(answers[3]).not.toHaveProperty('id');
    expect([code, err]).toEqual([3, '']);
  });

  it('that cannot be read are answered with what is wrong, and the others go on', async () => {
    const { answers, code } = await answersTo([
      '{"judge":',
      '',
      '   \r',
      { id: 7, judge: 'scores', control: [], candidate: [] },
      { id: 8, ...SAME, options: { critical: 'yes' } },
      SAME,
    ]);
    expect(answers).toMatchObject([
      { line: 1, error: { code: 'usage', message: expect.stringContaining('not JSON') as string } },
      { line: 4, id: 7, error: { code: 'usage', hint: 'did you mean score?' } },
      { line: 5, id: 8, error: { code: 'usage', problems: [{ path: 'options.critical' }] } },
      { verdict: 'good' },
    ]);
    expect(code).toBe(2);
  });

  it.each([
    ['0 for nothing', [], 0],
    ['0 for a good one', [SAME], 0],
    ['3 for a bad one among others', [SAME, SCORE, SAME], 3],
    ['2 for one that cannot be read', [SAME, '{'], 2],
    ['3 for one that cannot be read and a bad one', ['{', SCORE], 3],
  ])('exit status: %s', async (_, lines, expected) => {
    expect((await answersTo(lines)).code).toBe(expected);
  });

  it('have to be good when that is asked for', async () => {
    const silent = { judge: 'score', control: [], candidate: [] };
    expect((await answersTo([silent])).code).toBe(0);
    expect((await answersTo([silent], '--strict')).code).toBe(3);
    expect((await answersTo([SAME], '--strict')).code).toBe(0);
  });

  it.each([
    ['deep nesting', '{"judge":"score","control":' + '['.repeat(200_000) + ']'.repeat(200_000) + '}'],
    ['a scalar', '5'],
    ['null', 'null'],
    ['a list', '[]'],
    ['a text for data', '{"judge":"sequential","control":"x","candidate":"y","options":{"worseBy":"3%"}}'],
    ['keys of every object', '{"judge":"__proto__","options":{"__proto__":{"a":1}}}'],
    [
      'a metric that objects have',
      '{"judge":"slo","options":{"slo":"99%","metric":"toString"},"candidate":[]}',
    ],
  ])('may hold %s without harm to the next', async (_, line) => {
    const { answers } = await answersTo([line, SAME]);
    expect(answers).toMatchObject([{ line: 1, error: { code: 'usage' } }, { verdict: 'good' }]);
  });

  it('are answered while more are to come, and no faster than the answers are read', async () => {
    let asked = 0;
    let written = 0;
    const releases: (() => void)[] = [];
    // eslint-disable-next-line @typescript-eslint/require-await
    const source = (async function* () {
      for (; asked < 5; asked += 1) yield Buffer.from(`${JSON.stringify({ id: asked, ...SAME })}\n`);
    })();
    const stdout = {
      write: () => (written += 1) === 0,
      once: (_: 'drain', listener: () => void) => releases.push(listener),
    };
    const { run } = await import('../../src/cli/run.ts');
    const ended = run(['analyze', '--stdin'], {
      stdout,
      stderr: { write: () => true },
      stdin: source,
      env: {},
      cwd: bench.dir,
      interrupted: new AbortController().signal,
      entry: '',
    });
    for (let line = 1; line <= 5; line += 1) {
      await expect.poll(() => releases.length).toBe(line);
      // The answer was written, nobody has read it yet: nothing more is asked for.
      expect([written, asked]).toEqual([line, line - 1]);
      releases.at(-1)?.();
    }
    expect(await ended).toBe(0);
  });

  it('end with Ctrl-C: 130', async () => {
    const interruption = new AbortController();
    const stdin = new Readable({ read: () => undefined });
    stdin.push(`${JSON.stringify(SAME)}\n`);
    const ran = bench.run(['analyze', '--stdin'], {
      stdin,
      interrupted: interruption.signal,
      onOutput: () => {
        setImmediate(() => {
          interruption.abort();
        });
      },
    });
    expect((await ran).code).toBe(130);
  });
});

describe('the lines of a stream', () => {
  async function linesOf(pieces: readonly (string | Uint8Array)[], longest?: number): Promise<unknown[]> {
    const lines: unknown[] = [];
    for await (const line of readLines(Readable.from(pieces), longest)) {
      lines.push('text' in line ? [line.number, line.text] : [line.number, line.failure.code]);
    }
    return lines;
  }

  it('are put together from pieces, even in the middle of a letter', async () => {
    const bytes = Buffer.from('\uFEFFgrün\r\nrot\n\nblau');
    const pieces = [...bytes].map((byte) => Buffer.from([byte]));
    expect(await linesOf(pieces)).toEqual([
      [1, 'grün\r'],
      [2, 'rot'],
      [4, 'blau'],
    ]);
  });

  it('are refused when they are too long or no text, and those after them are not', async () => {
    expect(await linesOf(['123456', '789\n12', '345\n', Buffer.from([0xff, 0x0a]), 'ok'], 5)).toEqual([
      [1, 'tooLarge'],
      [2, '12345'],
      [3, 'usage'],
      [4, 'ok'],
    ]);
  });

  it('may be as long as 64 MiB', async () => {
    const piece = Buffer.alloc(1024 * 1024, 'x');
    const whole = Array.from({ length: 64 }, () => piece);
    const [[, longest] = []] = (await linesOf([...whole, '\n'])) as [number, string][];
    expect(longest?.length).toBe(64 * 1024 * 1024);
    const codes = (await linesOf([...whole, 'x\n', 'y'])) as [number, string][];
    expect(codes.map(([, code]) => code.slice(0, 10))).toEqual(['tooLarge', 'y']);
  });
});
