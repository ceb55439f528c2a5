import { describe, expect, it } from 'vitest';
import { TOOLS } from '../deciders/table.ts';
import { run, seededRandom } from '../run.ts';
import { serviceOf } from '../telemetry/service.ts';
import { accessLog, ec2Latencies, elbRequestCounts, llmRequests } from './recordings.ts';
import { harmedIn } from './scenario.ts';
import { allScenarios, scenarioOf } from './table.ts';

describe('the recordings', () => {
  it('are whole', () => {
    expect(llmRequests().requests).toHaveLength(19_366);
    expect(accessLog().requests).toHaveLength(10_000);
    expect(accessLog().requests.filter(({ isError }) => isError)).toHaveLength(220);
    expect(accessLog().seconds).toBeLessThanOrEqual(85 * 60);
    expect(elbRequestCounts()).toHaveLength(4_032);
    expect(ec2Latencies()).toHaveLength(4_032);
  });
});

describe('every scenario', () => {
  it.each(allScenarios().map((scenario) => [scenario.id, scenario] as const))('%s', (id, scenario) => {
    const service = serviceOf(scenario, seededRandom(id, 0));
    let requests = 0;
    for (let second = 0; second < 300; second += 1) {
      const { candidate, stable } = service();
      requests += candidate.requests;
      expect(candidate.errors).toBeLessThanOrEqual(candidate.requests);
      expect(stable.errors).toBeLessThanOrEqual(stable.requests);
    }
    const perSecond = requests / 300;
    const usual = id === 'silent' ? 0 : scenario.canaryPerSecond;
    // The real load shapes move by a factor of four at most.
    expect(perSecond).toBeGreaterThanOrEqual(usual / 4);
    expect(perSecond).toBeLessThanOrEqual(usual * 4);
  });

  it('has an id of its own', () => {
    const ids = allScenarios().map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('harm', () => {
  it('begins with the fault', () => {
    expect(harmedIn(scenarioOf('errors-1-late'), 599)).toBe(0);
    expect(harmedIn(scenarioOf('errors-1-late'), 600)).toBeCloseTo(0.18, 9);
    expect(harmedIn(scenarioOf('steady'), 700)).toBe(0);
  });
});

describe('a run', () => {
  it('is the same for the same seed, and stops what fails half of its requests', () => {
    const [first, second] = [run(scenarioOf('errors-50'), 0), run(scenarioOf('errors-50'), 0)];
    expect(second).toEqual(first);
    expect(first.decisions).toHaveLength(TOOLS.length);
    for (const decision of first.decisions) expect(decision).toMatchObject({ kind: 'stopped' });
  });
});
