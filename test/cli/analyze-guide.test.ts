import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/base/json.ts';
import { bodyOf, startHttp, type HttpServer } from '../../src/metrics/prometheus/testing/http-server.ts';
import { Bench, type Ran } from './harness.ts';
import { recordedRelease } from './recorded.ts';
import { aView } from './views.ts';

const FILE = fileURLToPath(new URL('../../docs/guides/analyze.md', import.meta.url));
const PAGE = readFileSync(FILE, 'utf8');

/** Commands, each with the block that follows: what it prints, when it is text or JSON. */
const EXAMPLES = [...PAGE.matchAll(/```sh\n([\s\S]*?)```(?:\n\n```(text|json)\n([\s\S]*?)```)?/g)].map(
  ([, commands = '', kind = '', printed = '']) => ({ commands: commands.trim().split('\n'), kind, printed }),
);

/** Files that the page shows, by the name before them. */
const FILES = [...PAGE.matchAll(/`([\w.-]+\.\w+)`[^`\n]*:\n\n```(?:csv|json|yaml)\n([\s\S]*?)```/g)];

const ANALYSIS: JsonObject = {
  warmUp: '5s',
  checks: [
    { name: 'errors', errors: {}, worseBy: '50%', safe: '2x', floor: '0.2%' },
    { name: 'latency', latency: {}, worseBy: '3%' },
  ],
};

describe('the guide to analyze', () => {
  let bench: Bench;
  let prometheus: HttpServer;

  beforeAll(async () => {
    bench = await Bench.create();
    const { document, ended, ticks } = recordedRelease(ANALYSIS, { errorRate: 0.05, slowness: 1 });
    await bench.serve({
      get: () => Promise.resolve(aView({ document })),
      history: () => Promise.resolve([ended]),
      ticks: () => Promise.resolve(ticks),
    });
    prometheus = await startHttp((request, response) => {
      void bodyOf(request).then((body) => {
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ status: 'success', data: latencies(new URLSearchParams(body)) }));
      });
    });
    for (const [, name = '', text = ''] of FILES) await writeFile(join(bench.dir, name), text);
  });

  afterAll(async () => {
    await prometheus.stop();
    await bench.destroy();
  });

  /** Runs a line of shell: quotes, and a file for standard input. */
  async function shell(line: string): Promise<Ran> {
    const [command = '', input] = line.split(' < ');
    const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
    const argv = words
      .slice(1)
      .map((word) => word.replace('http://prometheus:9090', `http://${prometheus.target}`));
    const stdin = input === undefined ? {} : { stdin: Readable.from([readFileSync(join(bench.dir, input))]) };
    return bench.run(argv, stdin);
  }

  it('shows its files and its commands', () => {
    expect(FILES.map(([, name]) => name)).toEqual([
      ...[
        'latency.csv',
        'old.csv',
        'new.csv',
        'questions.jsonl',
        'config.json',
        'series.json',
        'strict.yaml',
      ],
    ]);
    expect(EXAMPLES.length).toBeGreaterThan(7);
  });

  it.each(EXAMPLES)('is right about $commands', async ({ commands, kind, printed }) => {
    for (const command of commands) {
      const { out, code, err } = await shell(command);
      expect([0, 3], err).toContain(code);
      // Evidence grows better with its judges; the rest is fixed for good.
      const read = /sequential|shop/.test(command) ? inWords : (text: string) => text.trimEnd();
      if (kind === 'text') expect(read(out)).toBe(read(printed));
      if (kind !== 'json') continue;
      const [answers, shown] = [out, printed].map((text) =>
        text
          .trim()
          .split('\n')
          .map((one) => JSON.parse(one) as object),
      );
      expect(answers).toMatchObject(shown ?? []);
    }
  });
});

/** What is printed but for spaces, numbers and bars, which change with every refinement of a judge. */
function inWords(printed: string): string {
  const isNumber = /[×−-]?\d[\d,.]*|over a million/g;
  return printed
    .replace(isNumber, '0')
    .replace(/\[[█▏▎▍▌▋▊▉ ]*\]/g, '[]')
    .replace(/\s+/g, ' ')
    .trim();
}

/** Latencies of a canary that is slower than stable, the same at every call. */
function latencies(form: URLSearchParams): object {
  const [start = 0, end = 0, step = 1] = ['start', 'end', 'step'].map((name) => Number(form.get(name)));
  const level = form.get('query')?.includes('canary') === true ? 130 : 100;
  const values: [number, string][] = [];
  for (let at = start, i = 0; at <= end; at += step, i += 1) values.push([at, String(level + (i % 7))]);
  return { resultType: 'matrix', result: [{ metric: {}, values }] };
}
