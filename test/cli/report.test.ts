import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/base/json.ts';
import type { ReleaseAnswer } from '../../src/cli/output/analysis-release.ts';
import type { ReportView } from '../../src/report/report.ts';
import { ANALYSIS } from '../../src/report/testing/recordings.ts';
import { Bench } from './harness.ts';
import { FAILING, recordedRelease, type Recorded } from './recorded.ts';
import { aView } from './views.ts';

let bench: Bench;

beforeEach(async () => {
  bench = await Bench.create();
});

afterEach(async () => {
  await bench.destroy();
});

const RELEASE = recordedRelease(ANALYSIS, FAILING);

async function serve({ document, ticks, ended }: Recorded = RELEASE): Promise<void> {
  await bench.serve({
    get: () => Promise.resolve(aView({ document })),
    history: () => Promise.resolve([ended]),
    ticks: () => Promise.resolve(ticks),
    events: () => Promise.resolve([]),
  });
}

function text(file: string): Promise<string> {
  return readFile(join(bench.dir, file), 'utf8');
}

async function json<T>(file: string): Promise<T> {
  return JSON.parse(await text(file)) as T;
}

describe('report', () => {
  it('writes a page and beside it what it was made from, and says where', async () => {
    await serve();
    const { code, out } = await bench.run(['report', 'shop']);
    expect([code, out]).toEqual([0, 'shop, release 1: written to shop-1.html and shop-1.json\n']);
    expect(await text('shop-1.html')).toContain('<h1>shop, release 1</h1>');
    const told = await bench.run([
      'report',
      'shop',
      '--release',
      '1',
      '--json',
      'a.json',
      '--output',
      'json',
    ]);
    expect(JSON.parse(told.out)).toEqual({ rollout: 'shop', release: 1, json: 'a.json' });
    expect(await text('a.json')).toBe(await text('shop-1.json'));
  });

  it('gives a pipeline the comment alone', async () => {
    await serve();
    const { out, err } = await bench.run(['report', 'shop', '--markdown', '-', '--html', 'page.html']);
    expect(out).toMatch(/^### shop, release 1: rolled back\n\n[^]*\| errors \| bad \|/);
    expect(out).not.toContain('written to');
    expect(err).toContain('written to page.html');
  });

  it('is written again from its own JSON, where no coalmine is', async () => {
    await serve();
    await bench.run(['report', 'shop', '--html', 'a.html', '--json', 'a.json', '--markdown', 'a.md']);
    await bench.stop();
    const again = [
      'report',
      '--from',
      'a.json',
      '--html',
      'b.html',
      '--json',
      'b.json',
      '--markdown',
      'b.md',
    ];
    expect((await bench.run(again)).code).toBe(0);
    for (const form of ['html', 'json', 'md']) expect(await text(`b.${form}`)).toBe(await text(`a.${form}`));
  });

  it('holds all that its verdicts are made from: they are the same when it is judged again', async () => {
    await serve();
    await bench.run(['report', 'shop', '--json', 'release.json']);
    await bench.stop();
    const { code, out } = await bench.run(['analyze', '--replay', 'release.json', '--output', 'json']);
    const answer = JSON.parse(out) as ReleaseAnswer;
    const { computed } = await json<ReportView>('release.json');
    expect([code, answer.recomputed.same, answer.verdict]).toEqual([3, true, computed.verdict]);
    const said = answer.recomputed.course?.judgement?.checks.map(({ name, verdict, reason }) => [
      name,
      verdict,
      reason,
    ]);
    expect(said).toEqual(computed.checks.map(({ name, verdict, reason }) => [name, verdict, reason]));
    const { requests, errors } = computed.served?.candidate ?? { requests: 0, errors: 0 };
    expect(answer.recomputed.course?.served).toEqual({ requests, errors });
  });

  it('computes its numbers anew, whatever a file says that they are', async () => {
    await serve();
    await bench.run(['report', 'shop', '--json', 'release.json', '--html', 'a.html']);
    const file = await json<ReportView>('release.json');
    const changed = { ...file, computed: { ...file.computed, measuredMs: 1e9, verdict: 'good' } };
    await writeFile(join(bench.dir, 'release.json'), JSON.stringify(changed));
    await bench.run(['report', '--from', 'release.json', '--html', 'b.html']);
    expect(await text('b.html')).toBe(await text('a.html'));
  });

  it('writes to no file that a recording names', async () => {
    await serve();
    await bench.run(['report', 'shop', '--json', 'release.json']);
    const file = await json<ReportView>('release.json');
    await writeFile(join(bench.dir, 'theirs.json'), JSON.stringify({ ...file, rollout: '../theirs' }));
    const { code } = await bench.run(['report', '--from', 'theirs.json']);
    expect([code, await readdir(bench.dir)]).toEqual([0, expect.arrayContaining(['release-1.html'])]);
  });

  it.each<[string[], number, string]>([
    [['report'], 2, 'name a Rollout, or a file with --from'],
    [['report', 'shop', '--from', 'x.json'], 2, 'and not both'],
    [['report', '--from', 'x.json', '--release', '1'], 2, 'and not both'],
    [['report', 'shop', '--release', 'one'], 2, 'is not the number of a release'],
    [['report', 'shop', '--release', '9'], 7, 'shop has no release 9'],
    [
      ['report', 'shop', '--html', '-', '--json', '-'],
      2,
      'only one form of the report can go to standard output',
    ],
    [['report', 'shop', '--html', 'no/where.html'], 2, 'cannot write no/where.html'],
    [['report', '--from', 'odd.json'], 2, 'is not a release that was exported'],
    [['report', '--from', 'broken.json'], 2, 'ticks[0].judgement'],
    [['release', 'shop', '--report', 'out'], 2, '--report goes with --wait'],
  ])('%j is refused with %d: %s', async (args, status, message) => {
    await serve();
    await writeFile(join(bench.dir, 'odd.json'), '{"format":"other"}');
    await bench.run(['report', 'shop', '--json', 'whole.json']);
    const file = await json<JsonObject>('whole.json');
    const [first, ...others] = file['ticks'] as readonly JsonObject[];
    const judgement = { verdict: 'good', reason: '', checks: [{ name: 5 }] };
    const broken = { ...file, ticks: [{ ...first, judgement }, ...others] };
    await writeFile(join(bench.dir, 'broken.json'), JSON.stringify(broken));
    const { code, err } = await bench.run(args);
    expect([code, err]).toEqual([status, expect.stringContaining(message)]);
  });
});
