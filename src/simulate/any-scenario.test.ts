import fc from 'fast-check';
import { expect, it } from 'vitest';
import { logNormalLatency } from '../analysis/power/traffic.ts';
import type { RevisionId, Rollout } from '../rollout/model.ts';
import { resolveRollout } from '../rollout/resolve/rollout.ts';
import type { SimulationResult } from './result.ts';
import {
  USUAL_CIRCUMSTANCES,
  type Answer,
  type Circumstances,
  type Measured,
} from './scenario/circumstances.ts';
import { playable } from './scenario/playable.ts';
import { OUTAGES, type Act, type Fault, type Outage, type Version } from './scenario/model.ts';
import { simulate } from './simulation.ts';
import { aScenario, aVersion, aWebService, V1, V2 } from './testing/scenarios.ts';

const UNTIL_MS = 900_000;
const V3 = 'v3' as RevisionId;
const moment = fc.nat(UNTIL_MS);
const lasting = fc.oneof(fc.integer({ min: 1, max: UNTIL_MS }), fc.constant(Infinity));
const some = fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined });
const which = fc.record({ version: fc.constantFrom(V1, V2) }, { requiredKeys: [] });

const version: fc.Arbitrary<Version> = fc
  .record({
    errorRatio: fc.constantFrom(0, 0.001, 0.05, 1),
    latency: fc.constantFrom([], logNormalLatency(80, 300), logNormalLatency(1, 86_400_000)),
    startUpMs: fc.constantFrom(0, 2_000, 40_000, 86_400_000),
    capacity: fc.option(fc.constantFrom(0.001, 50, 1e6), { nil: undefined }),
    crashAfterMs: fc.option(fc.constantFrom(1, 5_000, 400_000), { nil: undefined }),
  })
  .map(({ capacity, crashAfterMs, ...rest }) =>
    aVersion({
      ...rest,
      ...(capacity === undefined ? {} : { capacity }),
      ...(crashAfterMs === undefined ? {} : { crashAfterMs }),
    }),
  );

const fault: fc.Arbitrary<Fault> = fc
  .tuple(
    fc.record({
      atMs: moment,
      forMs: lasting,
      rampMs: fc.constantFrom(0, 1, 300_000),
      errorRatio: fc.constantFrom(0, 0.3, 1),
      slowness: fc.constantFrom(1, 1.3, 1_000),
    }),
    which,
    some,
  )
  .map(([one, of, replicas]) => ({ ...one, ...of, ...(replicas === undefined ? {} : { replicas }) }));

const outage: fc.Arbitrary<Outage> = fc.record({
  of: fc.constantFrom(...OUTAGES),
  atMs: moment,
  forMs: fc.integer({ min: 1, max: UNTIL_MS }),
});

const what: fc.Arbitrary<Act> = fc.oneof(
  fc.constantFrom<Act>(
    { atMs: 0, kind: 'release', version: V1 },
    { atMs: 0, kind: 'release', version: V2 },
    { atMs: 0, kind: 'restartGateway' },
    { atMs: 0, kind: 'crash' },
  ),
  fc
    .constantFrom('promote', 'pause', 'resume', 'abort', 'retry', 'undo')
    .map((verb): Act => ({ atMs: 0, kind: 'steer', command: { verb } })),
);
const acts = fc
  .array(fc.tuple(moment, what), { maxLength: 8 })
  .map((all) => all.map(([atMs, act]): Act => ({ ...act, atMs })).sort((a, b) => a.atMs - b.atMs));

const named = (name: string): Pick<Answer, 'name'> => ({ name });
const answers: fc.Arbitrary<readonly Answer[]> = fc.array(
  fc
    .tuple(
      fc.constantFrom('lead', 'probe', 'migrate', 'tell', 'smoke').map(named),
      fc.record({
        takesMs: fc.constantFrom(0, 1, 90_000, Infinity),
        isYes: fc.boolean(),
      }),
      which,
    )
    .map(([one, how, of]) => ({ ...one, ...how, ...of })),
  { maxLength: 6 },
);
const values = fc.array(fc.constantFrom(0, 0.001, 1, 40, 1e9), { minLength: 1, maxLength: 3 });
const measured: fc.Arbitrary<readonly Measured[]> = fc.array(
  fc
    .tuple(
      fc.record({
        check: fc.constantFrom('queue', 'cpu', 'restarts', 'jobs', 'failed', 'sizes'),
        values,
        everyMs: fc.constantFrom(1_000, 300_000),
        noise: fc.constantFrom(0, 0.05, 10),
      }),
      which,
    )
    .map(([one, of]) => ({ ...one, ...of })),
  { maxLength: 6 },
);
const circumstances: fc.Arbitrary<Circumstances> = fc.record({
  users: fc.record(
    { requestsEach: fc.constantFrom(1, 12, 10_000), count: fc.constantFrom(1, 900) },
    { requiredKeys: ['requestsEach'] },
  ),
  audience: fc.array(
    fc.record({
      of: fc.constant('header' as const),
      name: fc.constant('X-Beta'),
      share: fc.constantFrom(0, 0.3, 1),
    }),
    { maxLength: 1 },
  ),
  answers,
  measured,
});

const said: fc.Arbitrary<Act> = fc.record(
  {
    atMs: fc.constant(0),
    kind: fc.constant('vote' as const),
    gate: fc.constantFrom('lead', 'probe', 'nowhere'),
    isYes: fc.boolean(),
    by: fc.constantFrom('ana', 'eve'),
  },
  { requiredKeys: ['atMs', 'kind', 'gate', 'isYes'] },
);
const PROM = { prometheus: { address: 'http://127.0.0.1:9' } };
const QUERY = 'q{r="{{revision}}"}';

const STRATEGIES = {
  canary: {
    steps: [
      { match: [{ header: { name: 'x-beta', exact: '1' } }, { user: { share: '2%' } }] },
      { pause: '10s' },
      { weight: '10%' },
      { hook: 'smoke' },
      { analyze: { atLeast: '10s', atMost: '1m' } },
    ],
  },
  ab: {
    unit: { cookie: 'uid' },
    variants: [
      { name: 'blue', share: '40%', stable: true },
      { name: 'green', share: '30%', env: { A: '1' }, match: [{ header: { name: 'x-beta', exact: '1' } }] },
      { name: 'red', share: '30%', env: { A: '2' } },
    ],
    goal: { conversion: { method: 'POST', path: '/orders' } },
    endWhen: { users: 3_000, atMost: '5m' },
  },
  blueGreen: { preview: { match: [{ header: { name: 'x-beta', exact: '1' } }] }, bake: '20s' },
} as const;

/** A Rollout that asks for everything outside itself. */
function aDependentService(strategy: keyof typeof STRATEGIES): Rollout {
  // Where all traffic moves at once there is nothing to compare with.
  const judge = (max: string | number): Readonly<Record<string, string | number>> =>
    strategy === 'blueGreen' ? { max } : { worseBy: '50%' };
  const checks = [
    { name: 'errors', errors: { per: 'user' }, ...judge('10%') },
    { name: 'queue', value: { source: 'prom', query: QUERY }, max: 100 },
    { name: 'cpu', usage: 'cpu', ...judge('0.5') },
    ...(strategy === 'blueGreen' ? [] : [{ name: 'restarts', usage: 'restarts', worseBy: '50%' }]),
    { name: 'jobs', rate: { source: 'prom', query: QUERY }, ...judge(1_000) },
    { name: 'failed', ratio: { source: 'prom', bad: QUERY, all: QUERY }, ...judge('10%') },
    { name: 'sizes', size: { source: 'prom', query: QUERY, quantile: 0.9 }, ...judge('1Mi') },
  ];
  const sticky = strategy === 'ab' ? {} : { sticky: { cookie: 'auto' } };
  return resolveRollout({
    metadata: { name: 'shop' },
    spec: {
      workload: { process: { from: '.', command: ['node'], replicas: 3, ready: { http: '/' } } },
      traffic: { gateway: sticky },
      strategy: { [strategy]: STRATEGIES[strategy] },
      deadline: '12m',
      sources: [{ name: 'prom', ...PROM }],
      gates: [
        {
          name: 'lead',
          at: 'promote',
          approval: { by: ['ana', 'group:leads'], count: 2, within: '2m', otherwise: 'advance' },
        },
        { name: 'probe', at: 'start', webhook: { url: 'http://127.0.0.1:9/', within: '2m' } },
        {
          name: 'hours',
          at: 'start',
          window: { days: ['mon'], from: '09:00', to: '10:00', timeZone: 'UTC' },
        },
        { name: 'after', at: 'start', rollout: { name: 'other', phase: 'Healthy', for: '1m' } },
      ],
      hooks: [
        { name: 'migrate', at: 'beforeCandidate', command: ['a'], timeout: '1m' },
        { name: 'smoke', at: 'beforeTraffic', command: ['a'], timeout: '1m' },
        { name: 'tell', at: 'onRollback', command: ['a'], timeout: '1m' },
      ],
      analysis: {
        warmUp: '5s',
        checks,
      },
    },
  });
}

const PLANNED: Act = {
  atMs: 0,
  kind: 'release',
  version: V2,
  variants: { 'variant:green': V2, 'variant:red': V3 },
};

/** Every request is accounted for, and things happen in order. */
function expectSound(result: SimulationResult, expected: number): void {
  for (const { versions, unanswered, releases } of result.rollouts) {
    const tallies = Object.values(versions);
    const requests = tallies.reduce((sum, one) => sum + one.requests, unanswered);
    expect(Math.abs(requests - expected)).toBeLessThanOrEqual(8 * Math.sqrt(expected) + 8);
    for (const { requests: all, failed, harmedByErrors, slowed } of tallies) {
      expect(failed).toBeLessThanOrEqual(all);
      expect(harmedByErrors).toBeLessThanOrEqual(failed);
      expect(slowed).toBeLessThanOrEqual(all - failed);
    }
    for (const { tookMs, experiment } of releases) {
      expect(tookMs).toBeGreaterThanOrEqual(0);
      for (const { trials, events } of experiment?.candidates ?? [])
        expect(events).toBeLessThanOrEqual(trials);
    }
  }
  const times = result.timeline.map(({ atMs }) => atMs);
  expect(times).toEqual([...times].sort((a, b) => a - b));
}

it('whatever is said of users, gates, hooks and checks, it comes to its end, and so it does again', async () => {
  const worlds = fc.record({
    strategy: fc.constantFrom('canary', 'ab', 'blueGreen'),
    candidate: version,
    perSecond: fc.constantFrom(0.1, 50, 1e5),
    around: circumstances,
    outages: fc.array(outage, { maxLength: 2 }),
    acts,
    votes: fc.array(fc.tuple(moment, said), { maxLength: 4 }),
    startsAt: fc.option(
      fc.constantFrom(Date.parse('2026-11-30T08:58:00Z'), Date.parse('2026-11-28T00:00:00Z')),
      {
        nil: undefined,
      },
    ),
    hasOther: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(worlds, async (world) => {
      const { strategy, candidate, perSecond, around, votes, startsAt, hasOther, outages } = world;
      const votesAt = votes.map(([atMs, act]): Act => ({ ...act, atMs }));
      const all = [{ ...PLANNED, atMs: 1_000 }, ...world.acts, ...votesAt].sort((a, b) => a.atMs - b.atMs);
      const known = {
        answered: [
          ...around.answers.map(({ name }) => name),
          ...votes.flatMap(([, act]) => ('gate' in act ? [act.gate] : [])),
        ],
        measured: around.measured.map(({ check }) => check),
        isDated: startsAt !== undefined,
        rollouts: hasOther ? ['other'] : [],
      };
      const load = { shape: { kind: 'constant', perSecond }, bursts: [] } as const;
      const versions = [
        aVersion(),
        { ...candidate, name: V2 },
        aVersion({ name: V3, conversionRatio: 0.2 }),
      ] as const;
      const { rollout } = playable(aDependentService(strategy), known);
      const scenario = aScenario(
        {},
        { ...around, rollout, versions, load, outages, acts: all },
        { untilMs: UNTIL_MS, ...(startsAt === undefined ? {} : { startsAt }) },
      );
      const [subject] = scenario.subjects;
      const other = { ...subject!, rollout: { ...aWebService(), name: 'other' }, ...USUAL_CIRCUMSTANCES };
      const both = hasOther ? { ...scenario, subjects: [...scenario.subjects, other] } : scenario;
      const result = await simulate(both, { hasTimeline: true });
      expectSound(result, perSecond * (UNTIL_MS / 1_000));
      expect(await simulate(both, { hasTimeline: true })).toEqual(result);
    }),
    { numRuns: 12 },
  );
}, 240_000);

it('whatever a scenario says, it comes to its end, and every request is accounted for', async () => {
  const worlds = fc.record({
    stable: version,
    candidate: version,
    perSecond: fc.constantFrom(0, 0.1, 20, 1e9),
    faults: fc.array(fault, { maxLength: 3 }),
    outages: fc.array(outage, { maxLength: 3 }),
    acts,
    standingAA: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(worlds, async ({ stable, candidate, perSecond, standingAA, ...happens }) => {
      const rollout = aWebService();
      const scenario = aScenario(
        {},
        {
          ...happens,
          rollout: { ...rollout, ...(rollout.analysis && { analysis: { ...rollout.analysis, standingAA } }) },
          versions: [stable, { ...candidate, name: V2 }],
          load: { shape: { kind: 'constant', perSecond }, bursts: [] },
        },
        { untilMs: UNTIL_MS },
      );
      const result = await simulate(scenario, { hasTimeline: true });
      expectSound(result, perSecond * (UNTIL_MS / 1_000));
      expect(await simulate(scenario, { hasTimeline: true })).toEqual(result);
    }),
    { numRuns: 20 },
  );
}, 120_000);
