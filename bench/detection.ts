// bench: how soon a bad release is found, how often a good one is stopped, and what a tick costs.
import { createHash } from 'node:crypto';
import { parseArgs } from 'node:util';
import { addTick, beginStep, judge, startEvidence, type Evidence } from '../src/analysis/evidence.ts';
import type { Tick } from '../src/analysis/measurement.ts';
import type { Analysis, Check, Verdict } from '../src/rollout/model.ts';
import { faults, HARMLESS, type Fault } from './scenarios.ts';
import { traceOf, type Scenario } from './traces.ts';

const STEPS = 4;
const SECONDS_PER_STEP = 120;
const FALSE_ALARMS = 0.01;

const ERRORS: Check = {
  name: 'errors',
  metric: { kind: 'errors' },
  judge: { kind: 'sequential', worseBy: 0.1 },
  weight: 1,
};
const LATENCY: Check = {
  name: 'latency',
  metric: { kind: 'latency' },
  judge: { kind: 'sequential', worseBy: 0.03 },
  weight: 1,
};
const SAFE_ERRORS: Check = {
  ...ERRORS,
  judge: { kind: 'sequential', worseBy: 0.5, safe: { ratio: 2 } },
  floor: 0.002,
};
const SAFE_LATENCY: Check = {
  ...LATENCY,
  judge: { kind: 'sequential', worseBy: 0.03, safe: { ratio: 1.2 } },
};

function analysisOf(...checks: readonly Check[]): Analysis {
  return {
    compareTo: 'stable',
    falseAlarms: FALSE_ALARMS,
    warmUpMs: 0,
    undecided: 'advance',
    noData: 'hold',
    checks,
  };
}

interface Named {
  readonly name: string;
  readonly scenario: Scenario;
}

/** The second at which a verdict is first reached, counted from 1; undefined when it never is. */
function secondOf(verdict: Verdict, analysis: Analysis, trace: Generator<Tick, never>): number | undefined {
  let evidence: Evidence = startEvidence(analysis, STEPS);
  for (let second = 0; second < STEPS * SECONDS_PER_STEP; second += 1) {
    if (second % SECONDS_PER_STEP === 0) evidence = beginStep(analysis, evidence);
    evidence = addTick(analysis, evidence, trace.next().value);
    if (judge(analysis, evidence).verdict === verdict) return second + 1;
  }
  return undefined;
}

/** Runs with chance of their own: `named` keeps the traces of different scenarios apart. */
function times(verdict: Verdict, analysis: Analysis, named: Named): readonly (number | undefined)[] {
  const first = parseInt(createHash('sha256').update(named.name).digest('hex').slice(0, 6), 16);
  const trace = (run: number): Generator<Tick, never> => traceOf(named.scenario, first * 1_000 + run);
  return Array.from({ length: seeds }, (_, run) => secondOf(verdict, analysis, trace(run)));
}

function quantile(values: readonly (number | undefined)[], q: number): number | undefined {
  const sorted = values.map((value) => value ?? Infinity).sort((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Infinity;
  return Number.isFinite(value) ? value : undefined;
}

/** Wilson's interval for a proportion, 95 %. */
function interval(hits: number, trials: number): { readonly low: number; readonly high: number } {
  const z = 1.96;
  const share = hits / trials;
  const middle = share + z ** 2 / (2 * trials);
  const half = z * Math.sqrt((share * (1 - share)) / trials + z ** 2 / (4 * trials ** 2));
  const scale = 1 + z ** 2 / trials;
  const rounded = (value: number): number => Math.round((1000 * value) / scale) / 1000;
  return { low: Math.max(0, rounded(middle - half)), high: rounded(middle + half) };
}

function isReached(target: Fault['target'], median: number | undefined, p90: number | undefined): boolean {
  if (target === undefined) return true;
  return (median ?? Infinity) <= target.median && (p90 ?? Infinity) <= (target.p90 ?? Infinity);
}

function detection(fault: Fault): object {
  const { name, fromSecond, target } = fault;
  const found = times('bad', analysisOf(ERRORS, LATENCY), fault);
  const early = found.filter((second) => second !== undefined && second <= fromSecond).length;
  const since = found.map((second) => (second === undefined ? undefined : second - fromSecond));
  const median = quantile(since, 0.5);
  const p90 = quantile(since, 0.9);
  const foundShare = found.filter((second) => second !== undefined).length / seeds;
  const aim =
    target === undefined
      ? {}
      : { targetMedian: target.median, targetP90: target.p90, isMet: isReached(target, median, p90) };
  return { fault: name, median, p90, foundShare, stoppedBefore: early, ...aim };
}

function falseAlarms(harmless: Named): object {
  const stopped = times('bad', analysisOf(ERRORS, LATENCY), harmless).filter((at) => at !== undefined).length;
  return {
    release: harmless.name,
    stopped,
    runs: seeds,
    rate: Math.round((1_000 * stopped) / seeds) / 1_000,
    ...interval(stopped, seeds),
  };
}

/** How long a good release takes to be proved good, for a canary that gets `share` of 200 requests a second. */
function proof(share: number, errorRate: number): object {
  const arm = (part: number) => ({ requestsPerSecond: 200 * part, errorRate, slowness: 1 });
  const scenario: Scenario = () => ({ candidate: arm(share), control: arm(1 - share) });
  const proved = times('good', analysisOf(SAFE_ERRORS, LATENCY), { name: `${share} ${errorRate}`, scenario });
  return { canaryShare: share, errorRate, median: quantile(proved, 0.5), p90: quantile(proved, 0.9) };
}

/** CPU time of one tick, adding and judging, and the size of the state as JSON. */
function cost(check: Check, ticks: readonly Tick[]): object {
  const analysis = analysisOf(check);
  const run = (): Evidence =>
    ticks.reduce(
      (evidence, tick) => {
        const next = addTick(analysis, evidence, tick);
        judge(analysis, next);
        return next;
      },
      beginStep(analysis, startEvidence(analysis, STEPS)),
    );
  let microseconds = Infinity;
  let evidence = run();
  for (let round = 0; round < 3; round += 1) {
    const before = process.cpuUsage();
    evidence = run();
    const used = process.cpuUsage(before);
    microseconds = Math.min(microseconds, (used.user + used.system) / ticks.length);
  }
  return {
    check: `${check.name}${check.judge.kind === 'sequential' && check.judge.safe !== undefined ? ' with safety' : ''}`,
    microsecondsPerTick: Math.round(microseconds * 10) / 10,
    stateBytes: JSON.stringify(evidence.checks[check.name]).length,
  };
}

interface Report {
  readonly seeds: number;
  readonly detection: readonly object[];
  readonly falseAlarms: readonly object[];
  readonly proof: readonly object[];
  readonly cost: readonly object[];
}

function measure(): Report {
  const steady = traceOf(HARMLESS[0]!.scenario, 1);
  const ticks = Array.from({ length: 3_000 }, () => steady.next().value);
  return {
    seeds,
    detection: faults(SECONDS_PER_STEP).map(detection),
    falseAlarms: HARMLESS.map(falseAlarms),
    proof: [0, 0.001, 0.02].flatMap((errorRate) => [0.05, 0.25, 0.5].map((share) => proof(share, errorRate))),
    cost: [ERRORS, SAFE_ERRORS, LATENCY, SAFE_LATENCY].map((check) => cost(check, ticks)),
  };
}

function print(report: Report): void {
  console.log(
    `${report.seeds} seeds; 20 requests/s on the canary, 180 on stable, one-second ticks, ${STEPS} steps of ` +
      `${SECONDS_PER_STEP} s, at most ${FALSE_ALARMS * 100} % false alarms over errors (worse by 10 %) and latency (3 %)\n`,
  );
  console.log('Seconds from the first harmed request to the decision (empty: never for that many)');
  console.table(report.detection);
  console.log('Harmless releases that were stopped, with a 95 % interval');
  console.table(report.falseAlarms);
  console.log('Seconds to proof of safety: errors below twice stable or below 0.2 %, 200 requests/s in all');
  console.table(report.proof);
  console.log('Cost of one check and tick');
  console.table(report.cost);
}

const { values } = parseArgs({ options: { seeds: { type: 'string' }, json: { type: 'boolean' } } });
const seeds = Number(values.seeds ?? 60);
if (!Number.isSafeInteger(seeds) || seeds < 1) {
  console.error(`--seeds ${values.seeds ?? ''}: a whole number of at least 1 is needed`);
  process.exit(2);
}
const report = measure();
if (values.json === true) console.log(JSON.stringify(report, undefined, 2));
else print(report);
