import { addTick, beginStep, judge, startEvidence } from '../../../src/analysis/evidence.ts';
import type { Judgement } from '../../../src/analysis/judgement.ts';
import type { Analysis, Check } from '../../../src/rollout/model.ts';
import { STAGE_SECONDS } from '../scenarios/scenario.ts';
import type { Schedule, TickFeed } from '../telemetry/ticks.ts';
import type { Decider, Tool } from './decider.ts';

/** The checks with the margins that the targets are set for. */
export const ERRORS: Check = {
  name: 'errors',
  metric: { kind: 'errors' },
  judge: { kind: 'sequential', worseBy: 0.1 },
  weight: 1,
};
/** Latency may be 3 % worse. */
export const LATENCY: Check = {
  name: 'latency',
  metric: { kind: 'latency' },
  judge: { kind: 'sequential', worseBy: 0.03 },
  weight: 1,
};

/** An analysis of these checks, with every default but the warm-up: a fault may begin with the release. */
export function analysisOf(checks: readonly Check[], warmUpMs = 0): Analysis {
  return {
    compareTo: 'stable',
    falseAlarms: 0.01,
    warmUpMs,
    undecided: 'advance',
    noData: 'hold',
    standingAA: false,
    checks,
  };
}

/** The policy of the measured targets. */
export const STRICT = analysisOf([ERRORS, LATENCY]);
/** The policy of the guide's first example, with the usual warm-up. */
export const GUIDE = analysisOf(
  [{ ...ERRORS, judge: { kind: 'sequential', worseBy: 0.5, safe: { ratio: 2 } }, floor: 0.002 }, LATENCY],
  30_000,
);

/** The hour of a release is four steps at the same weight. */
export const STEPS = 4;
const STEP_SECONDS = STAGE_SECONDS / STEPS;

/** How coalmine is set up for a comparison. */
export interface CoalmineSettings {
  readonly analysis: Analysis;
  readonly control: Schedule['control'];
  /** Between two readings. */
  readonly everySeconds: number;
}

/**
 * To save computing time, readings are further apart when nothing has been found for a while: after two minutes
 * of a good release, and five minutes after a fault began. Rarer looks can only find later.
 */
const SAVING = {
  good: { after: 120, everySeconds: 30 },
  fault: { after: 300, everySeconds: 10 },
} as const;

/** Shown the evidence after each tick. */
export type Watch = (second: number, logE: number) => void;

/** Coalmine with these settings. */
export function coalmine(name: string, settings: CoalmineSettings): Tool {
  const { analysis, control, everySeconds } = settings;
  return {
    name,
    family: 'coalmine',
    settings: describe(settings),
    start({ ticks, faultFrom }, watch) {
      const saving = faultFrom === undefined ? SAVING.good : SAVING.fault;
      const laterEverySeconds = everySeconds === 1 ? saving.everySeconds : everySeconds;
      const feed = ticks.of({
        control,
        everySeconds,
        laterFrom: (faultFrom ?? 0) + saving.after,
        laterEverySeconds,
      });
      return judging(analysis, feed, watch);
    },
  };
}

function judging(analysis: Analysis, feed: TickFeed, watch: Watch | undefined): Decider {
  let evidence = startEvidence(analysis, STEPS);
  return {
    see(second, counts) {
      if (second % STEP_SECONDS === 0) evidence = beginStep(analysis, evidence);
      const tick = feed.add(second, counts);
      if (tick === undefined) return undefined;
      evidence = addTick(analysis, evidence, tick);
      const judgement = judge(analysis, evidence);
      watch?.(second, logEvidence(analysis, judgement));
      return judgement.verdict === 'bad' ? { kind: 'stopped', at: second + 1 } : undefined;
    },
  };
}

/** The evidence of harm of all checks together, by weight: bad when it reaches `log(1 / falseAlarms)`. */
export function logEvidence(analysis: Analysis, { checks }: Judgement): number {
  const weights = analysis.checks.reduce((sum, { weight }) => sum + weight, 0);
  let mean = 0;
  checks.forEach(({ harm }, i) => {
    const share = (analysis.checks[i]?.weight ?? 0) / weights;
    if (harm !== undefined) mean += share * Math.exp(Math.min(harm.logE, 700));
  });
  return Math.log(mean);
}

function describe({ analysis, control, everySeconds }: CoalmineSettings): string {
  const margins = analysis.checks.map(({ name, judge: settings, floor }) => {
    const margin = settings.kind === 'sequential' ? `${Math.round(settings.worseBy * 100)} %` : settings.kind;
    return `${name} ${margin}${floor === undefined ? '' : ` and above ${floor * 100} %`}`;
  });
  const warmUp = analysis.warmUpMs === 0 ? 'no warm-up' : `warm-up ${analysis.warmUpMs / 1_000} s`;
  return `read every ${everySeconds} s, against ${control}, worse by ${margins.join(', ')}, ${warmUp}`;
}
