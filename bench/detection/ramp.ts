import { releaseInVirtualTime, type VersionBehaviour } from '../../test/engine/virtual-release.ts';
import { parseShare } from '../../src/base/share.ts';
import type { Analysis, CanaryStep, Check } from '../../src/rollout/model.ts';
import { randomFrom } from '../random.ts';
import { ArmCounts, drawSecond } from '../traces.ts';
import { argo } from './deciders/argo.ts';
import { analysisOf, ERRORS, GUIDE, LATENCY, STRICT } from './deciders/coalmine.ts';
import type { Decider, RunContext } from './deciders/decider.ts';
import { flaggerDecider } from './deciders/flagger.ts';
import { kayenta } from './deciders/kayenta.ts';
import { KayentaRecord } from './deciders/kayenta-record.ts';
import { STAGE_SECONDS, USUAL } from './scenarios/scenario.ts';
import { mishapsOf } from './telemetry/faulty.ts';
import { SCRAPE_SECONDS, Scrapes } from './telemetry/scrapes.ts';
import { TickFeeds } from './telemetry/ticks.ts';

/** How a release ended that a tool led by its own ramp. */
export interface RampEnd {
  readonly outcome: 'promoted' | 'stopped' | 'undecided';
  /** Seconds from the start. */
  readonly took: number;
  /** Requests of the candidate until the end; after a promotion all requests until the hour is over. */
  readonly candidateRequests: number;
}

/** A tool with its ramp. */
export interface RampPolicy {
  readonly name: string;
  readonly ramp: string;
  readonly release: (perSecond: number, seed: number, candidate: VersionBehaviour) => RampEnd;
}

/** A rival at work: its decider, and the share of the traffic that it gives the candidate. */
interface Steering {
  readonly decider: Decider;
  readonly shareAt: (second: number) => number;
  /** The second at which its ramp is over, if nothing was found until then. */
  readonly promotesAt: number;
}

function steered(start: (context: RunContext) => Steering): RampPolicy['release'] {
  return (perSecond, seed, candidate) => {
    const random = randomFrom(seed);
    const { decider, shareAt, promotesAt } = start(contextOf());
    const scrapes = new Scrapes(mishapsOf(undefined, random));
    const counts = { candidate: new ArmCounts(), baseline: new ArmCounts(), stable: new ArmCounts() };
    let candidateRequests = 0;
    for (let second = 0; second < promotesAt; second += 1) {
      const share = shareAt(second);
      const usual = { errorRate: USUAL.errorRate, slowness: 1 };
      for (const arm of [counts.candidate, counts.baseline, counts.stable]) arm.clear();
      drawSecond(counts.candidate, { requestsPerSecond: perSecond * share, ...candidate }, random);
      drawSecond(counts.baseline, { requestsPerSecond: perSecond * share, ...usual }, random);
      drawSecond(
        counts.stable,
        { requestsPerSecond: perSecond * Math.max(0, 1 - 2 * share), ...usual },
        random,
      );
      candidateRequests += counts.candidate.requests;
      scrapes.add(second, counts);
      const isScrape = (second + 1) % SCRAPE_SECONDS === 0;
      if (isScrape) scrapes.scrape(second);
      const decision = decider.see(second, counts, isScrape ? scrapes : undefined);
      if (decision?.kind === 'stopped') return { outcome: 'stopped', took: decision.at, candidateRequests };
      if (decision?.kind === 'promoted') return promoted(decision.at, candidateRequests, perSecond);
    }
    return promoted(promotesAt, candidateRequests, perSecond);
  };
}

function promoted(took: number, candidateRequests: number, perSecond: number): RampEnd {
  const after = perSecond * Math.max(0, STAGE_SECONDS - took);
  return { outcome: 'promoted', took, candidateRequests: candidateRequests + after };
}

function contextOf(): RunContext {
  const mishaps = mishapsOf(undefined, randomFrom(0));
  return { ticks: new TickFeeds(mishaps), faultFrom: 0, kayenta: new KayentaRecord() };
}

const FLAGGER = { window: 6, minSuccessPercent: 99, maxP99Ms: 500 } as const;

function byFlagger(name: string, intervalSeconds: number, threshold: number): RampPolicy {
  const checks = intervalSeconds === 60 ? 10 : 50;
  const percent = 50 / checks;
  return {
    name,
    ramp: `+${percent} % with each passed check, every ${intervalSeconds} s, to 50 %, threshold ${threshold}`,
    release: steered(() => {
      const decider = flaggerDecider({ ...FLAGGER, intervalSeconds, threshold, checksToPromote: checks });
      const shareAt = (): number => Math.min(50, percent * (1 + decider.passedChecks())) / 100;
      return { decider, shareAt, promotesAt: STAGE_SECONDS };
    }),
  };
}

const ARGO_STEP_SECONDS = 600;

function byArgo(name: string, settings: Parameters<typeof argo>[1]): RampPolicy {
  return {
    name,
    ramp: '20, 40, 60, 80 %, 10 min each, analysis in the background from the start',
    release: steered((context) => ({
      decider: argo(name, settings).start(context),
      shareAt: (second) => 0.2 * (1 + Math.floor(second / ARGO_STEP_SECONDS)),
      promotesAt: 4 * ARGO_STEP_SECONDS,
    })),
  };
}

function byKayenta(name: string, step: 10 | 60, everySeconds: number): RampPolicy {
  return {
    name,
    ramp: '10 % beside a baseline of 10 %, an hour',
    release: steered((context) => ({
      decider: kayenta(name, { step, everySeconds, scoring: 'critical', allowedIncrease: 1 }).start(context),
      shareAt: () => 0.1,
      promotesAt: STAGE_SECONDS,
    })),
  };
}

interface Own {
  readonly weights: readonly string[];
  readonly analysis: Analysis;
  readonly atMostMs?: number;
  readonly earlyPromotion?: boolean;
}

const DAY_MS = 86_400_000;

function byCoalmine(name: string, own: Own): RampPolicy {
  const { weights, analysis, atMostMs = 600_000, earlyPromotion = true } = own;
  const early = earlyPromotion ? ', ended early when proved safe' : '';
  return {
    name,
    ramp: `${weights.join(', ')}, ${Math.round(atMostMs / 60_000)} min each at most${early}`,
    release(perSecond, seed, candidate) {
      const steps = weights.flatMap((weight): CanaryStep[] => [
        { kind: 'weight', weight: parseShare(weight)! },
        { kind: 'analyze', atLeastMs: 30_000, atMostMs },
      ]);
      const strategy = { kind: 'canary', steps, capacity: 'match', earlyPromotion } as const;
      const rollout = { strategy, analysis, deadlineMs: DAY_MS };
      const end = releaseInVirtualTime(perSecond, seed, { rollout, candidate });
      const took = end.tookMs / 1_000;
      if (end.outcome === 'promoted') return promoted(took, end.candidateRequests, perSecond);
      return { outcome: 'stopped', took, candidateRequests: end.candidateRequests };
    },
  };
}

const WEIGHTS = ['1%', '5%', '25%', '50%'];
const SAFE_BELOW_HALF_PERCENT: Check = {
  ...ERRORS,
  judge: { kind: 'sequential', worseBy: 0.5, safe: { absolute: 0.005 } },
};

/** Coalmine's policies that are timed with a good release. */
export const OWN_POLICIES: readonly RampPolicy[] = [
  byCoalmine('guide', { weights: WEIGHTS, analysis: GUIDE }),
  byCoalmine('guide, errors safe below .5 %', {
    weights: WEIGHTS,
    analysis: analysisOf([SAFE_BELOW_HALF_PERCENT, LATENCY], 30_000),
  }),
  byCoalmine('five steps, errors safe below .5 %', {
    weights: ['10%', '20%', '30%', '40%', '50%'],
    analysis: analysisOf([SAFE_BELOW_HALF_PERCENT, LATENCY], 30_000),
  }),
  byCoalmine('no proof wanted, 2 min steps', { weights: WEIGHTS, analysis: STRICT, atMostMs: 120_000 }),
];

/** Everybody's ramp. */
export const RAMPS: readonly RampPolicy[] = [
  byCoalmine('coalmine', { weights: WEIGHTS, analysis: STRICT }),
  OWN_POLICIES[0]!,
  byFlagger('flagger', 60, 10),
  byFlagger('flagger-fast', 10, 1),
  byArgo('argo', { intervalSeconds: 300, window: 1, minSuccess: 0.95, failureLimit: 3 }),
  byArgo('argo-fast', {
    intervalSeconds: 10,
    window: 3,
    minSuccess: 0.98,
    maxP99Ms: 500,
    failureLimit: 0,
  }),
  byKayenta('kay-crit', 60, 600),
  byKayenta('kay-fast', 10, 60),
];

/** All of them, each once. */
export const POLICIES: readonly RampPolicy[] = [...new Set([...RAMPS, ...OWN_POLICIES])];
