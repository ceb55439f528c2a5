import { describe, expect, it } from 'vitest';
import { randomFrom } from '../../random.ts';
import { mishapsOf } from '../telemetry/faulty.ts';
import { Scrapes } from '../telemetry/scrapes.ts';
import { serviceOf } from '../telemetry/service.ts';
import { TickFeeds } from '../telemetry/ticks.ts';
import { scenarioOf } from '../scenarios/table.ts';
import { argo } from './argo.ts';
import type { RunContext, Tool } from './decider.ts';
import { flagger } from './flagger.ts';
import { KayentaRecord } from './kayenta-record.ts';
import {
  ARGO_SETTINGS,
  describeArgo,
  describeFlagger,
  FLAGGER_SETTINGS,
  ThresholdGrid,
} from './threshold-grid.ts';

const SECONDS = 900;

/** The second at which the tool stops the release, and the grid over the same release. */
function both(tool: Tool, id: string, seed: number): { readonly at: number; readonly grid: ThresholdGrid } {
  const random = randomFrom(seed);
  const scenario = scenarioOf(id);
  const mishaps = mishapsOf(scenario.telemetry, random);
  const service = serviceOf(scenario, random);
  const context: RunContext = {
    ticks: new TickFeeds(mishaps),
    kayenta: new KayentaRecord(),
  };
  const decider = tool.start(context);
  const scrapes = new Scrapes(mishaps);
  const grid = new ThresholdGrid();
  let at = 0;
  for (let second = 0; second < SECONDS; second += 1) {
    scrapes.add(second, service());
    if (second % 10 !== 9) continue;
    scrapes.scrape(second);
    grid.look(scrapes, second + 1);
    const counts = undefined as never;
    if (at === 0) at = decider.see(second, counts, scrapes)?.at ?? 0;
  }
  return { at, grid };
}

function settingOf(words: string, settings: number, describe: (i: number) => string): number {
  const found = Array.from({ length: settings }, (_, i) => i).find((i) => describe(i) === words);
  expect(found).toBeDefined();
  return found ?? 0;
}

describe('the grid of thresholds', () => {
  const ids = ['errors-1', 'errors-2', 'tail-2', 'missing', 'silent', 'quiet', 'latency-30'];

  it.each(ids)('decides like Flagger on %s', (id) => {
    const words = 'every 10 s over 60 s, errors ≤ 1 %, p99 ≤ 500 ms, threshold 3';
    const tool = flagger('flagger', {
      intervalSeconds: 10,
      threshold: 3,
      checksToPromote: Infinity,
      window: 6,
      minSuccessPercent: 99,
      maxP99Ms: 500,
    });
    for (const seed of [1, 2, 3]) {
      const { at, grid } = both(tool, id, seed);
      const expected = grid.flagger[settingOf(words, FLAGGER_SETTINGS, describeFlagger)] ?? 0;
      expect(at).toBe(expected > SECONDS ? 0 : expected);
    }
  });

  it.each(ids)('decides like Argo Rollouts on %s', (id) => {
    const words = 'every 10 s over 30 s, errors ≤ 2 %, p99 ≤ 400 ms, failureLimit 1';
    const settings = {
      intervalSeconds: 10,
      window: 3,
      minSuccess: 0.98,
      maxP99Ms: 400,
      failureLimit: 1,
    } as const;
    for (const seed of [1, 2, 3]) {
      const { at, grid } = both(argo('argo', settings), id, seed);
      expect(at).toBe(grid.argo[settingOf(words, ARGO_SETTINGS, describeArgo)] ?? 0);
    }
  });

  it('names each of its settings differently', () => {
    const words = Array.from({ length: ARGO_SETTINGS }, (_, i) => describeArgo(i));
    // Without any limit fixed and relative are the same.
    expect(new Set(words).size).toBeGreaterThan(0.9 * ARGO_SETTINGS);
  });
});
