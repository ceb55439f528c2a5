import { addTick, beginStep, judge, startEvidence, type Evidence } from '../../src/analysis/evidence.ts';
import type { Judgement } from '../../src/analysis/judgement.ts';
import { NO_REQUESTS, type LogHistogram, type Sample, type Tick } from '../../src/analysis/measurement.ts';
import type { Analysis, Check, JudgeSettings, Metric, SequentialSettings } from '../../src/rollout/model.ts';

/** An analysis with these checks and every default but the warm-up, which is none. */
export function analysisOf(...checks: readonly Check[]): Analysis {
  return {
    compareTo: 'stable',
    falseAlarms: 0.01,
    warmUpMs: 0,
    undecided: 'advance',
    noData: 'hold',
    standingAA: false,
    checks,
  };
}

/** Metrics of a source, as short as they can be. */
export const METRICS = {
  errors: { kind: 'errors' },
  perUser: { kind: 'errors', per: 'user' },
  latency: { kind: 'latency' },
  size: { kind: 'size', from: { source: 'prom', query: 'sizes' } },
  ratio: { kind: 'ratio', source: 'prom', bad: 'bad', all: 'all' },
  rate: { kind: 'rate', source: 'prom', query: 'orders' },
} as const satisfies Readonly<Record<string, Metric>>;

/** A sequential check named `check`. */
export function sequential(
  metric: Metric,
  settings: Omit<SequentialSettings, 'kind'>,
  more: Pick<Partial<Check>, 'worse' | 'floor' | 'weight' | 'name'> = {},
): Check {
  return checkOf(metric, { kind: 'sequential', ...settings }, more);
}

/** A check named `check` with any judge. */
export function checkOf(
  metric: Metric,
  judgeSettings: JudgeSettings,
  more: Pick<Partial<Check>, 'worse' | 'floor' | 'weight' | 'name'> = {},
): Check {
  return { name: 'check', metric, judge: judgeSettings, weight: 1, ...more };
}

/** A tick in which sources measured these samples; the gateway counted nothing. */
export function measuring(samples: Readonly<Record<string, Sample>>, ms = 1_000): Tick {
  return { ms, candidate: NO_REQUESTS, control: NO_REQUESTS, measured: samples };
}

/** A count of events on both arms. */
export function counts(candidate: readonly [number, number], control: readonly [number, number]): Sample {
  const arm = ([trials, events]: readonly [number, number]) => ({ trials, events });
  return { kind: 'counts', candidate: arm(candidate), control: arm(control) };
}

/** Values of both arms. */
export function values(candidate: LogHistogram, control: LogHistogram): Sample {
  return { kind: 'distribution', candidate, control };
}

/** Evidence at the start of the first of `steps` steps. */
export function begun(analysis: Analysis, steps = 4): Evidence {
  return beginStep(analysis, startEvidence(analysis, steps));
}

/** Evidence with more ticks. */
export function after(analysis: Analysis, evidence: Evidence, ticks: Iterable<Tick>): Evidence {
  let sums = evidence;
  for (const tick of ticks) sums = addTick(analysis, sums, tick);
  return sums;
}

/** What a first step with these ticks says. */
export function judged(analysis: Analysis, ticks: Iterable<Tick>): Judgement {
  return judge(analysis, after(analysis, begun(analysis), ticks));
}

/** What one check says of a first step in which it measured these samples, one a second. */
export function judgedBy(check: Check, samples: readonly Sample[], ms = 1_000) {
  const ticks = samples.map((sample) => measuring({ [check.name]: sample }, ms));
  const { verdict, reason, checks } = judged(analysisOf(check), ticks);
  return { verdict, reason, ...checks[0] };
}
