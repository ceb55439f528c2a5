import fc from 'fast-check';
import { parseShare } from '../../../src/base/share.ts';
import type { Unit } from '../../../src/rollout/experiment.ts';
import type { Match } from '../../../src/rollout/match.ts';
import type { Command } from '../../../src/engine/steer.ts';
import {
  GATE_MOMENTS,
  HOOK_MOMENTS,
  type Gate,
  type GateQuestion,
  type Hook,
} from '../../../src/rollout/model-outside.ts';
import type { GroupSettings } from '../../../src/rollout/model-group.ts';
import type {
  Analysis,
  CanaryStep,
  CanaryStrategy,
  CountOrShare,
  Rollout,
  Strategy,
} from '../../../src/rollout/model.ts';
import { aRollout, anAnalysis, replicas, weights } from '../rollouts.ts';
import { DEATHS, GATEWAY_STATES, revision, type Happening } from '../world.ts';
import { OTHER } from '../other-rollout.ts';
import { GROUP, type Event, type History } from './history.ts';

const analysis: fc.Arbitrary<Analysis> = fc
  .record({
    undecided: fc.constantFrom('advance', 'hold', 'ask', 'rollBack'),
    noData: fc.constantFrom('hold', 'extend', 'ask'),
  })
  .map((policies) => anAnalysis(policies));

const match = fc.constantFrom<Match[]>(
  [{ header: { name: 'x-beta', exact: '1' } }],
  [{ user: parseShare('40%')! }],
);

const steps: fc.Arbitrary<CanaryStep[]> = fc.oneof(
  fc.constantFrom(weights('1%', '5%', '25%', '50%'), weights('10%')),
  fc.constant<CanaryStep[]>([
    { kind: 'weight', weight: parseShare('20%')! },
    { kind: 'pause', forMs: 30_000 },
    { kind: 'weight', weight: parseShare('60%')! },
    { kind: 'pause' },
    { kind: 'analyze', atLeastMs: 5_000, atMostMs: 60_000 },
  ]),
  match.map((audience): CanaryStep[] => [{ kind: 'match', match: audience }, ...weights('5%', '50%')]),
  match.map((audience): CanaryStep[] => [
    { kind: 'match', match: audience },
    { kind: 'analyze', atLeastMs: 5_000, atMostMs: 60_000 },
    ...weights('50%'),
  ]),
);

/** Steps of sizes, for workers that nobody sends requests to. */
const sizes: fc.Arbitrary<CanaryStep[]> = fc.constantFrom(
  replicas({ count: 1 }, { share: parseShare('25%')! }, { share: parseShare('50%')! }),
  replicas({ share: parseShare('50%')! }, { share: parseShare('100%')! }),
  [{ kind: 'replicas', replicas: { count: 2 } }, { kind: 'pause' }] satisfies CanaryStep[],
);

const count = fc.integer({ min: 0, max: 2 }).map((n): CountOrShare => ({ count: n }));
const share = fc
  .constantFrom('0%', '25%', '34%', '100%')
  .map((text): CountOrShare => ({ share: parseShare(text)! }));
const either = fc.oneof(count, share);

/** A way to release, and what it takes for granted. */
interface Way {
  readonly strategy: Strategy;
  readonly hasTraffic: boolean;
  readonly isJudged: boolean;
}

function ways(
  strategies: fc.Arbitrary<Strategy>,
  given: Partial<Omit<Way, 'strategy'>> = {},
): fc.Arbitrary<Way> {
  const { hasTraffic, isJudged } = given;
  return fc.record({
    strategy: strategies,
    hasTraffic: hasTraffic === undefined ? fc.boolean() : fc.constant(hasTraffic),
    isJudged: isJudged === undefined ? fc.boolean() : fc.constant(isJudged),
  });
}

const ramped: fc.Arbitrary<Strategy> = fc
  .record(
    {
      maxSurge: either,
      maxUnavailable: either,
      partition: either,
      pauseEvery: fc.constantFrom<CountOrShare>({ count: 1 }, { count: 2 }),
    },
    { requiredKeys: ['maxSurge', 'maxUnavailable'] },
  )
  .map((bounds) => ({ kind: 'ramped', ...bounds, analyze: { atLeastMs: 10_000, atMostMs: 120_000 } }));

const blueGreen: fc.Arbitrary<Strategy> = fc.record(
  {
    kind: fc.constant('blueGreen'),
    bakeMs: fc.constantFrom(0, 5_000, 60_000),
    keepStableMs: fc.constantFrom(0, 10_000, 600_000),
    preview: fc.oneof(
      match.map((audience) => ({ match: audience })),
      fc.constant({
        mirror: parseShare('30%')!,
        analyze: { atLeastMs: 10_000, atMostMs: 120_000 },
      }),
    ),
  },
  { requiredKeys: ['kind', 'bakeMs', 'keepStableMs'] },
);

/** Copies first, then weights. */
const mirrored: fc.Arbitrary<CanaryStep[]> = fc
  .constantFrom('1%', '50%', '100%')
  .map((text) => [{ kind: 'mirror', share: parseShare(text)! }, ...weights('5%', '50%').slice(1)]);

const ab: fc.Arbitrary<Strategy> = fc.record({
  kind: fc.constant('ab'),
  unit: fc.constant<Unit>({ from: 'cookie', name: 'uid' }),
  control: fc.constant({ name: 'blue', share: parseShare('50%')! }),
  challengers: fc.constantFrom(
    [{ name: 'green', share: parseShare('50%')!, env: {} }],
    [
      { name: 'green', share: parseShare('30%')!, env: {} },
      { name: 'red', share: parseShare('20%')!, env: { BUTTON: 'red' } },
    ],
  ),
  goal: fc.constant({ conversion: { path: '/orders' } }),
  untilDecided: fc.boolean(),
  atMostMs: fc.constantFrom(30_000, 600_000),
  whenBetter: fc.constantFrom('promote', 'ask'),
  otherwise: fc.constantFrom('keepStable', 'ask'),
});

function canary(steps: fc.Arbitrary<CanaryStep[]>): fc.Arbitrary<Strategy> {
  return fc.record({
    kind: fc.constant('canary'),
    steps,
    capacity: fc.constantFrom('match', 'fixed'),
    earlyPromotion: fc.constant(true),
  });
}

const shadow: fc.Arbitrary<Strategy> = fc.record(
  {
    kind: fc.constant('shadow'),
    share: fc.constantFrom(parseShare('10%')!, parseShare('100%')!),
    methods: fc.constant(['GET']),
    until: fc.constantFrom({ atMostMs: 60_000 }, { requests: 500, atMostMs: 600_000 }),
    then: fc.constant<CanaryStrategy>({
      kind: 'canary',
      steps: weights('50%'),
      capacity: 'match',
      earlyPromotion: true,
    }),
  },
  { requiredKeys: ['kind', 'share', 'methods', 'until'] },
);

const besideBaseline: fc.Arbitrary<Strategy> = fc.constantFrom('25%', '50%').map((last) => ({
  kind: 'canary',
  steps: weights('5%', last),
  capacity: 'match',
  earlyPromotion: true,
  baseline: true,
}));

const way: fc.Arbitrary<Way> = fc.oneof(
  { weight: 4, arbitrary: ways(canary(steps), { hasTraffic: true }) },
  { weight: 2, arbitrary: ways(canary(mirrored), { hasTraffic: true }) },
  { weight: 2, arbitrary: ways(shadow, { hasTraffic: true }) },
  { weight: 2, arbitrary: ways(canary(sizes), { hasTraffic: false }) },
  { weight: 2, arbitrary: ways(besideBaseline, { hasTraffic: true }) },
  { weight: 3, arbitrary: ways(ramped) },
  { weight: 2, arbitrary: ways(blueGreen, { hasTraffic: true }) },
  { weight: 2, arbitrary: ways(ab, { hasTraffic: true }) },
  { weight: 2, arbitrary: ways(fc.constant<Strategy>({ kind: 'recreate' }), { isJudged: false }) },
);

/** People who may, or may not, or too late; and hours that come by themselves. */
const question: fc.Arbitrary<GateQuestion> = fc.oneof(
  fc
    .record(
      {
        count: fc.constantFrom(1, 2),
        withinMs: fc.constantFrom(20_000, 200_000),
        otherwise: fc.constantFrom('abort' as const, 'advance' as const, 'hold' as const),
      },
      { requiredKeys: ['count', 'otherwise'] },
    )
    .map((terms): GateQuestion => ({ kind: 'approval', by: ['ana', 'bob'], ...terms })),
  fc.constantFrom<GateQuestion>(
    // Time begins on a Monday at 13:46 UTC.
    { kind: 'freeze', fromMs: 0, toMs: 1_000_030_000 },
    { kind: 'window', from: 828, to: 835, timeZone: 'UTC' },
    { kind: 'webhook', url: 'http://x', headers: {}, everyMs: 1_000, withinMs: 60_000 },
    { kind: 'rollout', rollout: OTHER, phase: 'Healthy' },
    { kind: 'rollout', rollout: OTHER, phase: 'Healthy', same: 'artefact', forMs: 20_000 },
    { kind: 'rollout', rollout: OTHER, phase: 'Healthy', same: 'revision', forMs: 5_000 },
  ),
);

const gates: fc.Arbitrary<readonly Gate[]> = fc
  .array(fc.tuple(fc.constantFrom(...GATE_MOMENTS), question), { maxLength: 2 })
  .map((all) => all.map(([at, asked], index) => ({ name: `g${index}`, at, ...asked })));

const hooks: fc.Arbitrary<readonly Hook[]> = fc
  .array(fc.constantFrom(...HOOK_MOMENTS), { maxLength: 2 })
  .map((all) =>
    all.map((at, index) => ({
      name: `h${index}`,
      at,
      kind: 'command',
      command: ['true'],
      timeoutMs: 60_000,
    })),
  );

/** Rollouts of every strategy that there is. */
export const rollouts: fc.Arbitrary<Rollout> = fc
  .record({
    way,
    analysis,
    replicas: fc.integer({ min: 1, max: 5 }),
    deadlineMs: fc.constantFrom(300_000, 1_800_000),
    rollbackWindow: fc.constantFrom(0, 0, 1, 3),
    gates: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: gates }),
    hooks: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: hooks }),
  })
  .map(({ way: { strategy, hasTraffic, isJudged }, analysis: judged, replicas: count, ...policies }) => {
    const { traffic, analysis: _, ...rest } = aRollout({ ...policies, strategy }, count);
    return {
      ...rest,
      ...(hasTraffic && traffic !== undefined ? { traffic } : {}),
      ...(isJudged ? { analysis: judged } : {}),
    };
  });

const afterMs = fc.constantFrom(50, 250, 1_000, 5_000);
/** Looks for the most part, and everything that may come in between. */
export const happenings: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 30, arbitrary: fc.record({ kind: fc.constant('look' as const), afterMs }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('crash' as const),
      afterMs,
      at: fc.constantFrom(...DEATHS),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('staleLook' as const),
      afterMs,
      looksAgo: fc.integer({ min: 1, max: 8 }),
      of: fc.constantFrom('all' as const, 'groups' as const, 'route' as const, 'reading' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('clockJump' as const),
      byMs: fc.constantFrom(-86_400_000, -5_000, 5_000, 60_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('metrics' as const), up: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('gateway' as const),
      state: fc.constantFrom('up' as const, 'restarted' as const, ...GATEWAY_STATES),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('workload' as const), up: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('kill' as const),
      which: fc.constantFrom('stable' as const, 'candidate' as const),
    }),
  },
  { weight: 1, arbitrary: fc.constant<Happening>({ kind: 'drift' }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('want' as const), revision: fc.integer({ min: 0, max: 9 }) }),
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom<Command>(
        { verb: 'promote' },
        { verb: 'promote', full: true },
        { verb: 'pause' },
        { verb: 'resume' },
        { verb: 'abort' },
        { verb: 'retry' },
        { verb: 'undo' },
        { verb: 'undo', to: revision(0) },
        { verb: 'undo', to: revision(5) },
        { verb: 'undo', to: revision(3) },
      )
      .map((command): Happening => ({ kind: 'command', command })),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('maintenance' as const), on: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('neighbour' as const),
      is: fc.constantFrom(
        'none' as const,
        'unknown' as const,
        'Healthy' as const,
        'Healthy' as const,
        'Progressing' as const,
      ),
      same: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('answer' as const),
      says: fc.constantFrom(
        'yes' as const,
        'yes' as const,
        'notYet' as const,
        'no' as const,
        'nothing' as const,
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('vote' as const),
      by: fc.constantFrom('ana', 'bob', 'nobody'),
      reject: fc.integer({ min: 0, max: 7 }).map((n) => n === 0),
    }),
  },
);

const alone: fc.Arbitrary<History> = fc.record({
  rollout: rollouts,
  happenings: fc.array(happenings, { minLength: 10, maxLength: 80 }),
});

const membership: fc.Arbitrary<GroupSettings> = fc.record(
  {
    name: fc.constant(GROUP),
    order: fc.integer({ min: 1, max: 3 }),
    concurrency: fc.constantFrom(1, 2),
    onFailure: fc.constantFrom('undo' as const, 'undo' as const, 'keep' as const),
  },
  { requiredKeys: ['name', 'order', 'onFailure'] },
);

const member: fc.Arbitrary<Rollout> = fc
  .tuple(rollouts, membership)
  .map(([rollout, group]) => ({ ...rollout, group }));

/** Mostly of the good ones, so that something is promoted before something fails. */
const together: fc.Arbitrary<Event> = fc
  .array(fc.constantFrom(0, 5, 5, 5, 10, 10, 2, 3), { minLength: 1, maxLength: 4 })
  .map((revisions) => ({ kind: 'together', revisions }));

const toOne: fc.Arbitrary<Event> = fc
  .tuple(happenings, fc.integer({ min: 0, max: 3 }))
  .map(([happening, who]) => (who === 0 ? happening : { ...happening, who }));

/** Rollouts that are released as one: a release of all at the beginning, and what happens to each. */
const grouped: fc.Arbitrary<History> = fc
  .record({
    rollout: member,
    others: fc.array(member, { minLength: 1, maxLength: 3 }),
    first: together,
    events: fc.array(fc.oneof({ weight: 20, arbitrary: toOne }, { weight: 1, arbitrary: together }), {
      minLength: 10,
      maxLength: 120,
    }),
  })
  .map(({ rollout, others, first, events }) => ({
    rollout,
    others: others.map((one, index) => ({ ...one, name: `m${index + 1}` })),
    happenings: [first, ...events],
  }));

/** A Rollout, or a group of them, and what happens to it. */
export const histories: fc.Arbitrary<History> = fc.oneof(
  { weight: 6, arbitrary: alone },
  { weight: 1, arbitrary: grouped },
);
