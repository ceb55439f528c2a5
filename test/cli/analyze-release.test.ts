import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { JsonObject } from '../../src/base/json.ts';
import type { ReleaseAnswer } from '../../src/cli/output/analysis-release.ts';
import { Bench } from './harness.ts';
import { documentWith, FAILING, GOOD, recordedRelease, releaseOf, type Recorded } from './recorded.ts';
import { aRelease, aView } from './views.ts';

let bench: Bench;

beforeEach(async () => {
  bench = await Bench.create();
});

afterEach(async () => {
  await bench.destroy();
});

const SEQUENTIAL: JsonObject = {
  warmUp: '5s',
  checks: [
    { name: 'errors', errors: {}, worseBy: '50%', safe: '2x', floor: '0.2%' },
    { name: 'latency', latency: {}, worseBy: '3%' },
  ],
};

const SLOW = { errorRate: 0.001, slowness: 1.3 };

/** A coalmine that has made this release. */
async function serve({ document, ticks, ended }: Recorded, now: JsonObject = document): Promise<void> {
  await bench.serve({
    get: () => Promise.resolve(aView({ document: now })),
    history: () => Promise.resolve([ended]),
    ticks: (_, number) => Promise.resolve(number === ended.number ? ticks : []),
  });
}

async function analyze(...args: readonly string[]) {
  const ran = await bench.run(['analyze', ...args, '--output', 'json']);
  return { ...ran, answer: (ran.out.startsWith('{') ? JSON.parse(ran.out) : {}) as ReleaseAnswer };
}

async function declare(file: string, analysis: JsonObject): Promise<void> {
  await writeFile(join(bench.dir, file), stringify(documentWith(analysis)));
}

const SCORED: JsonObject = {
  warmUp: '0s',
  score: { pass: 90, marginal: 50, step: '5s', every: '30s', lifetime: '90s' },
  checks: [
    { name: 'errors', errors: {} },
    { name: 'latency', latency: { quantile: 0.5 } },
  ],
};

const MIXED: JsonObject = {
  falseAlarms: '2%',
  warmUp: '10s',
  checks: [
    { name: 'errors', errors: {}, worseBy: '10%', weight: 3 },
    { name: 'objective', errors: {}, slo: '99%' },
    { name: 'limit', latency: { quantile: 0.9 }, max: '2s', every: '10s', failures: { limit: 2 } },
    { name: 'either', latency: {}, worseBy: '10%', worse: 'either' },
  ],
};

describe('a recorded release', () => {
  it.each([
    ['a good one', SEQUENTIAL, GOOD],
    ['one that fails its users', SEQUENTIAL, FAILING],
    ['a slow one', SEQUENTIAL, SLOW],
    ['a good one by many judges', MIXED, GOOD],
    ['a failing one by many judges', MIXED, FAILING],
    ['a good one by a score', SCORED, GOOD],
    ['a failing one by a score', SCORED, FAILING],
  ])(
    'is judged again from what is stored, the same at every tick: %s',
    async (...[, analysis, candidate]) => {
      const recorded = recordedRelease(analysis, candidate);
      const { ticks, ended } = recorded;
      await serve(recorded);
      const { answer, code } = await analyze('shop');
      expect(answer.recomputed).toMatchObject({ same: true });
      const last = ticks.at(-1)?.judgement;
      // Not only alike: every number and every word.
      expect(answer.recomputed.course?.judgement).toEqual(last);
      expect(answer).toMatchObject({ ticks: ticks.length, verdict: last?.verdict, reason: last?.reason });
      expect(code).toBe(ended.outcome === 'rolledBack' ? 3 : 0);
      expect((await analyze('shop', '--strict')).code).toBe(last?.verdict === 'good' ? 0 : 3);
    },
  );

  it('is judged again the same when it has stood at a gate, where it is judged too', async () => {
    const document = documentWith(SEQUENTIAL);
    const spec = document['spec'] as JsonObject;
    const judged = { analyze: { atLeast: '10s', atMost: '90s' } };
    const steps = [{ weight: '5%' }, judged, { gate: 'past' }, { weight: '50%' }, judged];
    const gates = [{ name: 'past', freeze: { from: '2020-12-24', to: '2021-01-02' } }];
    const gated = { ...document, spec: { ...spec, strategy: { canary: { steps } }, gates } };
    await serve(releaseOf(gated, GOOD));
    expect((await analyze('shop')).answer.recomputed).toMatchObject({ same: true });
  });

  it('is shown to people: what was recorded, step by step, and the evidence', async () => {
    await serve(recordedRelease(SEQUENTIAL, FAILING));
    const { out } = await bench.run(['analyze', 'shop', '1']);
    expect(out).toMatch(/^shop, release 1, r1-old → r1-new, rolled back: errors: /);
    expect(out).toMatch(/judged again: the same at all \d+ ticks/);
    expect(out).toMatch(/as recorded +bad +canary 5%, tick \d+ +\d+s +\d+ +\d+/);
    expect(out).toMatch(/STEP +as recorded\ncanary 5% +bad, \d+s/);
    expect(out).toMatch(/evidence: bad/);
    expect(out).toMatch(/errors +harm \[█+\] 100%/);
  });

  it('tells where it differs when the policy has changed since, and which checks', async () => {
    const recorded = recordedRelease(SEQUENTIAL);
    const stricter: JsonObject = {
      ...SEQUENTIAL,
      checks: [
        { name: 'errors', errors: {}, worseBy: '5%', safe: '2x', floor: '0.2%' },
        { name: 'latency', latency: {}, worseBy: '3%' },
        { name: 'limit', errors: {}, max: '50%' },
      ],
    };
    await serve(recorded, documentWith(stricter));
    const { answer } = await analyze('shop');
    expect(answer.recomputed).toMatchObject({
      same: false,
      changed: ['errors', 'limit'],
      difference: { tick: 1 },
    });
    await bench.stop();
    await serve(recorded, documentWith({ ...SEQUENTIAL, falseAlarms: '5%' }));
    const { out } = await bench.run(['analyze', 'shop']);
    expect(out).toContain('differs from tick 1 of');
    expect(out).toContain('harm.logLimit was 5.298');
    expect(out).toContain('falseAlarms, warmUp or a weight');
    expect(out).toMatch(/judged again +(good|undecided)/);
  });

  it('tells which tick was changed in the store', async () => {
    const recorded = recordedRelease(SEQUENTIAL);
    const ticks = recorded.ticks.map((one, index) =>
      index === 6 ? { ...one, tick: { ...one.tick, candidate: { ...one.tick.candidate, errors: 3 } } } : one,
    );
    await serve({ ...recorded, ticks });
    expect((await analyze('shop')).answer.recomputed).toMatchObject({
      same: false,
      changed: [],
      difference: { tick: 7 },
    });
  });

  it('may run still', async () => {
    const { document, ticks, ended } = recordedRelease(SEQUENTIAL);
    const release = aRelease({ number: 2, plan: ended.plan });
    await bench.serve({
      get: () => Promise.resolve(aView({ document, release })),
      history: () => Promise.resolve([]),
      ticks: () => Promise.resolve(ticks.slice(0, 12)),
    });
    const { answer } = await analyze('shop');
    expect(answer).toMatchObject({ release: { number: 2 }, ticks: 12, recomputed: { same: true } });
    expect((await bench.run(['analyze', 'shop', '2'])).out).toContain('runs still');
  });

  it.each<[string[], number, string]>([
    [['shop', '9'], 7, 'shop has no release 9'],
    [['shop', 'nine'], 2, 'is not the number of a release'],
    [['shop', '1', '--with', 'nowhere.yaml'], 2, 'cannot read'],
    [['shop', '1', '--with', 'empty.yaml'], 2, 'declares no checks for shop'],
    [['shop', '1', '--with', 'two.yaml'], 2, 'none of them is shop'],
    [['shop', '1', '--export', 'no/where.json'], 2, 'cannot write no/where.json'],
    [['shop', '1', '--replay', 'x'], 2, 'data can come from one place only'],
    [['--replay', 'empty.yaml'], 2, 'cannot be read'],
    [['--replay', 'list.json'], 2, 'is not a release that was exported'],
    [['shop', '1', '2'], 2, 'too many arguments'],
  ])('with %j ends with %d: %s', async (args, status, message) => {
    await serve(recordedRelease(SEQUENTIAL, FAILING));
    await declare('empty.yaml', { checks: [] });
    const named = (name: string): JsonObject => {
      const document = documentWith(SEQUENTIAL);
      const spec = { ...(document['spec'] as JsonObject), traffic: { gateway: { path: `/${name}` } } };
      return { ...document, metadata: { name }, spec };
    };
    await writeFile(
      join(bench.dir, 'two.yaml'),
      ['a', 'b'].map((name) => stringify(named(name))).join('---\n'),
    );
    await writeFile(join(bench.dir, 'list.json'), '[]');
    const { code, err } = await bench.run(['analyze', ...args]);
    expect(err).toContain(message);
    expect(code).toBe(status);
  });

  it('that nothing was counted in says so', async () => {
    await serve({ ...recordedRelease(SEQUENTIAL), ticks: [] });
    const { code, err } = await bench.run(['analyze', 'shop']);
    expect([code, err]).toEqual([7, expect.stringContaining('nothing was judged in release 1 of shop')]);
  });

  it('whose Rollout has no checks any more needs another policy', async () => {
    await serve(recordedRelease(SEQUENTIAL, FAILING), documentWith({ checks: [] }));
    const { code, err } = await bench.run(['analyze', 'shop']);
    expect([code, err]).toEqual([2, expect.stringContaining('declares no checks any more')]);
    await declare('strict.yaml', SEQUENTIAL);
    expect((await analyze('shop', '--with', 'strict.yaml')).code).toBe(3);
  });
});

describe('another policy', () => {
  const LAX: JsonObject = { checks: [{ name: 'limit', errors: {}, max: '90%' }] };
  const HASTY: JsonObject = { warmUp: '0s', checks: [{ name: 'limit', errors: {}, max: '1%', every: '1s' }] };

  it('says when it would have stopped the release, and how many requests had been harmed by then', async () => {
    const recorded = recordedRelease(SEQUENTIAL, FAILING);
    await serve(recorded);
    await declare('hasty.yaml', HASTY);
    const { answer, code } = await analyze('shop', '--with', 'hasty.yaml');
    expect(answer).toMatchObject({
      verdict: 'bad',
      recomputed: { same: true },
      with: { file: 'hasty.yaml', unmeasured: [], stopped: { step: 0, title: 'canary 5%' } },
    });
    const { recorded: then, with: other } = answer;
    expect(other?.stopped?.tick).toBeLessThan(then?.stopped?.tick ?? 0);
    expect(other?.served.errors).toBeLessThan(then?.served.errors ?? 0);
    expect(then?.served.requests).toBe(
      recorded.ticks.reduce((sum, { tick }) => sum + tick.candidate.requests, 0),
    );
    expect(code).toBe(3);
  });

  it('that would have gone on says that what came after was not recorded', async () => {
    await serve(recordedRelease(SEQUENTIAL, FAILING));
    await declare('lax.yaml', LAX);
    const { out, code } = await bench.run(['analyze', 'shop', '--with', 'lax.yaml']);
    expect(out).toMatch(/as recorded +bad .*\nwith lax\.yaml +undecided +not stopped/);
    expect(out).toContain('it would have gone on: what came after was not recorded');
    expect(code).toBe(0);
  });

  it('has no say by what was not measured', async () => {
    await serve(recordedRelease(SEQUENTIAL));
    await declare('users.yaml', {
      checks: [
        ...(HASTY['checks'] as readonly JsonObject[]),
        { name: 'memory', usage: 'memory', max: '512Mi' },
      ],
    });
    const { err, answer } = await analyze('shop', '--with', 'users.yaml');
    expect(err).toBe('');
    expect(answer.with?.unmeasured).toEqual(['memory']);
  });
});

describe('an exported release', () => {
  it('holds all that is needed to judge it again, and by another policy', async () => {
    const recorded = recordedRelease(SEQUENTIAL, FAILING);
    await serve(recorded);
    const here = await analyze('shop', '1', '--export', 'release.json');
    await bench.stop();
    await declare('lax.yaml', { checks: [{ name: 'limit', errors: {}, max: '90%' }] });
    const there = await analyze('--replay', 'release.json');
    expect(there.answer).toEqual(here.answer);
    expect(there.code).toBe(3);
    const lax = await analyze('--replay', 'release.json', '--with', 'lax.yaml');
    expect(lax).toMatchObject({ code: 0, answer: { verdict: 'undecided', recomputed: { same: true } } });
  });

  it('is written to standard output, and no file is replaced unasked', async () => {
    await serve(recordedRelease(SEQUENTIAL));
    const { out } = await bench.run(['analyze', 'shop', '--export', '-']);
    expect(JSON.parse(out)).toMatchObject({ format: 'coalmine.dev/release/v1', rollout: 'shop' });
    await writeFile(join(bench.dir, 'mine'), 'mine');
    const refused = await bench.run(['analyze', 'shop', '--export', 'mine'], { types: 'n' });
    expect([refused.code, await readFile(join(bench.dir, 'mine'), 'utf8')]).toEqual([6, 'mine']);
    expect((await bench.run(['analyze', 'shop', '--export', 'mine', '--yes'], { types: 'n' })).code).toBe(0);
    expect((await analyze('--replay', 'mine')).answer.recomputed).toMatchObject({ same: true });
  });

  it.each<[string, (file: JsonObject) => unknown]>([
    ['ticks', (file) => ({ ...file, ticks: {} })],
    ['ticks[0].tick.candidate.requests', (file) => withTick(file, { candidate: { errors: 0, latency: [] } })],
    [
      'ticks[0].tick.measured.x',
      (file) => withTick(file, { measured: { x: { kind: 'gauge', candidate: 5 } } }),
    ],
    ['ticks[0].step', (file) => withFirst(file, { step: 99 })],
    ['ticks[0].judgement', (file) => withFirst(file, { judgement: { verdict: 'fine' } })],
    ['release.number', (file) => ({ ...file, release: { to: 'x', startedAt: 0 } })],
  ])('is refused with the place of what is wrong: %s', async (place, changed) => {
    await serve(recordedRelease(SEQUENTIAL, FAILING));
    await bench.run(['analyze', 'shop', '--export', 'release.json']);
    const file = JSON.parse(await readFile(join(bench.dir, 'release.json'), 'utf8')) as JsonObject;
    await writeFile(join(bench.dir, 'release.json'), JSON.stringify(changed(file)));
    const { code, err } = await bench.run(['analyze', '--replay', 'release.json']);
    expect(err).toContain(place);
    expect(code).toBe(2);
  });

  it('may come from elsewhere: without judgements, with numbers that cannot be, with gauges that are none', async () => {
    const recorded = recordedRelease(SEQUENTIAL);
    const release = { number: 1, to: 'x', startedAt: 0 };
    const ticks = recorded.ticks.slice(0, 20).map(({ step, at, tick }, index) => ({
      step,
      at,
      tick:
        index === 3
          ? {
              ...tick,
              candidate: {
                ...tick.candidate,
                requests: -5,
                latency: [
                  [5, 1],
                  [4, 1],
                ],
              },
            }
          : { ...tick, measured: { lag: { kind: 'gauge', candidate: { a: null }, control: {} } } },
    }));
    const steps = [{ title: 'canary', waits: true }];
    const { document } = recorded;
    const file = { format: 'coalmine.dev/release/v1', rollout: 'shop', release, steps, document, ticks };
    await writeFile(join(bench.dir, 'theirs.json'), JSON.stringify(file));
    const { answer, code, out } = await analyze('--replay', 'theirs.json');
    expect([code, answer.verdict]).toEqual([0, expect.stringMatching(/undecided|invalid/)]);
    expect(answer.recomputed).toMatchObject({
      same: false,
      why: 'the recording does not tell what was said',
    });
    expect(out).not.toContain('"recorded"');
  });
});

function withFirst(file: JsonObject, differences: JsonObject): JsonObject {
  const [first = {}, ...others] = file['ticks'] as readonly JsonObject[];
  return { ...file, ticks: [{ ...first, ...differences }, ...others] };
}

function withTick(file: JsonObject, differences: JsonObject): JsonObject {
  const [first = {}] = file['ticks'] as readonly JsonObject[];
  return withFirst(file, { tick: { ...(first['tick'] as JsonObject), ...differences } });
}
