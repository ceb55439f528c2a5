import { describe, expect, it } from 'vitest';
import type { RevisionId, Rollout } from '../rollout/model.ts';
import { resolveRollout } from '../rollout/resolve/rollout.ts';
import type { SimulatedRelease, SimulationResult } from './result.ts';
import type { Act, Scenario, Subject } from './scenario/model.ts';
import { simulate } from './simulation.ts';
import { aScenario, aVersion, aWebService, RELEASE, V1, V2 } from './testing/scenarios.ts';

const WITH_TIMELINE = { hasTimeline: true } as const;
const MINUTE = 60_000;
const V3 = 'v3' as RevisionId;

function aService(spec: Readonly<Record<string, unknown>>): Rollout {
  return resolveRollout({
    metadata: { name: 'shop' },
    spec: {
      workload: { process: { from: '.', command: ['node'], replicas: 3, ready: { http: '/' } } },
      traffic: { gateway: {} },
      strategy: { canary: { steps: [{ weight: '10%' }, { pause: '1m' }] } },
      ...spec,
    },
  });
}

async function played(
  rollout: Rollout,
  differences: Partial<Subject> = {},
  options: Partial<Scenario> = {},
): Promise<{ readonly release: SimulatedRelease; readonly result: SimulationResult }> {
  const result = await simulate(aScenario({}, { rollout, ...differences }, options), WITH_TIMELINE);
  return { release: result.rollouts[0]!.releases[0]!, result };
}

function eventsOf({ timeline }: SimulationResult): readonly string[] {
  return timeline.flatMap((entry) =>
    entry.kind === 'event' ? [`${entry.event.type} ${entry.event.message}`] : [],
  );
}

function troublesOf({ timeline }: SimulationResult): readonly string[] {
  return timeline.flatMap((entry) => (entry.kind === 'trouble' ? [entry.message] : []));
}

function vote(atMs: number, said: Partial<Extract<Act, { kind: 'vote' }>> = {}): Act {
  return { kind: 'vote', gate: 'lead', isYes: true, ...said, atMs };
}

describe('an approval', () => {
  const guarded = aService({
    gates: [
      {
        name: 'lead',
        at: 'start',
        approval: { by: ['ana', 'group:leads'], count: 2, within: '1h', otherwise: 'abort' },
      },
    ],
  });

  it('opens once enough of those who may have said yes', async () => {
    const acts = [RELEASE, vote(5 * MINUTE, { by: 'eve' }), vote(6 * MINUTE), vote(20 * MINUTE)];
    const { release, result } = await played(guarded, { acts });
    expect(release.outcome).toBe('promoted');
    expect(release.tookMs).toBeGreaterThan(19 * MINUTE);
    expect(troublesOf(result)).toEqual([expect.stringContaining('eve has no say at the gate lead')]);
  });

  it('is waited at in vain, or rejected', async () => {
    const alone = await played(guarded, { acts: [RELEASE, vote(5 * MINUTE)] });
    expect(alone.release).toMatchObject({ outcome: 'aborted' });
    expect(alone.release.reason).toContain('within 1h');
    const refused = await played(guarded, { acts: [RELEASE, vote(5 * MINUTE, { isYes: false, by: 'ana' })] });
    expect(refused.release).toMatchObject({ outcome: 'aborted', tookMs: 4 * MINUTE });
    expect(refused.release.reason).toContain('ana rejected it');
  });

  it('is answered so long after it was asked for, by as many as it takes', async () => {
    const answers = [{ name: 'lead', takesMs: 12 * MINUTE, isYes: true }];
    const { release, result } = await played(guarded, { answers });
    expect(release.outcome).toBe('promoted');
    expect(Math.abs(release.tookMs - 13 * MINUTE)).toBeLessThan(MINUTE / 2);
    expect(eventsOf(result)).toContain('GatePassed gate lead: approved by ana, leads-2');
    const never = await played(guarded, { answers: [{ name: 'lead', takesMs: Infinity, isYes: true }] });
    expect(never.release.outcome).toBe('aborted');
  });
});

describe('webhooks and hooks', () => {
  const asking = aService({
    gates: [{ name: 'probe', at: 'start', webhook: { url: 'http://127.0.0.1:9', within: '10m' } }],
    hooks: [
      { name: 'smoke', at: 'beforeTraffic', command: ['npm', 'test'] },
      { name: 'tell', at: 'onRollback', command: ['tell'] },
    ],
  });
  const yes = { takesMs: 0, isYes: true };

  it('take as long as the scenario says, and a hook that fails takes the release back', async () => {
    const answers = [
      { name: 'probe', takesMs: 90_000, isYes: true },
      { name: 'smoke', takesMs: 30_000, isYes: false, version: V2 },
      { name: 'tell', ...yes },
    ];
    const { release, result } = await played(asking, { answers });
    expect(release).toMatchObject({ outcome: 'rolledBack', reason: 'hook smoke: failed after 30s' });
    expect(Math.abs(release.tookMs - 122_000)).toBeLessThan(5_000);
    expect(release.candidate.requests).toBe(0);
    expect(eventsOf(result)).toContain('HookDone hook tell: done at once');
  });

  it('are of one version, and a webhook that says no keeps the release waiting until its time is over', async () => {
    const answers = [
      { name: 'smoke', takesMs: 0, isYes: false, version: V3 },
      { name: 'smoke', ...yes },
      { name: 'probe', takesMs: 0, isYes: false },
    ];
    const { release } = await played(asking, { answers });
    expect(release.outcome).toBe('aborted');
    expect(release.reason).toContain('no yes within 10m; it says no');
    const open = await played(asking, { answers: [...answers.slice(0, 2), { name: 'probe', ...yes }] });
    expect(open.release.outcome).toBe('promoted');
  });
});

describe('time and others', () => {
  it('open a window by the clocks that the scenario sets', async () => {
    const hours = { days: ['mon'], from: '09:00', to: '16:00', timeZone: 'Europe/Madrid' };
    const rollout = aService({ gates: [{ name: 'hours', at: 'start', window: hours }] });
    const startsAt = Date.parse('2026-11-30T07:30:00Z');
    const { release } = await played(rollout, {}, { startsAt });
    expect(release.outcome).toBe('promoted');
    expect(Math.abs(release.tookMs - 30 * MINUTE)).toBeLessThan(2 * MINUTE);
    expect(release.startedAtMs).toBe(MINUTE);
  });

  it('let one Rollout wait for another', async () => {
    const waiting = aService({
      gates: [{ name: 'after', at: 'start', rollout: { name: 'payments', phase: 'Healthy', for: '5m' } }],
    });
    const scenario = aScenario({}, { rollout: waiting });
    const [first] = scenario.subjects;
    const payments = { ...first!, rollout: { ...aWebService(), name: 'payments' } };
    const result = await simulate({ ...scenario, subjects: [first!, payments] }, WITH_TIMELINE);
    const [shop, other] = result.rollouts.map(({ releases }) => releases[0]!);
    expect([shop!.outcome, other!.outcome]).toEqual(['promoted', 'promoted']);
    expect(shop!.tookMs).toBeGreaterThan(other!.tookMs + 5 * MINUTE);
  });
});

describe('an audience', () => {
  const preview = aService({
    strategy: {
      canary: { steps: [{ match: [{ header: { name: 'x-beta', exact: '1' } }] }, { pause: '10m' }] },
    },
  });

  it('is served by the new version alone, and by nobody else', async () => {
    const audience = [{ of: 'header', name: 'x-beta', share: 0.03 }] as const;
    const acts = [RELEASE, { atMs: 9 * MINUTE, kind: 'steer', command: { verb: 'abort' } }] as const;
    const { release } = await played(preview, { audience, acts });
    const expected = 200 * 0.03 * 478;
    expect(Math.abs(release.candidate.requests - expected)).toBeLessThan(6 * Math.sqrt(expected));
  });
});

describe('an experiment', () => {
  const variants = [
    { name: 'blue', share: '40%', stable: true },
    { name: 'green', share: '30%', env: { A: '1' } },
    { name: 'red', share: '30%', env: { A: '2' } },
  ];
  const ab = {
    unit: { cookie: 'uid' },
    variants,
    goal: { conversion: { path: '/orders' }, minimumEffect: '20%' },
  };
  const versions = [
    aVersion({ conversionRatio: 0.08 }),
    aVersion({ name: V2, conversionRatio: 0.12 }),
    aVersion({ name: V3, conversionRatio: 0.08 }),
  ] as const;
  const acts = [{ ...RELEASE, variants: { 'variant:green': V2, 'variant:red': V3 } }] as const;

  it('promotes the variant that is better, by users who are counted once', async () => {
    const { release, result } = await played(aService({ strategy: { ab } }), { versions, acts });
    expect(release).toMatchObject({ outcome: 'promoted', to: V2, tried: [V2, V3] });
    const { experiment } = release;
    expect(experiment).toMatchObject({ verdict: 'good', leader: 'green', control: { name: 'blue' } });
    const users = experiment!.candidates.reduce((sum, one) => sum + one.trials, experiment!.control.trials);
    expect(Math.abs(release.all.requests / users - 10)).toBeLessThan(1);
    expect(result.timeline.some(({ kind }) => kind === 'experiment')).toBe(true);
  });

  it('ends with so many users or after so long, and what runs today stays where nothing is better', async () => {
    const alike = versions.map((one) => ({ ...one, conversionRatio: 0.08 })) as unknown as typeof versions;
    const byUsers = { ...ab, endWhen: { decided: false, users: 4_000, atMost: '1d' } };
    const counted = await played(aService({ strategy: { ab: byUsers } }), { versions: alike, acts });
    expect(counted.release.outcome).toBe('completed');
    const { control, candidates } = counted.release.experiment!;
    const users = candidates.reduce((sum, one) => sum + one.trials, control.trials);
    expect(users).toBeGreaterThanOrEqual(4_000);
    expect(users).toBeLessThan(4_500);
    const byTime = { ...ab, endWhen: { decided: false, atMost: '7m' } };
    const timed = await played(aService({ strategy: { ab: byTime } }), { versions: alike, acts });
    expect(timed.release.outcome).toBe('completed');
    expect(Math.abs(timed.release.tookMs - 7 * MINUTE)).toBeLessThan(MINUTE / 2);
  });

  it('has no more users than there are, also when they come again and again', async () => {
    const end = { ...ab, endWhen: { decided: false, atMost: '1h' } };
    const users = { requestsEach: 10, count: 3_000 };
    const { release } = await played(aService({ strategy: { ab: end } }), { versions, acts, users });
    const { control, candidates } = release.experiment!;
    expect(candidates.reduce((sum, one) => sum + one.trials, control.trials)).toBe(3_000);
  });

  it('can be about a check: fewer users who meet with errors, or more of whom a source tells', async () => {
    const two = {
      ...ab,
      variants: [
        { ...variants[0], share: '50%' },
        { ...variants[1], share: '50%' },
      ],
    };
    const single = [RELEASE];
    const errors = aService({
      strategy: { ab: { ...two, goal: { check: 'errors', minimumEffect: '20%' } } },
      analysis: { checks: [{ name: 'errors', errors: { per: 'user' }, worseBy: '50%' }] },
    });
    const failing = [aVersion({ errorRatio: 0.02 }), aVersion({ name: V2, errorRatio: 0.002 })] as const;
    expect((await played(errors, { versions: failing, acts: single })).release.outcome).toBe('promoted');
    const query = 'q{r="{{revision}}"}';
    const bought = aService({
      strategy: { ab: { ...two, goal: { check: 'bought', minimumEffect: '20%' } } },
      sources: [{ name: 'prom', prometheus: { address: 'http://127.0.0.1:9' } }],
      analysis: {
        checks: [
          {
            name: 'bought',
            ratio: { source: 'prom', bad: query, all: query, per: 'user' },
            worse: 'lower',
            worseBy: '50%',
          },
        ],
      },
    });
    const better = [versions[0], versions[1]] as const;
    expect((await played(bought, { versions: better, acts: single })).release.outcome).toBe('promoted');
  });
});

describe('several variants', () => {
  const query = 'q{r="{{revision}}"}';
  const sources = [{ name: 'prom', prometheus: { address: 'http://127.0.0.1:9' } }];
  const variants = [
    { name: 'blue', stable: true },
    { name: 'green', env: { A: '1' } },
    { name: 'red', env: { A: '2' } },
  ];
  const acts = [{ ...RELEASE, variants: { 'variant:green': V2, 'variant:red': V3 } }];
  const versions = [
    aVersion({ conversionRatio: 0.08 }),
    aVersion({ name: V2, conversionRatio: 0.08 }),
    aVersion({ name: V3, conversionRatio: 0.12 }),
  ] as const;
  const bought = { source: 'prom', bad: query, all: query, per: 'user' };

  it('are told apart by a source that counts users, and judged together by one that counts harm', async () => {
    const ab = { unit: { cookie: 'uid' }, variants, goal: { check: 'bought', minimumEffect: '20%' } };
    const checks = [{ name: 'bought', ratio: bought, worse: 'lower', worseBy: '50%' }];
    const rollout = aService({ strategy: { ab }, sources, analysis: { checks } });
    expect((await played(rollout, { versions, acts })).release).toMatchObject({
      outcome: 'promoted',
      to: V3,
    });
    const judged = aService({
      strategy: { ab },
      sources,
      analysis: {
        checks: [...checks, { name: 'queue', value: { source: 'prom', query, per: 'process' }, max: 10 }],
      },
    });
    const queue = { check: 'queue', everyMs: MINUTE, noise: 0 };
    const measured = [
      { ...queue, values: [50], version: V3 },
      { ...queue, values: [1] },
    ];
    expect((await played(judged, { versions, acts, measured })).release.outcome).toBe('rolledBack');
  });
});

describe('a check of a source', () => {
  const query = 'q{r="{{revision}}"}';
  const checked = (check: Readonly<Record<string, unknown>>, traffic?: null): Rollout =>
    aService({
      ...(traffic === null ? { traffic: undefined, strategy: { canary: { replicas: [1, '50%'] } } } : {}),
      sources: [{ name: 'prom', prometheus: { address: 'http://127.0.0.1:9' } }],
      ...(traffic === null
        ? {}
        : {
            strategy: {
              canary: { steps: [{ weight: '20%' }, { analyze: { atLeast: '1m', atMost: '5m' } }] },
            },
          }),
      analysis: { warmUp: '5s', checks: [{ name: 'one', ...check }] },
    });
  const value = (...values: readonly number[]) => ({ check: 'one', values, everyMs: 2 * MINUTE, noise: 0 });

  it('judges by the value at each moment', async () => {
    const rollout = checked({ value: { source: 'prom', query }, max: 100 });
    const fine = await played(rollout, { measured: [value(40)] });
    expect(fine.release.outcome).toBe('promoted');
    const later = await played(rollout, { measured: [{ ...value(40, 400), version: V2 }, value(40)] });
    expect(later.release.outcome).toBe('rolledBack');
    expect(later.release.tookMs).toBeGreaterThan(MINUTE);
  });

  it.each<{ what: string; check: Readonly<Record<string, unknown>>; usual: number; worse: number }>([
    { what: 'a gauge of processes', check: { usage: 'cpu', max: '0.8' }, usual: 0.4, worse: 1.2 },
    { what: 'restarts', check: { usage: 'restarts', worseBy: '50%' }, usual: 1, worse: 900 },
    { what: 'a counter', check: { rate: { source: 'prom', query }, worseBy: '50%' }, usual: 20, worse: 60 },
    {
      what: 'a ratio',
      check: { ratio: { source: 'prom', bad: query, all: query }, worseBy: '50%' },
      usual: 0.01,
      worse: 0.1,
    },
    {
      what: 'a distribution',
      check: { size: { source: 'prom', query }, worseBy: '20%' },
      usual: 1_000,
      worse: 2_000,
    },
  ])('finds $what that is worse, and takes back no other', async ({ check, usual, worse }) => {
    const rollout = checked(check);
    const noisy = { ...value(usual), noise: 0.1 };
    expect((await played(rollout, { measured: [noisy] })).release.outcome).toBe('promoted');
    const harm = { ...noisy, values: [worse], version: V2 };
    expect((await played(rollout, { measured: [harm, noisy] })).release.outcome).toBe('rolledBack');
  });

  it('is measured of workers too, and not without a word where nothing is said of a version', async () => {
    const workers = checked({ value: { source: 'prom', query }, max: 100 }, null);
    const late = await played(workers, { measured: [{ ...value(400), version: V2 }, value(40)] });
    expect(late.release.outcome).toBe('rolledBack');
    const silent = await played(
      checked({ value: { source: 'prom', query }, max: 100 }),
      { measured: [{ ...value(40), version: V1 }] },
      { untilMs: 30 * MINUTE },
    );
    expect(silent.release.outcome).toBe('unfinished');
  });
});

describe('a canary beside its baseline', () => {
  it('is compared with that', async () => {
    const rollout = aService({
      strategy: { canary: { weights: ['10%'], baseline: true } },
      analysis: {
        compareTo: 'baseline',
        checks: [{ name: 'errors', errors: {}, worseBy: '50%', safe: '2x', floor: '1%' }],
      },
    });
    const good = await played(rollout);
    expect(good.release.outcome).toBe('promoted');
    const bad = await played(rollout, { versions: [aVersion(), aVersion({ name: V2, errorRatio: 0.1 })] });
    expect(bad.release.outcome).toBe('rolledBack');
  });
});
