import { describe, expect, it } from 'vitest';
import { logNormalLatency } from '../analysis/power/traffic.ts';
import { resolveRollout } from '../rollout/resolve/rollout.ts';
import type { SimulatedRelease, SimulationResult } from './result.ts';
import { simulate } from './simulation.ts';
import { harmedOf } from './tally.ts';
import { aScenario, aVersion, aWebService, RELEASE, V1, V2 } from './testing/scenarios.ts';

const WITH_TIMELINE = { hasTimeline: true };

function releasesOf(result: SimulationResult): readonly SimulatedRelease[] {
  return result.rollouts.flatMap(({ releases }) => releases);
}

function onlyRelease(result: SimulationResult): SimulatedRelease {
  const releases = releasesOf(result);
  expect(releases).toHaveLength(1);
  return releases[0]!;
}

/** Four standard errors of a count. */
function slack(count: number): number {
  return 4 * Math.sqrt(count) + 1;
}

describe('a simulation', () => {
  it('is the same every time', async () => {
    const once = await simulate(aScenario(), WITH_TIMELINE);
    const again = await simulate(aScenario(), WITH_TIMELINE);
    expect(again).toEqual(once);
    expect(once.timeline.length).toBeGreaterThan(10);
  });

  it('is another with another seed', async () => {
    const once = await simulate(aScenario(), WITH_TIMELINE);
    const other = await simulate(aScenario(), { ...WITH_TIMELINE, seed: 2 });
    expect(other.rollouts).not.toEqual(once.rollouts);
  });

  it('sends as many requests as are said to come', async () => {
    const result = await simulate(aScenario({}, { acts: [] }, { untilMs: 3_600_000 }), WITH_TIMELINE);
    const expected = 200 * 3_600;
    const { requests, failed } = result.rollouts[0]!.versions[V1]!;
    expect(Math.abs(requests - expected)).toBeLessThan(slack(expected));
    expect(Math.abs(failed - requests / 1_000)).toBeLessThan(slack(requests / 1_000));
    expect(result.endedAtMs).toBe(3_600_000);
  });

  it('tells how far it has come, and stops when it is asked to', async () => {
    const stop = new AbortController();
    const endless = simulate(aScenario({}, { rollout: standing() }, { untilMs: 86_400_000 }), {
      hasTimeline: false,
      signal: stop.signal,
      onProgress: (atMs) => {
        if (atMs > 3_600_000) stop.abort(new Error(`enough after ${Math.round(atMs / 3_600_000)} h`));
      },
    });
    await expect(endless).rejects.toThrow('enough after 1 h');
  });
});

/** Looked at all day long. */
function standing(): ReturnType<typeof aWebService> {
  const rollout = aWebService();
  return { ...rollout, ...(rollout.analysis && { analysis: { ...rollout.analysis, standingAA: true } }) };
}

describe('a release in virtual time', () => {
  it('promotes a version that is as good as the old one, and harms nobody', async () => {
    const result = await simulate(aScenario(), WITH_TIMELINE);
    const release = onlyRelease(result);
    expect(release).toMatchObject({ from: V1, to: V2, outcome: 'promoted', startedAtMs: 60_000 });
    expect(harmedOf(release.candidate)).toBe(0);
    expect(result.rollouts[0]).toMatchObject({ phase: 'Healthy', stable: V2, unanswered: 0 });
  });

  it('takes back a version that fails, and counts whom it harmed', async () => {
    const release = onlyRelease(await simulate(aScenario({ errorRatio: 0.1 }), WITH_TIMELINE));
    expect(release.outcome).toBe('rolledBack');
    const { requests, failed, harmedByErrors, slowed } = release.candidate;
    const seconds = release.tookMs / 1_000;
    expect(release.all.requests).toBeLessThan(200 * seconds + slack(200 * seconds));
    expect(requests).toBeLessThan(20 * seconds + slack(20 * seconds));
    expect(harmedByErrors).toBeLessThanOrEqual(failed);
    expect(Math.abs(harmedByErrors - 0.099 * requests)).toBeLessThan(slack(0.1 * requests));
    expect(slowed).toBe(0);
  });

  it('takes back a version that is slower, and counts everybody it made wait', async () => {
    const slow = { latency: logNormalLatency(120, 450) };
    const release = onlyRelease(await simulate(aScenario(slow), WITH_TIMELINE));
    expect(release.outcome).toBe('rolledBack');
    expect(release.reason).toContain('latency');
    expect(release.candidate.slowed).toBe(release.candidate.requests - release.candidate.failed);
  });

  it('takes back a version that cannot stay up', async () => {
    const release = onlyRelease(await simulate(aScenario({ crashAfterMs: 1_000 }), WITH_TIMELINE));
    expect(release.outcome).toBe('rolledBack');
    expect(release.reason).toContain('crashed 3 times in a row');
  });

  it('holds while the metrics are away, and goes on afterwards', async () => {
    const outages = [{ of: 'metrics', atMs: 70_000, forMs: 1_200_000 }] as const;
    const result = await simulate(aScenario({}, { outages }), WITH_TIMELINE);
    const release = onlyRelease(result);
    expect(release.outcome).toBe('promoted');
    expect(release.tookMs).toBeGreaterThan(1_200_000);
    const steps = result.timeline.filter(
      ({ kind, atMs }) => kind === 'route' && atMs > 70_000 && atMs < 1_270_000,
    );
    expect(steps).toEqual([]);
    expect(result.timeline).toContainEqual(
      expect.objectContaining({ kind: 'trouble', message: 'the metrics cannot be read' }),
    );
  });

  it('takes a bad version back although the controller was away, and counts the harm it did meanwhile', async () => {
    const outages = [{ of: 'controller', atMs: 65_000, forMs: 600_000 }] as const;
    const release = onlyRelease(await simulate(aScenario({ errorRatio: 0.1 }, { outages }), WITH_TIMELINE));
    expect(release.outcome).toBe('rolledBack');
    expect(release.tookMs).toBeGreaterThan(600_000);
    expect(release.candidate.harmedByErrors).toBeGreaterThan(600);
  });

  it('tells of requests that a gateway could not answer while it was started anew', async () => {
    const acts = [RELEASE, { atMs: 80_000, kind: 'restartGateway' }] as const;
    const outages = [{ of: 'gateway', atMs: 80_000, forMs: 5_000 }] as const;
    const release = onlyRelease(await simulate(aScenario({}, { acts, outages }), WITH_TIMELINE));
    expect(release.outcome).toBe('promoted');
    expect(Math.abs(release.unanswered - 1_000)).toBeLessThan(slack(1_000));
  });

  it('finds a fault that grows in one process only', async () => {
    const fault = { atMs: 70_000, forMs: Infinity, rampMs: 60_000, version: V2, replicas: 1 };
    const faults = [{ ...fault, errorRatio: 0.3, slowness: 1 }];
    const release = onlyRelease(await simulate(aScenario({}, { faults }), WITH_TIMELINE));
    expect(release.outcome).toBe('rolledBack');
    expect(release.candidate.harmedByErrors).toBeGreaterThan(0);
  });

  it('refuses what is sent to more than the processes can take', async () => {
    const result = await simulate(
      aScenario({}, { versions: [aVersion({ capacity: 50 })], acts: [] }, { untilMs: 600_000 }),
      WITH_TIMELINE,
    );
    const { requests, failed } = result.rollouts[0]!.versions[V1]!;
    expect(failed / requests).toBeCloseTo(0.25, 1);
  });

  it('does what users say', async () => {
    const acts = [
      RELEASE,
      { atMs: 70_000, kind: 'steer', command: { verb: 'pause' } },
      { atMs: 3_670_000, kind: 'steer', command: { verb: 'abort' } },
      { atMs: 3_680_000, kind: 'release', version: V2 },
      { atMs: 3_690_000, kind: 'steer', command: { verb: 'retry' } },
      { atMs: 3_700_000, kind: 'steer', command: { verb: 'retry' } },
      { atMs: 5_000_000, kind: 'steer', command: { verb: 'undo' } },
    ] as const;
    const result = await simulate(aScenario({}, { acts }), WITH_TIMELINE);
    expect(releasesOf(result).map(({ outcome, to }) => `${to} ${outcome}`)).toEqual([
      'v2 aborted',
      'v2 promoted',
      'v1 promoted',
    ]);
    expect(releasesOf(result)[0]!.tookMs).toBeGreaterThan(3_600_000);
    const troubles = result.timeline.flatMap((entry) => (entry.kind === 'trouble' ? [entry.message] : []));
    expect(troubles).toEqual([
      'v2 was rejected and is not released again',
      expect.stringContaining('a release is running'),
    ]);
  });

  it('lets the time pass for which an old version is kept ready', async () => {
    const { analysis: _, ...rollout } = aWebService();
    const strategy = resolveRollout({
      metadata: { name: 'shop' },
      spec: {
        workload: { process: { from: '.', command: ['node'] } },
        traffic: { gateway: {} },
        strategy: { blueGreen: { bake: '1m', keepStable: '10m' } },
      },
    }).strategy;
    const result = await simulate(aScenario({}, { rollout: { ...rollout, strategy } }), WITH_TIMELINE);
    expect(onlyRelease(result).outcome).toBe('promoted');
    expect(result.endedAtMs).toBeGreaterThan(60_000 + 660_000);
    expect(result.rollouts[0]!.message).toBe('v2 serves, 3 ready');
  });

  it('gives up one release for the next', async () => {
    const versions = [aVersion(), aVersion({ name: V2 }), aVersion({ name: 'v3' as typeof V2 })] as const;
    const acts = [RELEASE, { ...RELEASE, atMs: 75_000, version: versions[2].name }];
    const result = await simulate(aScenario({}, { versions, acts }), WITH_TIMELINE);
    expect(releasesOf(result).map(({ to, outcome }) => [to, outcome])).toEqual([
      ['v2', 'aborted'],
      ['v3', 'promoted'],
    ]);
  });

  it('tells of a release that is not finished at the end', async () => {
    const release = onlyRelease(await simulate(aScenario({}, {}, { untilMs: 65_000 }), WITH_TIMELINE));
    expect(release).toMatchObject({ outcome: 'unfinished', tookMs: 5_000 });
  });

  it('finds the same, a little later, with fewer looks', async () => {
    const often = await simulate(aScenario({ errorRatio: 0.1 }), WITH_TIMELINE);
    const seldom = await simulate(aScenario({ errorRatio: 0.1 }, {}, { lookEveryMs: 10_000 }), WITH_TIMELINE);
    expect(seldom.looks).toBeLessThan(often.looks);
    expect(onlyRelease(seldom).outcome).toBe('rolledBack');
  });

  it('compares stable with itself where that is asked for', async () => {
    const scenario = aScenario({}, { rollout: standing(), acts: [] }, { untilMs: 1_200_000 });
    const { looks } = await simulate(scenario, WITH_TIMELINE);
    expect(looks).toBeGreaterThan(200);
  });
});

describe('a release that begins with copies', () => {
  const copying = resolveRollout({
    metadata: { name: 'shop' },
    spec: {
      workload: { process: { from: '.', command: ['node'], replicas: 3 } },
      traffic: { gateway: {} },
      strategy: {
        canary: { steps: [{ mirror: '20%' }, { analyze: {} }, { weight: '10%' }, { analyze: {} }] },
      },
      analysis: {
        warmUp: '5s',
        checks: [{ name: 'errors', errors: {}, worseBy: '50%', safe: '2x', floor: '0.5%' }],
      },
    },
  });

  it('finds harm before any user meets it', async () => {
    const bad = await simulate(aScenario({ errorRatio: 0.2 }, { rollout: copying }), WITH_TIMELINE);
    const release = onlyRelease(bad);
    expect(release.outcome).toBe('rolledBack');
    expect(bad.rollouts[0]!.versions[V2]?.requests ?? 0).toBe(0);
    const good = await simulate(aScenario({}, { rollout: copying }), WITH_TIMELINE);
    expect(onlyRelease(good).outcome).toBe('promoted');
  });
});
