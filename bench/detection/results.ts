import { TOOLS } from './deciders/table.ts';
import type { RunsResult } from './pool.ts';
import { SWEEPS, type Sweep } from './run.ts';
import { harmedIn, STAGE_SECONDS, type Scenario } from './scenarios/scenario.ts';
import { proportionInterval, quantile } from './statistics.ts';

/** How one tool, in one form, fared in one scenario. */
export interface Row {
  readonly runs: number;
  /** Releases stopped at or after the fault's beginning; for a good release, all that were stopped. */
  readonly stopped: number;
  /** Stopped before the fault began. */
  readonly stoppedBefore: number;
  /** Share stopped, with its 95 % interval. */
  readonly share: number;
  readonly low: number;
  readonly high: number;
  /** Seconds from the first bad request to the decision; absent when it was not reached that often. */
  readonly median?: number;
  readonly p90?: number;
  /** Mean requests harmed until the decision, at a fixed weight; not stopped: until the hour ends. */
  readonly harmed: number;
  /** Releases that the tool itself called good before the hour was over. */
  readonly promoted: number;
}

/** Seconds per bin of a sweep's counts. */
const BIN_SECONDS: Readonly<Record<Sweep, number>> = {
  coalmine: 1,
  'coalmine-10s': 1,
  flagger: 10,
  argo: 10,
  kayenta: 10,
};

/** The results of one scenario, as they come in. */
export class ScenarioResults {
  readonly scenario: Scenario;
  runs = 0;
  /** By tool: the second of each stop, `Infinity` for none. */
  readonly #stops: number[][] = TOOLS.map(() => []);
  readonly #promoted: number[] = TOOLS.map(() => 0);
  /** By sweep: how many releases each setting stopped in each bin of time. */
  readonly #bins: Readonly<Record<Sweep, Uint16Array>>;
  readonly #runsOf: Record<Sweep, number> = {
    coalmine: 0,
    'coalmine-10s': 0,
    flagger: 0,
    argo: 0,
    kayenta: 0,
  };
  /** Requests harmed by each second. */
  readonly #harmed: Float64Array;

  constructor(scenario: Scenario) {
    this.scenario = scenario;
    const names = Object.keys(SWEEPS) as Sweep[];
    this.#bins = Object.fromEntries(
      names.map((name) => [name, new Uint16Array(SWEEPS[name] * binsOf(name))]),
    ) as Record<Sweep, Uint16Array>;
    this.#harmed = harmedBySecond(scenario);
  }

  add({ count, decisions, sweeps }: RunsResult): void {
    this.runs += count;
    for (const release of decisions) {
      release.forEach((decision, tool) => {
        if (decision === 'not run') return;
        this.#stops[tool]!.push(decision?.kind === 'stopped' ? decision.at : Infinity);
        if (decision?.kind === 'promoted') this.#promoted[tool]! += 1;
      });
    }
    for (const name of Object.keys(SWEEPS) as Sweep[]) {
      this.#runsOf[name] += sweeps[name].length;
      for (const times of sweeps[name]) this.#count(name, times);
    }
  }

  #count(name: Sweep, times: Uint16Array): void {
    const bins = binsOf(name);
    times.forEach((second, setting) => {
      if (second > 0 && second <= STAGE_SECONDS)
        this.#bins[name][setting * bins + second / BIN_SECONDS[name]]! += 1;
    });
  }

  /** How the tool of this place in `TOOLS` fared. */
  ofTool(tool: number): Row {
    return this.#row([...this.#stops[tool]!], this.#promoted[tool]!);
  }

  /** How a setting of a sweep fared. */
  ofSetting(name: Sweep, setting: number): Row {
    const bins = binsOf(name);
    const stops: number[] = [];
    for (let bin = 0; bin < bins; bin += 1) {
      const count = this.#bins[name][setting * bins + bin]!;
      for (let i = 0; i < count; i += 1) stops.push(bin * BIN_SECONDS[name]);
    }
    while (stops.length < this.#runsOf[name]) stops.push(Infinity);
    return this.#row(stops, 0);
  }

  /** The share of releases a setting stopped. */
  shareStopped(name: Sweep, setting: number): number {
    const bins = binsOf(name);
    let count = 0;
    for (let bin = 0; bin < bins; bin += 1) count += this.#bins[name][setting * bins + bin]!;
    return count / this.#runsOf[name];
  }

  /** Mean requests harmed under a setting. */
  harmedUnder(name: Sweep, setting: number): number {
    const bins = binsOf(name);
    let count = 0;
    let harmed = 0;
    for (let bin = 0; bin < bins; bin += 1) {
      const stopped = this.#bins[name][setting * bins + bin]!;
      count += stopped;
      harmed += stopped * this.#harmed[bin * BIN_SECONDS[name]]!;
    }
    return (harmed + (this.#runsOf[name] - count) * this.#harmed[STAGE_SECONDS]!) / this.#runsOf[name];
  }

  #row(stops: number[], promoted: number): Row {
    const from = this.scenario.fault?.from ?? 0;
    const since = stops.map((at) => (at <= from && from > 0 ? Infinity : at - from)).sort((a, b) => a - b);
    const stopped = since.filter((seconds) => Number.isFinite(seconds)).length;
    const median = quantile(since, 0.5);
    const p90 = quantile(since, 0.9);
    const harmed = stops.reduce((sum, at) => sum + this.#harmed[Math.min(at, STAGE_SECONDS)]!, 0);
    const runs = stops.length;
    return {
      runs,
      stopped,
      stoppedBefore: stops.filter((at) => at <= from && from > 0).length,
      share: stopped / Math.max(1, runs),
      ...proportionInterval(stopped, runs),
      ...(median === undefined ? {} : { median }),
      ...(p90 === undefined ? {} : { p90 }),
      harmed: harmed / Math.max(1, runs),
      promoted,
    };
  }
}

function binsOf(name: Sweep): number {
  return STAGE_SECONDS / BIN_SECONDS[name] + 1;
}

function harmedBySecond(scenario: Scenario): Float64Array {
  const harmed = new Float64Array(STAGE_SECONDS + 1);
  for (let second = 1; second <= STAGE_SECONDS; second += 1) {
    harmed[second] = harmed[second - 1]! + harmedIn(scenario, second - 1);
  }
  return harmed;
}
