import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TriedAnswer } from '../../src/cli/output/simulation.ts';
import { Bench } from './harness.ts';

const ROLLOUT = fileURLToPath(new URL('../../examples/web-service/coalmine.yaml', import.meta.url));
const SCENARIO = `
versions: [{ name: v1 }, { name: v2, errors: 10% }]
happens: [{ at: 1m, release: v2 }]
`;

let bench: Bench;

beforeEach(async () => {
  bench = await Bench.create();
  await copyFile(ROLLOUT, join(bench.dir, 'coalmine.yaml'));
  await writeFile(join(bench.dir, 'bad.yaml'), SCENARIO);
});
afterEach(() => bench.destroy());

async function answerOf(...argv: readonly string[]): Promise<readonly TriedAnswer[]> {
  const { code, out } = await bench.run(['simulate', ...argv, '--output', 'json']);
  expect(code).toBe(0);
  return JSON.parse(out) as readonly TriedAnswer[];
}

describe('simulate', () => {
  it('shows a good version being promoted and a bad one being taken back, without a file', async () => {
    const { code, out } = await bench.run(['simulate']);
    expect(code).toBe(0);
    expect(out).toMatch(/^as good as the old version {2}seed 1/);
    expect(out).toMatch(/hello: release 1 of v2 promoted after/);
    expect(out).toMatch(/^errors 5% {2}seed 1/m);
    expect(out).toMatch(/hello: release 1 of v2 rolled back after/);
    expect(out).toContain('note: hello: at 200 requests/s, 0.1 % failing, median');
  });

  it('takes the traffic and the fault of the options', async () => {
    const [good, bad] = await answerOf('--traffic', '50', '--error-rate', '1%', '--fault', 'latency +50%');
    expect(good!.notes[0]).toContain('at 50 requests/s, 1 % failing');
    expect(bad!.name).toBe('latency +50%');
    const [release] = bad!.runs[0]!.rollouts[0]!.releases;
    expect(release).toMatchObject({ outcome: 'rolledBack', candidate: { harmedByErrors: 0 } });
    expect(release!.candidate.slowed).toBeGreaterThan(0);
  });

  it('plays a scenario, and says what happened as it happened', async () => {
    const { out } = await bench.run(['simulate', 'bad.yaml']);
    const words = ['v2 is released', 'ReleaseStarted', 'split ', 'evidence', 'RollingBack', 'RolledBack'];
    const places = words.map((word) => out.indexOf(word));
    expect(places.every((place) => place > 0)).toBe(true);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(out).toMatch(/requests went to v2: \d+ harmed \(\d+ failed, 0 slower\)/);
  });

  it('answers programs with everything', async () => {
    const [answer] = await answerOf('bad.yaml', '--seed', '5', '--until', '2h');
    const [run] = answer!.runs;
    expect(run).toMatchObject({ seed: 5, endedAtMs: 7_200_000 });
    expect(new Set(run!.timeline.map(({ kind }) => kind))).toEqual(
      new Set(['scenario', 'event', 'route', 'evidence']),
    );
  });

  it('shows how outcomes vary over many runs', async () => {
    const { out } = await bench.run(['simulate', 'bad.yaml', '--runs', '5', '--look-every', '5s']);
    expect(out).toContain('5 runs, seeds 1 to 5');
    expect(out).toMatch(/hello +v2 +5 +rolled back 100% \(57% to 100%\)/);
    const [answer] = await answerOf('bad.yaml', '--runs', '3');
    expect(answer!.distributions).toMatchObject([
      { version: 'v2', releases: 3, outcomes: { rolledBack: 3 } },
    ]);
    expect(answer!.runs.map(({ seed }) => seed)).toEqual([1, 2, 3]);
  });

  it('shows many Rollouts together', async () => {
    await writeFile(
      join(bench.dir, 'many.yaml'),
      `${SCENARIO}rollouts: [{ file: coalmine.yaml, copies: 7 }]\nlookEvery: 10s`,
    );
    const { out } = await bench.run(['simulate', 'many.yaml']);
    expect(out).toMatch(/^ROLLOUT +RELEASE +TO +OUTCOME/m);
    expect(out.match(/^hello-\d +1 +v2 +rolled back/gm)).toHaveLength(7);
  });

  it('tries a scenario with other Rollouts', async () => {
    await writeFile(
      join(bench.dir, 'other.yaml'),
      'metadata: { name: other }\nspec:\n  workload: { process: { from: ., command: [node] } }\n  strategy: { recreate: {} }\n',
    );
    const { out } = await bench.run(['simulate', 'bad.yaml', '--file', 'other.yaml']);
    expect(out).toContain('other: release 1 of v2 promoted');
  });

  it.each([
    [['--fault', 'errors'], '--fault errors is not a way to be worse'],
    [['--fault', 'errors 0%'], 'is not a way to be worse'],
    [['--traffic', 'much'], '--traffic much is not a rate'],
    [['bad.yaml', '--traffic', '5'], '--traffic does not go with a scenario'],
    [['bad.yaml', '--error-rate', '5%'], '--error-rate does not go with a scenario'],
    [['none.yaml'], 'cannot read'],
    [['--runs', '0'], 'Write a whole number above 0.'],
    [['--until', 'soon'], 'Write a duration'],
    [['bad.yaml', 'worse.yaml'], 'too many arguments'],
  ])('refuses %j', async (argv, message) => {
    const { code, err } = await bench.run(['simulate', ...argv]);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });

  it('says where a scenario is wrong', async () => {
    await writeFile(join(bench.dir, 'bad.yaml'), 'versions: [{ name: v1, erors: 1% }]');
    const { code, err } = await bench.run(['simulate', 'bad.yaml']);
    expect(code).toBe(2);
    expect(err).toContain('bad.yaml:1:24 versions[0].erors: unknown field');
    expect(err).toContain('did you mean errors?');
  });

  it('ends with Ctrl-C', async () => {
    const { code, err } = await bench.run(['simulate', 'bad.yaml', '--runs', '100000'], {
      interrupted: AbortSignal.abort(),
    });
    expect([code, err]).toEqual([130, 'interrupted: nothing to show\n']);
  });
});
