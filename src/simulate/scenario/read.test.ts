import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Failure } from '../../base/failure.ts';
import { ScenarioFiles } from '../testing/scenario-files.ts';
import { readScenario } from './read.ts';

const EXAMPLES = fileURLToPath(new URL('../../../examples', import.meta.url));
const WEB_SERVICE = join(EXAMPLES, 'web-service', 'coalmine.yaml');

const ROLLOUT = `
metadata: { name: shop }
spec:
  workload: { process: { from: ., command: [node] } }
  traffic: { gateway: {} }
  strategy: { canary: { weights: [10%] } }
  sources: [{ name: prom, prometheus: { address: 'http://127.0.0.1:9' } }]
  analysis:
    checks:
      - { name: errors, errors: {}, worseBy: 10% }
      - { name: failed, ratio: { source: prom, bad: 'a{r="{{revision}}"}', all: 'b{r="{{revision}}"}' }, worseBy: 10% }
      - { name: queue, value: { source: prom, query: 'q{r="{{revision}}"}' }, max: 10 }
`;

let files: ScenarioFiles;

beforeAll(async () => {
  files = await ScenarioFiles.create({
    'shop.yaml': ROLLOUT,
    'broken.yaml': 'metadata: { name: shop }\nspec: { workloat: {} }\n',
    'day.csv': 'when,requests\n0,300\n1,"600"\n\n2,0\n',
    'bad.csv': 'when,requests\n0,300\n1,many\n',
  });
});
afterAll(() => files.destroy());

const VERSIONS = 'versions: [{ name: v1 }, { name: v2 }]\n';

describe('a scenario', () => {
  it('has everything that is not written from the defaults, and from the first version', async () => {
    const { subjects, seed, lookEveryMs, untilMs } = await files.read(
      'versions: [{ name: v1, errors: 1%, latency: { median: 10ms, p99: 20ms } }, { name: v2, startUp: 9s }]',
    );
    expect({ seed, lookEveryMs, untilMs }).toEqual({ seed: 1, lookEveryMs: 1_000, untilMs: undefined });
    const { rollout, load, versions } = subjects[0]!;
    expect(rollout.name).toBe('shop');
    expect(load.shape).toEqual({ kind: 'constant', perSecond: 200 });
    expect(versions).toMatchObject([
      { name: 'v1', errorRatio: 0.01, startUpMs: 2_000 },
      { name: 'v2', errorRatio: 0.01, startUpMs: 9_000 },
    ]);
    expect(versions[1]!.latency).toBe(versions[0].latency);
  });

  it('measures at the gateway what it can, and says what it leaves out', async () => {
    const { subjects, notes } = await files.read(VERSIONS);
    const { analysis, sources } = subjects[0]!.rollout;
    expect(analysis?.checks.map(({ name, metric }) => [name, metric.kind])).toEqual([
      ['errors', 'errors'],
      ['failed', 'errors'],
    ]);
    expect(sources).toEqual([]);
    expect(notes).toEqual([
      'shop: the check failed is measured at the gateway: nothing tells what its source measures',
      'shop: the check queue is left out: nothing tells what it measures (measured, in a scenario)',
    ]);
  });

  it('repeats, delays and limits what happens', async () => {
    const { subjects } = await files.read(`
${VERSIONS}until: 1h
rollouts: [{ file: shop.yaml, copies: 3 }]
happens:
  - { at: 10m, every: 20m, pause: {} }
  - { at: 0s, every: 1m, times: 2, fault: { errors: 1% } }
  - { at: 1m, spread: 10m, release: v2 }
  - { at: 5m, rollout: shop-2, outage: { of: metrics, for: 1m } }
  - { at: 6m, restartGateway: {} }
`);
    expect(subjects.map(({ rollout }) => rollout.name)).toEqual(['shop-1', 'shop-2', 'shop-3']);
    const [, second] = subjects;
    expect(second!.acts.filter(({ kind }) => kind === 'steer').map(({ atMs }) => atMs)).toEqual([
      600_000, 1_800_000, 3_000_000,
    ]);
    expect(second!.faults.map(({ atMs }) => atMs)).toEqual([0, 60_000]);
    const releases = subjects.map(({ acts }) => acts.find(({ kind }) => kind === 'release')!.atMs);
    expect(new Set(releases).size).toBe(3);
    for (const atMs of releases) expect(atMs >= 60_000 && atMs <= 660_000).toBe(true);
    expect(subjects.map(({ outages }) => outages.map(({ of }) => of))).toEqual([
      ['gateway'],
      ['metrics', 'gateway'],
      ['gateway'],
    ]);
  });

  it('takes traffic from a file', async () => {
    const csv = '{ file: day.csv, column: requests, every: 1m, total: true, times: 2 }';
    const { subjects } = await files.read(`${VERSIONS}traffic: { csv: ${csv} }`);
    expect(subjects[0]!.load.shape).toEqual({ kind: 'measured', everyMs: 60_000, rates: [10, 20, 0] });
  });

  it('is for the Rollouts of other files where these are named', async () => {
    const file = join(files.dir, 'scenario.yaml');
    await writeFile(file, `${VERSIONS}rollouts: [{ file: shop.yaml }]`);
    const { subjects } = await readScenario(file, {
      instead: [WEB_SERVICE],
      usual: () => Promise.resolve('none'),
    });
    expect(subjects.map(({ rollout }) => rollout.name)).toEqual(['hello']);
  });

  it('of the examples is valid', async () => {
    const files = await readdir(join(EXAMPLES, 'scenarios'));
    expect(files.length).toBeGreaterThanOrEqual(5);
    for (const file of files) {
      const { subjects } = await readScenario(join(EXAMPLES, 'scenarios', file), {
        usual: () => Promise.resolve('none'),
      });
      expect(subjects.length).toBeGreaterThan(0);
    }
  });
});

describe('a scenario that is wrong', () => {
  it.each<[string, readonly string[]]>([
    ['', ['scenario.yaml:1:1: there is no scenario']],
    ['{', [expect.stringContaining('scenario.yaml:1:2: not YAML') as string]],
    [
      '[]',
      [
        'scenario.yaml:1:1: must be an object, but is a list',
        expect.stringContaining('fields: kind, seed') as string,
      ],
    ],
    ['versions: []', ['scenario.yaml:1:1 versions: must not be empty']],
    [
      `${VERSIONS}---\n${VERSIONS}`,
      ['scenario.yaml:3:1: a file holds one scenario, and this is a second document'],
    ],
    [`${VERSIONS}hapens: []`, ['scenario.yaml:2:1 hapens: unknown field', '  did you mean happens?']],
    [
      `${VERSIONS}happens: [{ at: 5, release: v2 }]`,
      [
        'scenario.yaml:2:17 happens[0].at: must be a duration, as in "90s", "10m" or "1h30m", but is a number',
        '  did you mean 5s?',
      ],
    ],
    [
      `${VERSIONS}happens: [{ at: 5s, release: v3 }]`,
      ['scenario.yaml:2:30 happens[0].release: no version is named v3', '  did you mean v1?'],
    ],
    [
      `${VERSIONS}happens: [{ at: 5s, release: v2, pause: {} }]`,
      [
        'scenario.yaml:2:11 happens[0]: has more than one thing that happens: release and pause',
        '  keep one of them',
      ],
    ],
    [
      `${VERSIONS}happens: [{ at: 5s }]`,
      [expect.stringContaining('happens[0]: needs one thing that happens: release, fault') as string],
    ],
    [
      `${VERSIONS}happens: [{ at: 5s, every: 1s, promote: {} }]`,
      [
        'scenario.yaml:2:28 happens[0].every: never ends',
        '  add times, or an end of the scenario: until: 24h',
      ],
    ],
    [
      `${VERSIONS}until: 30d\nhappens: [{ at: 5s, every: 1s, promote: {} }]`,
      ['scenario.yaml:3:28 happens[0].every: happens 2591995 times', '  at most 10000 times'],
    ],
    [
      `${VERSIONS}happens: [{ at: 5s, times: 3, promote: {} }]`,
      ['scenario.yaml:2:28 happens[0].times: is only for what happens again', '  add every: 8h'],
    ],
    [
      `${VERSIONS}happens: [{ at: 5s, fault: {} }]`,
      ['scenario.yaml:2:21 happens[0].fault: needs one harm: errors/slower'],
    ],
    [
      `${VERSIONS}happens: [{ at: 5s, rollout: shp, pause: {} }]`,
      ['scenario.yaml:2:30 happens[0].rollout: no Rollout is named shp', '  did you mean shop?'],
    ],
    [
      `${VERSIONS}happens: [{ at: 5s, outage: { of: metric, for: 1m } }]`,
      [
        'scenario.yaml:2:35 happens[0].outage.of: "metric" is not one of its words: metrics, gateway, workload or controller',
        '  did you mean metrics?',
      ],
    ],
    [`${VERSIONS}until: 1000d`, ['scenario.yaml:2:8 until: 1000d is too long', '  at most 366d']],
    [
      'versions: [{ name: v1 }, { name: v1 }]',
      ['scenario.yaml:1:34 versions[1].name: another version is named v1', '  give each a name of its own'],
    ],
    [
      'versions: [{ name: v1, latency: { median: 80ms, p99: 80ms } }]',
      ['scenario.yaml:1:54 versions[0].latency.p99: 80ms is not longer than the median (80ms)'],
    ],
    [
      'versions: [{ name: v1, errors: 0.05 }]',
      [
        'scenario.yaml:1:32 versions[0].errors: must be a share, as in "5%" or "0.5%", but is a number',
        '  did you mean 0.05%?',
      ],
    ],
    ['versions: [{ name: v1, errors: 101% }]', ['scenario.yaml:1:32 versions[0].errors: 101% is over 100%']],
    [
      'versions: [{ name: "../v1" }]',
      [expect.stringContaining('versions[0].name: "../v1" is not a name of letters') as string],
    ],
    [`${VERSIONS}traffic: { constant: -1 }`, ['scenario.yaml:2:22 traffic.constant: must be at least 0']],
    [
      `${VERSIONS}traffic: { constant: .inf }`,
      ['scenario.yaml:2:22 traffic.constant: must be a number, but is Infinity'],
    ],
    [
      `${VERSIONS}traffic: { diurnal: { least: 9, most: 3 } }`,
      ['scenario.yaml:2:30 traffic.diurnal.least: 9 is more than most (3)'],
    ],
    [
      `${VERSIONS}traffic: { constant: 1, bursts: [{ at: 0s, for: 1m, every: 30s, times: 2 }] }`,
      ['scenario.yaml:2:60 traffic.bursts[0].every: 30s is not longer than the burst itself (1m)'],
    ],
    [
      `${VERSIONS}traffic: { csv: { file: none.csv, column: a, every: 1m } }`,
      [expect.stringContaining('scenario.yaml:2:25 traffic.csv.file: cannot read none.csv') as string],
    ],
    [
      `${VERSIONS}traffic: { csv: { file: day.csv, column: request, every: 1m } }`,
      [
        'scenario.yaml:2:42 traffic.csv.column: day.csv:1 has no column "request"',
        '  its columns: when, requests',
      ],
    ],
    [
      `${VERSIONS}traffic: { csv: { file: bad.csv, column: requests, every: 1m } }`,
      ['scenario.yaml:2:25 traffic.csv.file: bad.csv:3 "many" is not a number of requests'],
    ],
    [
      `${VERSIONS}rollouts: [{ file: none.yaml }]`,
      [expect.stringContaining('scenario.yaml:2:20 rollouts[0].file: cannot read none.yaml') as string],
    ],
    [
      `${VERSIONS}rollouts: [{ file: shop.yaml, name: shopp }]`,
      [
        'scenario.yaml:2:37 rollouts[0].name: the file declares no Rollout named shopp',
        '  did you mean shop?',
      ],
    ],
    [
      `${VERSIONS}rollouts: [{ file: shop.yaml }, { file: shop.yaml }]`,
      ['scenario.yaml:2:1 rollouts: has Rollouts of the same name', '  give each a name of its own'],
    ],
    [
      `${VERSIONS}rollouts: [{ file: shop.yaml, copies: 9999 }, { file: shop.yaml, copies: 9999 }]`,
      expect.arrayContaining(['scenario.yaml:2:1 rollouts: are 19998 Rollouts']) as string[],
    ],
    [
      `${VERSIONS}rollouts: [{ file: broken.yaml }]`,
      expect.arrayContaining(['broken.yaml:2:9 spec.workloat: unknown field']) as string[],
    ],
    [
      'versions: [{ name: no }]',
      [expect.stringContaining('versions[0].name: no without quotes') as string, expect.anything() as string],
    ],
    ['['.repeat(200), [expect.stringContaining('nested more than 100 levels deep') as string]],
    [`# ${'x'.repeat(1_100_000)}`, ['scenario.yaml is larger than 1 MiB']],
  ])('is refused with its place and what to write instead: %s', async (text, problems) => {
    expect(await files.problemsOf(text)).toEqual(problems);
  });

  it('never breaks the reader, whatever the values are', async () => {
    const key = fc.constantFrom(
      'versions',
      'happens',
      'traffic',
      'rollouts',
      'seed',
      'until',
      'name',
      'at',
      'fault',
    );
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom<unknown>(null, true, -1, 1e300, '', '5%', '10m', 'v1', [], {}),
        fc.array(tie('any'), { maxLength: 3 }),
        fc.dictionary(key, tie('any'), { maxKeys: 4 }),
      ),
    })).any;
    await fc.assert(
      fc.asyncProperty(value, async (document) => {
        await files.read(JSON.stringify(document)).catch((thrown: unknown) => {
          expect(thrown).toBeInstanceOf(Failure);
        });
      }),
      { numRuns: 200 },
    );
  });
});
