import type { Analysis, Check } from '../../rollout/model.ts';
import { addTick, beginStep, judge, startEvidence, type Evidence } from '../evidence.ts';
import type { Tick, TrackCounters } from '../measurement.ts';
import { shareOfPromise } from '../promise.ts';
import { errorsAt, moreErrors, slower, slowerTail, type Harm } from './harm.ts';
import type { Traffic } from './traffic.ts';

/** A step that analyses, as far as it decides what can be seen in it. */
export interface AnalysedStep {
  readonly title: string;
  /** The candidate's share of the traffic, between 0 and 1. */
  readonly share: number;
  /** That of what it is compared with; absent: all the rest. */
  readonly controlShare?: number;
  readonly atLeastMs: number;
  readonly atMostMs: number;
}

/** What an analysis can be expected to see in a step. */
export interface StepOutlook {
  readonly title: string;
  /** Requests the candidate gets a second. */
  readonly candidateRate: number;
  readonly checks: readonly CheckOutlook[];
}

/** The same for one check. */
export interface CheckOutlook {
  readonly name: string;
  readonly harms: readonly HarmOutlook[];
  /** The smallest harm of the ladder that is found within the step's longest time; absent: none is. */
  readonly smallest?: string;
  /** How long the proof of safety takes, when one is asked for; Infinity: longer than a day. */
  readonly proofMs?: number;
}

/** When a harm would be found, and what it would have cost by then. */
export interface HarmOutlook {
  readonly harm: string;
  /** Absent: not within a day. */
  readonly foundMs?: number;
  readonly harmedRequests?: number;
  /** False: the step is over before. */
  readonly inTime: boolean;
}

/** Nobody waits longer than this for one step. */
const HORIZON_MS = 86_400_000;
/** Control's requests that bets are made from, before the first tick. */
const LEARNING_MS = 60_000;
/** Ticks grow by this factor: times are exact to a tenth. */
const TICK_GROWTH = 1.1;
const FIRST_TICK_MS = 1_000;

const SHOWN: Readonly<Record<'errors' | 'latency', readonly Harm[]>> = {
  errors: [moreErrors(2), moreErrors(5), errorsAt(0.05), errorsAt(0.5)],
  latency: [slower(1.1), slower(1.3), slower(2), slowerTail(0.02, 3)],
};

const LADDER: Readonly<Record<'errors' | 'latency', readonly Harm[]>> = {
  errors: [1.2, 1.5, 2, 3, 5, 10, 20, 50, 100, 1_000].map(moreErrors),
  latency: [1.02, 1.05, 1.1, 1.15, 1.2, 1.3, 1.5, 2, 3, 5].map(slower),
};

/**
 * What the analysis can be expected to see in each step, if harm began with it. The judges themselves are asked,
 * with the ticks that are expected on average; chance makes about half of the real releases slower than that.
 */
export function outlookOf(
  analysis: Analysis,
  steps: readonly AnalysedStep[],
  traffic: Traffic,
): readonly StepOutlook[] {
  const checks = analysis.checks.filter(isForeseen);
  const outlooks = checks.map((check) => outlookOfCheck(check, alone(analysis, check), { steps, traffic }));
  return steps.map(({ title, share }, i) => ({
    title,
    candidateRate: share * traffic.requestsPerSecond,
    checks: outlooks.flatMap((steps) => steps[i] ?? []),
  }));
}

/** The analysis as if this were its only check, with its part of the promise. */
function alone(analysis: Analysis, check: Check): Analysis {
  const falseAlarms = analysis.falseAlarms * shareOfPromise(analysis, check);
  return { ...analysis, falseAlarms, checks: [countedHere(check)] };
}

/** Counters of a router are foreseen as if the gateway had them. */
function countedHere(check: Check): Check {
  const { metric } = check;
  return metric.kind === 'errors' && metric.from !== undefined
    ? { ...check, metric: { kind: 'errors' } }
    : check;
}

interface Schedule {
  readonly steps: readonly AnalysedStep[];
  readonly traffic: Traffic;
}

function outlookOfCheck(
  check: ForeseenCheck,
  analysis: Analysis,
  { steps, traffic }: Schedule,
): readonly CheckOutlook[] {
  let evidence = learned(analysis, steps.length, traffic);
  return steps.map((step) => {
    evidence = beginStep(analysis, evidence);
    const start: Start = { analysis, evidence, step, traffic };
    evidence = addTick(analysis, evidence, expectedTick(start, traffic, step.atLeastMs));
    return checkOutlook(check, start);
  });
}

type ForeseenCheck = Check & { readonly metric: { readonly kind: 'errors' | 'latency' } };

/**
 * Only counts of requests and what the gateway measures are known before the release begins: the buckets of a source are
 * its own. Only promised evidence has power.
 */
function isForeseen(check: Check): check is ForeseenCheck {
  const { metric, judge: settings } = check;
  const isKnown = metric.kind === 'errors' || (metric.kind === 'latency' && metric.from === undefined);
  return isKnown && settings.kind === 'sequential';
}

/** Where a step begins for one check, judged by itself with its part of the promise. */
interface Start {
  readonly analysis: Analysis;
  readonly evidence: Evidence;
  readonly step: AnalysedStep;
  readonly traffic: Traffic;
}

function checkOutlook(check: ForeseenCheck, start: Start): CheckOutlook {
  const { kind } = check.metric;
  const isKnown = kind === 'errors' ? start.traffic.errorRatio > 0 : start.traffic.latency.length > 0;
  const smallest = isKnown ? smallestFound(LADDER[kind], start) : undefined;
  const isProofAsked = check.judge.kind === 'sequential' && check.judge.safe !== undefined;
  return {
    name: check.name,
    harms: SHOWN[kind]
      .filter((harm) => harm.touches(start.traffic) > 0 && (isKnown || kind === 'errors'))
      .map((harm) => harmOutlook(harm, start)),
    ...(smallest === undefined ? {} : { smallest: smallest.name }),
    ...(isProofAsked ? { proofMs: timeTo('good', start, (traffic) => traffic) ?? Infinity } : {}),
  };
}

function harmOutlook(harm: Harm, start: Start): HarmOutlook {
  const foundMs = timeTo('bad', start, harm.of);
  if (foundMs === undefined) return { harm: harm.name, inTime: false };
  const candidates = (start.step.share * start.traffic.requestsPerSecond * foundMs) / 1_000;
  return {
    harm: harm.name,
    foundMs,
    harmedRequests: Math.ceil(candidates * harm.touches(start.traffic)),
    inTime: foundMs <= start.step.atMostMs,
  };
}

/** By bisection: the ladder ascends, and what is found of a small harm is found of a larger one. */
function smallestFound(ladder: readonly Harm[], start: Start): Harm | undefined {
  const isFound = (harm: Harm): boolean => timeTo('bad', start, harm.of, start.step.atMostMs) !== undefined;
  let low = 0;
  let high = ladder.length;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const harm = ladder[middle];
    if (harm !== undefined && isFound(harm)) high = middle;
    else low = middle + 1;
  }
  return ladder[low];
}

/** When the check first says so, in milliseconds of the step; undefined: not within the horizon. */
// eslint-disable-next-line max-params -- what is waited for, from where, of which candidate, how long
function timeTo(
  verdict: 'bad' | 'good',
  start: Start,
  candidate: (traffic: Traffic) => Traffic,
  horizonMs: number = HORIZON_MS,
): number | undefined {
  const { analysis } = start;
  const worse = candidate(start.traffic);
  let { evidence } = start;
  let elapsedMs = 0;
  while (elapsedMs < horizonMs) {
    const ms = Math.min(Math.max(FIRST_TICK_MS, elapsedMs * (TICK_GROWTH - 1)), horizonMs - elapsedMs);
    evidence = addTick(analysis, evidence, expectedTick(start, worse, ms));
    elapsedMs += ms;
    if (judge(analysis, evidence).verdict === verdict) return elapsedMs;
  }
  return undefined;
}

function learned(analysis: Analysis, steps: number, traffic: Traffic): Evidence {
  const evidence = startEvidence(analysis, steps);
  const control = countersOf(traffic, traffic.requestsPerSecond * (LEARNING_MS / 1_000));
  // The warm-up is no time of a step: it is over before anything counts.
  const warm = { ...evidence, progress: { ...evidence.progress, warmedMs: analysis.warmUpMs } };
  return addTick(analysis, warm, { ms: LEARNING_MS, candidate: countersOf(traffic, 0), control });
}

function expectedTick({ step, traffic }: Start, candidate: Traffic, ms: number): Tick {
  const requests = (traffic.requestsPerSecond * ms) / 1_000;
  return {
    ms,
    candidate: countersOf(candidate, requests * step.share),
    control: countersOf(traffic, requests * (step.controlShare ?? 1 - step.share)),
  };
}

function countersOf({ errorRatio, latency }: Traffic, requests: number): TrackCounters {
  const total = latency.reduce((sum, [, count]) => sum + count, 0);
  const scale = total === 0 ? 0 : requests / total;
  return {
    requests,
    errors: requests * errorRatio,
    latency: scale === 0 ? [] : latency.map(([index, count]) => [index, count * scale] as const),
  };
}
