import type { VersionBehaviour } from '../../test/engine/virtual-release.ts';
import type { Options } from './options.ts';
import { doJobs, type Job, type RampResult } from './pool.ts';
import { OWN_POLICIES, RAMPS, type RampEnd } from './ramp.ts';
import { ScenarioResults } from './results.ts';
import { STAGE_SECONDS, USUAL, type Scenario } from './scenarios/scenario.ts';
import { geometricMean, quantile } from './statistics.ts';

/** Releases per job: about a second of work. */
const RUNS_PER_JOB = 4;
const ENDS_PER_JOB = 3;

/** A candidate that a ramp is tried with. */
export interface RampCase {
  readonly title: string;
  readonly candidate: VersionBehaviour;
  /** The share of its requests that are harmed; 0 for a good one. */
  readonly harmedShare: number;
}

const { errorRate } = USUAL;
/** A good candidate, and five bad ones. */
export const RAMP_CASES: readonly RampCase[] = [
  { title: 'good', candidate: { errorRate, slowness: 1 }, harmedShare: 0 },
  ...[0.01, 0.05, 0.5].map((rate) => ({
    title: `errors .1 → ${rate * 100} %`,
    candidate: { errorRate: rate, slowness: 1 },
    harmedShare: rate - errorRate,
  })),
  ...[1.1, 1.3].map((slowness) => ({
    title: `latency +${Math.round((slowness - 1) * 100)} %`,
    candidate: { errorRate, slowness },
    harmedShare: 1,
  })),
];

/** Requests a second to the whole service with which a good release is timed. */
export const RATES = [1, 20, 200] as const;
const USUAL_RATE = 200;

/** How one policy fared with one candidate at one rate. */
export interface RampRow {
  readonly policy: string;
  readonly perSecond: number;
  readonly title: string;
  readonly runs: number;
  readonly stopped: number;
  readonly promoted: number;
  /** Median time to the end, in seconds. */
  readonly median: number;
  readonly harmed: number;
}

/** What was measured. */
export interface Measured {
  readonly results: readonly ScenarioResults[];
  readonly ramps: readonly RampRow[];
}

/** Runs everything the options ask for. */
export async function measure(options: Options): Promise<Measured> {
  const results = options.scenarios.map((scenario) => new ScenarioResults(scenario));
  const ends = new Map<string, RampEnd[]>();
  const jobs = mixed([
    ...options.scenarios.flatMap((scenario) => runsOf(scenario, options)),
    ...rampJobs(options),
  ]);
  const progress = progressOf(jobs.length);
  await doJobs(jobs, options.jobs, (result) => {
    if (result.kind === 'runs') results.find(({ scenario }) => scenario.id === result.scenario)?.add(result);
    else ends.set(keyOf(result), [...(ends.get(keyOf(result)) ?? []), ...result.ends]);
    progress(result.kind === 'runs' ? result.scenario : `ramp of ${result.policy}`);
  });
  return { results, ramps: rampRows(ends) };
}

/** Long and short jobs in turn, so that the time left can be told early. */
function mixed(jobs: readonly Job[]): readonly Job[] {
  const stride = Math.max(1, Math.floor(jobs.length * 0.381966));
  const starts = Array.from({ length: stride }, (_, start) => start);
  return starts.flatMap((start) => jobs.filter((_, i) => i % stride === start));
}

function runsOf(scenario: Scenario, { goodSeeds, faultSeeds }: Options): Job[] {
  const seeds = seedsOf(scenario, { goodSeeds, faultSeeds });
  return parts(seeds, RUNS_PER_JOB).map(([from, count]) => ({
    kind: 'runs',
    scenario: scenario.id,
    from,
    count,
  }));
}

/** Where the canary does differ nobody has to keep a rate: half of the releases will do. */
function seedsOf(
  { fault, isBeyondNull }: Scenario,
  { goodSeeds, faultSeeds }: Pick<Options, 'goodSeeds' | 'faultSeeds'>,
): number {
  if (fault !== undefined) return faultSeeds;
  return isBeyondNull === true ? Math.ceil(goodSeeds / 2) : goodSeeds;
}

function rampJobs({ rampSeeds }: Options): Job[] {
  return rampCombinations().flatMap(({ policy, perSecond, candidate }) =>
    parts(rampSeeds, ENDS_PER_JOB).map(([from, count]): Job => ({
      kind: 'ramp',
      policy,
      perSecond,
      candidate,
      from,
      count,
    })),
  );
}

/** A policy that leads a candidate at a rate. */
export type Combination = RampCase & { readonly policy: string; readonly perSecond: number };

/** Good candidates at all rates for every policy, bad ones at the usual rate for everybody's ramp. */
function rampCombinations(): readonly Combination[] {
  const policies = [...new Set([...RAMPS, ...OWN_POLICIES])].map(({ name }) => name);
  const [good, ...bad] = RAMP_CASES;
  return [
    ...policies.flatMap((policy) => RATES.map((perSecond) => ({ ...good!, policy, perSecond }))),
    ...RAMPS.flatMap(({ name }) => bad.map((one) => ({ ...one, policy: name, perSecond: USUAL_RATE }))),
  ];
}

function parts(total: number, size: number): readonly (readonly [from: number, count: number])[] {
  return Array.from({ length: Math.ceil(total / size) }, (_, i) => [
    i * size,
    Math.min(size, total - i * size),
  ]);
}

function keyOf({
  policy,
  perSecond,
  candidate,
}: Pick<RampResult, 'policy' | 'perSecond' | 'candidate'>): string {
  return JSON.stringify([policy, perSecond, candidate]);
}

function rampRows(ends: ReadonlyMap<string, readonly RampEnd[]>): readonly RampRow[] {
  return rampCombinations().flatMap((combination) => {
    const found = ends.get(keyOf(combination)) ?? [];
    return found.length === 0 ? [] : [rampRow(combination, found)];
  });
}

/** The row of a policy, from how its releases ended. */
export function rampRow(
  { policy, perSecond, title, harmedShare }: Combination,
  ends: readonly RampEnd[],
): RampRow {
  const took = ends.map((end) => end.took).sort((a, b) => a - b);
  const requests = ends.reduce((sum, { candidateRequests }) => sum + candidateRequests, 0);
  return {
    policy,
    perSecond,
    title,
    runs: ends.length,
    stopped: ends.filter(({ outcome }) => outcome === 'stopped').length,
    promoted: ends.filter(({ outcome }) => outcome === 'promoted').length,
    median: quantile(took, 0.5) ?? STAGE_SECONDS,
    harmed: (harmedShare * requests) / ends.length,
  };
}

/** The geometric mean over the bad candidates of the requests harmed under a policy's own ramp. */
export function harmedByRamp(rows: readonly RampRow[], policy: string): number {
  const bad = rows.filter((row) => row.policy === policy && row.title !== RAMP_CASES[0]!.title);
  return geometricMean(bad.map(({ harmed }) => Math.max(harmed, 0.01)));
}

const PROGRESS_MS = 5_000;

/** Says on standard error how far it has come. */
function progressOf(total: number): (what: string) => void {
  const started = Date.now();
  let done = 0;
  let said = started;
  return (what) => {
    done += 1;
    const now = Date.now();
    if (now - said < PROGRESS_MS && done < total) return;
    said = now;
    const left = Math.round((((now - started) / done) * (total - done)) / 1_000);
    console.error(`${String(Math.round((100 * done) / total)).padStart(3)} %  ${left} s left  ${what}`);
  };
}
