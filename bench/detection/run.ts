import { createHash } from 'node:crypto';
import { randomFrom, type Random } from '../random.ts';
import type { Decider, Decision } from './deciders/decider.ts';
import { KayentaGrid, KAYENTA_SETTINGS } from './deciders/kayenta-grid.ts';
import { KayentaRecord } from './deciders/kayenta-record.ts';
import { PromiseGrid, PROMISE_SETTINGS } from './deciders/promise-grid.ts';
import { TOOLS } from './deciders/table.ts';
import { ARGO_SETTINGS, FLAGGER_SETTINGS, ThresholdGrid } from './deciders/threshold-grid.ts';
import { STAGE_SECONDS, type Scenario } from './scenarios/scenario.ts';
import { mishapsOf, skewed } from './telemetry/faulty.ts';
import { SCRAPE_SECONDS, Scrapes } from './telemetry/scrapes.ts';
import { serviceOf } from './telemetry/service.ts';
import { TickFeeds } from './telemetry/ticks.ts';

/** Sweeps over the settings of one tool, and how many settings each tries. */
export const SWEEPS = {
  coalmine: PROMISE_SETTINGS,
  'coalmine-10s': PROMISE_SETTINGS,
  flagger: FLAGGER_SETTINGS,
  argo: ARGO_SETTINGS,
  kayenta: KAYENTA_SETTINGS,
} as const;
/** One of the sweeps. */
export type Sweep = keyof typeof SWEEPS;

/** What came of one release. */
export interface RunResult {
  /** In the order of `TOOLS`; undefined: no decision within the hour. */
  readonly decisions: readonly (Decision | 'not run' | undefined)[];
  /** By setting, the second at which the release would have been stopped; 0 for never. Absent: not run. */
  readonly sweeps: Readonly<Partial<Record<Sweep, Uint16Array>>>;
}

/** One release of a scenario. The same seed gives the same release. */
export function run(scenario: Scenario, seed: number): RunResult {
  const random = seededRandom(scenario.id, seed);
  const mishaps = mishapsOf(scenario.telemetry, random);
  const service = skewed(serviceOf(scenario, random), scenario.telemetry?.skewSeconds ?? 0);
  const context = {
    ticks: new TickFeeds(mishaps),
    ...(scenario.fault === undefined ? {} : { faultFrom: scenario.fault.from }),
    kayenta: new KayentaRecord(),
  };
  const grids = { thresholds: new ThresholdGrid(), kayenta: new KayentaGrid() };
  const running = TOOLS.map((tool): Running | undefined => {
    if (tool.isSampled === true && !isSample(scenario, seed)) return undefined;
    const grid = isSwept(tool.name) ? new PromiseGrid() : undefined;
    return { grid, decider: tool.start(context, watchOf(grid)), decision: undefined };
  });
  const scrapes = new Scrapes(mishaps);
  for (let second = 0; second < STAGE_SECONDS; second += 1) {
    const counts = service();
    scrapes.add(second, counts);
    const isScrape = (second + 1) % SCRAPE_SECONDS === 0;
    if (isScrape) {
      scrapes.scrape(second);
      context.kayenta.see(scrapes, second + 1);
      grids.thresholds.look(scrapes, second + 1);
      grids.kayenta.look(context.kayenta, second + 1);
    }
    for (const one of running) {
      if (one === undefined || isFinished(one)) continue;
      const decision = one.decider.see(second, counts, isScrape ? scrapes : undefined);
      one.decision ??= decision;
    }
  }
  return {
    decisions: running.map((one) => (one === undefined ? 'not run' : one.decision)),
    sweeps: {
      ...timesOf(running, 'coalmine'),
      ...timesOf(running, 'coalmine-10s'),
      flagger: grids.thresholds.flagger,
      argo: grids.thresholds.argo,
      kayenta: grids.kayenta.times,
    },
  };
}

interface Running {
  readonly grid: PromiseGrid | undefined;
  readonly decider: Decider;
  decision: Decision | undefined;
}

function isSwept(name: string): boolean {
  return name === 'coalmine' || name === 'coalmine-10s';
}

function watchOf(grid: PromiseGrid | undefined): ((second: number, logE: number) => void) | undefined {
  return grid === undefined
    ? undefined
    : (second, logE) => {
        grid.watch(second, logE);
      };
}

function isFinished({ decision, grid }: Running): boolean {
  return decision !== undefined && (grid === undefined || grid.isDone);
}

function timesOf(
  running: readonly (Running | undefined)[],
  name: 'coalmine' | 'coalmine-10s',
): Partial<Record<Sweep, Uint16Array>> {
  const times = running[TOOLS.findIndex((tool) => tool.name === name)]?.grid?.times;
  return times === undefined ? {} : { [name]: times };
}

const SAMPLE = 4;

function isSample({ fault }: Scenario, seed: number): boolean {
  return fault !== undefined || seed % SAMPLE === 0;
}

/** Chance of its own for each scenario and seed. */
export function seededRandom(id: string, seed: number): Random {
  const hash = createHash('sha256').update(`${id} ${seed}`).digest();
  // 53 bits.
  return randomFrom(hash.readUInt32BE(0) * 2 ** 21 + (hash.readUInt32BE(4) >>> 11));
}
