import fc from 'fast-check';
import { expect, it } from 'vitest';
import { logNormalLatency } from '../analysis/power/traffic.ts';
import { OUTAGES, type Act, type Fault, type Outage, type Version } from './scenario/model.ts';
import { simulate } from './simulation.ts';
import { aScenario, aVersion, aWebService, V1, V2 } from './testing/scenarios.ts';

const UNTIL_MS = 900_000;
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
      const [only] = result.rollouts;
      const tallies = Object.values(only!.versions);
      const requests = tallies.reduce((sum, one) => sum + one.requests, only!.unanswered);
      const expected = perSecond * (UNTIL_MS / 1_000);
      expect(Math.abs(requests - expected)).toBeLessThanOrEqual(8 * Math.sqrt(expected) + 8);
      for (const { requests: all, failed, harmedByErrors, slowed } of tallies) {
        expect(failed).toBeLessThanOrEqual(all);
        expect(harmedByErrors).toBeLessThanOrEqual(failed);
        expect(slowed).toBeLessThanOrEqual(all - failed);
      }
      const times = result.timeline.map(({ atMs }) => atMs);
      expect(times).toEqual([...times].sort((a, b) => a - b));
      expect(await simulate(scenario, { hasTimeline: true })).toEqual(result);
    }),
    { numRuns: 20 },
  );
}, 120_000);
