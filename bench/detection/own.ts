import { addTick, beginStep, judge, startEvidence, type Evidence } from '../../src/analysis/evidence.ts';
import type { Tick } from '../../src/analysis/measurement.ts';
import type { Analysis, Check } from '../../src/rollout/model.ts';
import { traceOf } from '../traces.ts';
import { analysisOf, ERRORS, LATENCY, STEPS } from './deciders/coalmine.ts';
import { quantile } from './statistics.ts';
import { USUAL } from './scenarios/scenario.ts';

/** What one check costs. */
export interface Cost {
  readonly check: string;
  readonly microsecondsPerTick: number;
  readonly stateBytes: number;
}

/** How long a good release takes to be proved safe. */
export interface Proof {
  readonly margin: string;
  readonly runs: number;
  readonly median?: number;
  readonly p90?: number;
}

const SAFE_ERRORS: Check = {
  ...ERRORS,
  judge: { kind: 'sequential', worseBy: 0.5, safe: { ratio: 2 } },
  floor: 0.002,
};
const SAFE_LATENCY: Check = {
  ...LATENCY,
  judge: { kind: 'sequential', worseBy: 0.03, safe: { ratio: 1.2 } },
};

/** Ticks of the usual service at rest. */
function usualTrace(seed: number): Generator<Tick, never> {
  const arm = { errorRate: USUAL.errorRate, slowness: 1 };
  return traceOf(
    () => ({
      candidate: { requestsPerSecond: USUAL.canary, ...arm },
      control: { requestsPerSecond: USUAL.stable, ...arm },
    }),
    seed,
  );
}

/** CPU time of one tick, adding and judging, and the size of the state as JSON. */
export function costs(): readonly Cost[] {
  const trace = usualTrace(1);
  const ticks = Array.from({ length: 2_000 }, () => trace.next().value);
  return [
    ['errors', ERRORS],
    ['errors with safety', SAFE_ERRORS],
    ['latency', LATENCY],
    ['latency with safety', SAFE_LATENCY],
  ].map(([name, check]) => costOf(name as string, check as Check, ticks));
}

function costOf(name: string, check: Check, ticks: readonly Tick[]): Cost {
  const analysis = analysisOf([check]);
  let microseconds = Infinity;
  let evidence = judged(analysis, ticks);
  for (let round = 0; round < 5; round += 1) {
    const before = process.cpuUsage();
    evidence = judged(analysis, ticks);
    const used = process.cpuUsage(before);
    microseconds = Math.min(microseconds, (used.user + used.system) / ticks.length);
  }
  return {
    check: name,
    microsecondsPerTick: Math.round(microseconds * 10) / 10,
    stateBytes: JSON.stringify(evidence.checks[check.name]).length,
  };
}

function judged(analysis: Analysis, ticks: readonly Tick[]): Evidence {
  let evidence = beginStep(analysis, startEvidence(analysis, STEPS));
  for (const tick of ticks) {
    evidence = addTick(analysis, evidence, tick);
    judge(analysis, evidence);
  }
  return evidence;
}

const LONGEST_PROOF_SECONDS = 1_800;

/** Seconds until errors of a good canary are proved to be below a margin, at 20 requests/s beside 180. */
export function proofs(runs: number): readonly Proof[] {
  const margins = [
    ['errors below 1 %', { absolute: 0.01 }],
    ['errors below .5 %', { absolute: 0.005 }],
    ['errors below 3 × stable', { ratio: 3 }],
    ['errors below 2 × stable', { ratio: 2 }],
  ] as const;
  return margins.map(([margin, safe]) => {
    const check: Check = { ...ERRORS, judge: { kind: 'sequential', worseBy: 0.5, safe } };
    const times = Array.from({ length: runs }, (_, seed) => secondsToProof(check, seed)).sort(
      (a, b) => a - b,
    );
    const median = quantile(times, 0.5);
    const p90 = quantile(times, 0.9);
    return {
      margin,
      runs,
      ...(median === undefined ? {} : { median }),
      ...(p90 === undefined ? {} : { p90 }),
    };
  });
}

function secondsToProof(check: Check, seed: number): number {
  const analysis = analysisOf([check]);
  const trace = usualTrace(1_000_000 + seed);
  let evidence = beginStep(analysis, startEvidence(analysis, 1));
  for (let second = 1; second <= LONGEST_PROOF_SECONDS; second += 1) {
    evidence = addTick(analysis, evidence, trace.next().value);
    if (judge(analysis, evidence).verdict === 'good') return second;
  }
  return Infinity;
}
