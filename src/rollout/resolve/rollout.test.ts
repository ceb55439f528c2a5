import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nearlyValid } from '../../../test/rollout/nearly-valid.ts';
import { Failure } from '../../base/failure.ts';
import type { Json, JsonObject } from '../../base/json.ts';
import { localWorkload } from '../local-workload.ts';
import type { ProcessWorkload } from '../model.ts';
import { examineRollout, resolveRollout } from './rollout.ts';
import { gatewayOf } from '../traffic.ts';

const GATEWAY = { gateway: { host: 'Shop.Example.com' } };

function resolved(spec: JsonObject, name = 'shop') {
  const process = { from: './dist', command: ['node'] };
  return resolveRollout({
    metadata: { name },
    spec: { workload: { process }, strategy: { recreate: {} }, ...spec },
  });
}

const local = (spec: JsonObject) => localWorkload(resolved(spec).workload);
const canary = (written: Json) => resolved({ traffic: GATEWAY, strategy: { canary: written } }).strategy;
const checks = (...written: readonly Json[]) =>
  resolved({
    traffic: GATEWAY,
    strategy: { canary: { weights: ['5%'] } },
    analysis: { checks: written },
  }).analysis?.checks;

describe('defaults', () => {
  test('a process with traffic is ready when its port opens; one without has no probe', () => {
    expect(local({ traffic: GATEWAY }).ready?.check).toEqual({ kind: 'tcp' });
    expect(local({}).ready).toBeUndefined();
  });

  test('a liveness probe is slower than a readiness probe', () => {
    const probes = { live: { command: ['true'] }, ready: { tcp: {}, failures: 5 } };
    const workload = local({ workload: { process: { from: '.', command: ['a'], ...probes } } });
    expect(workload.live).toEqual({
      check: { kind: 'command', command: ['true'] },
      everyMs: 5_000,
      timeoutMs: 1_000,
      withinMs: 30_000,
      failures: 3,
    });
    expect(workload.ready).toMatchObject({ everyMs: 1_000, failures: 5 });
  });

  test('a first delay above the usual longest one is the longest', () => {
    const process = { from: '.', command: ['a'], restart: { firstDelay: '1m' } };
    expect(local({ workload: { process } }).restart).toMatchObject({ maxDelayMs: 60_000 });
  });

  test('two long names have two sticky cookies that the gateway takes', () => {
    const names = ['a', 'b'].map((last) => `${'x'.repeat(62)}${last}`);
    const cookies = names.map(
      (name) =>
        gatewayOf(resolved({ traffic: { gateway: { sticky: { cookie: 'auto' } } } }, name).traffic)?.sticky
          ?.cookie,
    );
    expect(new Set(cookies).size).toBe(2);
    for (const cookie of cookies) expect(cookie).toMatch(/^[A-Za-z0-9_.-]{1,64}$/);
  });
});

describe('steps', () => {
  test('are kept as written, in their units', () => {
    const steps = [
      { replicas: 2 },
      { replicas: '25%' },
      { weight: '0.5%' },
      { match: [{ header: { name: 'a', exact: '1' }, method: 'post' }, { path: { prefix: '/shop/' } }] },
      { pause: {} },
      { pause: '10m' },
      { analyze: { atLeast: '2m', atMost: '30m' } },
    ];
    expect(canary({ steps, capacity: 'fixed', earlyPromotion: false })).toEqual({
      kind: 'canary',
      capacity: 'fixed',
      earlyPromotion: false,
      steps: [
        { kind: 'replicas', replicas: { count: 2 } },
        { kind: 'replicas', replicas: { share: 25_000 } },
        { kind: 'weight', weight: 500 },
        {
          kind: 'match',
          match: [{ header: { name: 'a', exact: '1' }, method: 'POST' }, { path: { prefix: '/shop' } }],
        },
        { kind: 'pause' },
        { kind: 'pause', forMs: 600_000 },
        { kind: 'analyze', atLeastMs: 120_000, atMostMs: 1_800_000 },
      ],
    });
  });

  test.each([
    [{}, 30_000, 600_000],
    [{ atMost: '10s' }, 10_000, 10_000],
    [{ atLeast: '1h' }, 3_600_000, 3_600_000],
    [{ atLeast: '0s' }, 0, 600_000],
  ])('a bound that is not written gives way: %j', (analyze, atLeastMs, atMostMs) => {
    expect(canary({ steps: [{ analyze }] })).toMatchObject({
      steps: [{ kind: 'analyze', atLeastMs, atMostMs }],
    });
  });

  test('may end with all of the traffic', () => {
    expect(canary({ weights: ['50%', '100%'] })).toMatchObject({ steps: { length: 4 } });
  });
});

describe('checks', () => {
  test.each([
    [
      { errors: {}, worseBy: '250%', safe: '0.5%' },
      { kind: 'sequential', worseBy: 2.5, safe: { absolute: 0.005 } },
    ],
    [
      { latency: {}, worseBy: '3%', safe: '1.2x' },
      { kind: 'sequential', worseBy: 0.03, safe: { ratio: 1.2 } },
    ],
    [
      { latency: {}, worseBy: '3%', safe: '250ms' },
      { kind: 'sequential', worseBy: 0.03, safe: { absolute: 250 } },
    ],
    [
      { errors: {}, max: '1%' },
      { kind: 'threshold', max: 0.01, everyMs: 10_000, failures: { limit: 0, consecutive: false } },
    ],
    [
      { latency: { quantile: 0.99 }, max: '300ms', min: '1ms', every: '5s', failures: { limit: 2 } },
      { kind: 'threshold', max: 300, min: 1, everyMs: 5_000, failures: { limit: 2, consecutive: false } },
    ],
  ])('%j', (written, judge) => {
    expect(checks({ name: 'a', ...written })?.[0]?.judge).toEqual(judge);
  });

  test('a floor is in the unit of its metric', () => {
    const both = checks(
      { name: 'a', errors: {}, worseBy: '5%', floor: '0.2%' },
      { name: 'b', latency: { quantile: 0.9 }, worseBy: '5%', floor: '20ms', weight: 2 },
    );
    expect(both?.map(({ floor, weight }) => [floor, weight])).toEqual([
      [0.002, 1],
      [20, 2],
    ]);
  });
});

describe('containers', () => {
  const container = { image: 'registry.example.com:5000/team/shop:1.2', port: 8080 };

  test('have the defaults of processes, and no files of their own', () => {
    const { workload } = resolved({ workload: { container }, traffic: { gateway: {} } });
    const process = { from: '.', command: ['a'] };
    const {
      from: _,
      command: _unused,
      ...common
    } = resolved({
      workload: { process },
      traffic: { gateway: {} },
    }).workload as ProcessWorkload;
    expect(workload).toEqual({ ...common, kind: 'container', pull: 'missing', ...container });
  });

  test('need a port only where somebody asks it', () => {
    expect(resolved({ workload: { container: { image: 'shop' } } }).workload).not.toHaveProperty('port');
    const probed = { image: 'shop', ready: { command: ['true'] } };
    expect(resolved({ workload: { container: probed } }).workload).not.toHaveProperty('port');
    for (const [more, traffic] of [
      [{}, { gateway: {} }],
      [{ live: { tcp: {} } }, undefined],
    ] as const) {
      const { findings } = examineRollout({
        metadata: { name: 'shop' },
        spec: {
          workload: { container: { image: 'shop', ...more } },
          strategy: { recreate: {} },
          ...(traffic && { traffic }),
        },
      });
      expect(findings).toMatchObject([{ path: 'spec.workload.container.port', reason: 'is required' }]);
    }
  });

  test.each(['memory', 'cpu'])('are not measured by their %s', (usage) => {
    const { findings } = examineRollout({
      metadata: { name: 'shop' },
      spec: {
        workload: { container },
        traffic: { gateway: {} },
        strategy: { canary: { weights: ['5%'] } },
        analysis: { checks: [{ name: 'used', usage, worseBy: '10%' }] },
      },
    });
    expect(findings).toMatchObject([{ path: 'spec.analysis.checks[0].usage' }]);
  });
});

test('a live directory may be run by recreate', () => {
  const process = { from: { live: '.' }, command: ['node'] };
  expect(resolved({ workload: { process } }).workload).toMatchObject({ from: { live: '.' } });
});

test('what needs traffic is refused without it', () => {
  const findings = examineRollout({
    metadata: { name: 'a' },
    spec: {
      workload: { process: { from: '.', command: ['a'] } },
      strategy: { canary: { steps: [{ replicas: 1 }, { weight: '5%' }] } },
      analysis: { checks: [{ name: 'a', latency: {}, worseBy: '5%' }] },
    },
  }).findings.map(({ path, reason }) => [path, reason]);
  expect(findings).toEqual([
    ['spec.strategy.canary.steps[1]', 'this is of traffic, and there is none'],
    ['spec.analysis.checks[0].latency', 'this is measured on traffic, and there is none'],
  ]);
});

test('a threshold beside recreate is refused: no step could judge it', () => {
  const spec = { traffic: GATEWAY, analysis: { checks: [{ name: 'a', errors: {}, max: '1%' }] } };
  expect(() => resolved(spec)).toThrow('recreate has no step in which a check could be judged');
});

describe('a baseline', () => {
  const withBaseline = (differences: JsonObject) =>
    resolved({
      traffic: GATEWAY,
      strategy: { canary: { weights: ['5%', '50%'], baseline: true } },
      ...differences,
    });

  test.each([{}, { analysis: {} }, { analysis: { compareTo: 'baseline' } }])(
    'is taken as it is: %j',
    (spec) => {
      expect(withBaseline(spec).strategy).toMatchObject({ baseline: true });
    },
  );

  test('that nothing would be compared with is refused', () => {
    expect(() => withBaseline({ analysis: { compareTo: 'stable' } })).toThrow('nothing would be compared');
  });

  test('without traffic is refused', () => {
    const strategy = { canary: { replicas: [1], baseline: true } };
    expect(() => resolved({ strategy })).toThrow('a baseline gets traffic, and there is none');
  });
});

describe('a ramp', () => {
  const ramped = (written: Json, replicas = 4) =>
    resolved({
      strategy: { ramped: written },
      workload: { process: { from: '.', command: ['a'], replicas } },
    }).strategy;

  test('adds a quarter and misses nothing, when nothing is said', () => {
    expect(ramped({})).toEqual({
      kind: 'ramped',
      maxSurge: { share: 25_000 },
      maxUnavailable: { count: 0 },
      analyze: { atLeastMs: 30_000, atMostMs: 600_000 },
    });
  });

  test('stops where it is told', () => {
    expect(ramped({ partition: '50%', pauseEvery: 2 })).toMatchObject({
      partition: { share: 50_000 },
      pauseEvery: { count: 2 },
    });
  });

  test.each<[Json, number]>([
    [{ maxSurge: 1 }, 251],
    [{ maxSurge: 0, maxUnavailable: 1 }, 1_000],
    [{ pauseEvery: 1 }, 251],
  ])('of more steps than anybody reads is refused: %j for %d replicas', (written, replicas) => {
    expect(() => ramped(written, replicas)).toThrow('in more than 250 batches');
  });

  test.each<[Json, number]>([
    [{ maxSurge: 1 }, 250],
    [{}, 1_000],
  ])('%j of %d replicas is not', (written, replicas) => {
    expect(() => ramped(written, replicas)).not.toThrow();
  });
});

describe('blue/green', () => {
  test('bakes for ten minutes and keeps the old version for thirty', () => {
    expect(resolved({ traffic: GATEWAY, strategy: { blueGreen: {} } }).strategy).toEqual({
      kind: 'blueGreen',
      bakeMs: 600_000,
      keepStableMs: 1_800_000,
    });
  });

  test('may do neither', () => {
    const strategy = { blueGreen: { bake: '0s', keepStable: '0s' } };
    expect(resolved({ traffic: GATEWAY, strategy }).strategy).toMatchObject({ bakeMs: 0, keepStableMs: 0 });
  });

  test.each<[string, JsonObject]>([
    ['all traffic is to move at once, and there is none', { strategy: { blueGreen: {} } }],
    [
      'blueGreen keeps two versions alive',
      {
        traffic: GATEWAY,
        strategy: { blueGreen: {} },
        workload: { process: { from: { live: '.' }, command: ['a'] } },
      },
    ],
    [
      'bake: 0s leaves no time to judge it',
      {
        traffic: GATEWAY,
        strategy: { blueGreen: { bake: '0s' } },
        analysis: { checks: [{ name: 'a', errors: {}, max: '1%' }] },
      },
    ],
    [
      'nothing to compare with at the same time',
      {
        traffic: GATEWAY,
        strategy: { blueGreen: {} },
        analysis: { score: { pass: 95, marginal: 75 }, checks: [{ name: 'a', errors: {} }] },
      },
    ],
  ])('is refused where it makes no sense: %s', (reason, spec) => {
    expect(() => resolved(spec)).toThrow(reason);
  });
});

test('one mistake does not hide those in other sections', () => {
  const paths = examineRollout({
    metadata: { name: 'A' },
    spec: {
      workload: { process: { from: '.', command: [1] } },
      traffic: { gateway: { timeout: '0s' } },
      strategy: { canary: { weights: ['5%', '4%'], capcity: 'match' } },
      analysis: { falseAlarms: '99%' },
      deadline: '0s',
      notify: [{ name: 'a', on: ['started'], slack: {} }],
    },
  }).findings.map(({ path }) => path);
  expect(paths.sort()).toEqual([
    'metadata.name',
    'spec.analysis.falseAlarms',
    'spec.deadline',
    'spec.notify[0].slack',
    'spec.strategy.canary.capcity',
    'spec.strategy.canary.weights[1]',
    'spec.traffic.gateway.timeout',
    'spec.workload.process.command[0]',
  ]);
});

test('a refusal of what is not built has its own code, unless something is wrong as well', () => {
  expect(failureOf(() => resolved({ workload: { flag: { key: 'a', variant: 'b' } } }))?.code).toBe(
    'notBuilt',
  );
  expect(
    failureOf(() => resolved({ workload: { flag: { key: 'a', variant: 'b' } }, deadlin: '1h' }))?.code,
  ).toBe('invalidSpec');
});

test('anything at all is a Rollout or a Failure with problems', () => {
  const anything = fc.oneof(fc.jsonValue(), fc.anything(), nearlyValid());
  fc.assert(
    fc.property(anything, (value) => {
      const failure = failureOf(() => resolveRollout(value));
      return failure === undefined || (failure.problems.length > 0 && failure.problems.length <= 100);
    }),
    { numRuns: 2_000 },
  );
});

test('what is nearly valid is sometimes valid, so that the properties above say something', () => {
  const samples = fc.sample(nearlyValid(), { numRuns: 2_000, seed: 1 });
  const forms = samples.map((one) =>
    examineRollout(one).findings.filter(({ notBuilt }) => notBuilt !== true),
  );
  expect(forms.filter((findings) => findings.length === 0).length).toBeGreaterThan(20);
});

function failureOf(act: () => unknown): Failure | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}
