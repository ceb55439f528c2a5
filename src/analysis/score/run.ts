import type { CanaryConfig } from './canary-config.ts';
import { endsAnalysis, outcomeOf, type AnalysisOutcome } from './outcome.ts';
import { pairSeries, type MetricSeries } from './pairing.ts';
import { judgedWindows, type JudgedWindow, type Schedule, type Span } from './schedule.ts';
import type { Tags } from './tags.ts';
import { judgeWindow, type WindowJudgement } from './window.ts';

/** One series of a metric in one arm over the whole analysis. */
export interface TimedSeries {
  readonly name: string;
  readonly tags?: Tags;
  /** When (UTC milliseconds) and what; NaN, or no point at all, for a gap. */
  readonly points: readonly (readonly [atMs: number, value: number])[];
}

/** A canary config and everything that was measured for it. */
export interface CanaryRun {
  readonly config: CanaryConfig;
  readonly schedule: Schedule;
  /** Between two points of a series; default 60. */
  readonly stepSeconds?: number;
  readonly control: readonly TimedSeries[];
  readonly candidate: readonly TimedSeries[];
}

/** What became of a run. */
export interface RunJudgement extends AnalysisOutcome {
  /** Those up to the one that ended the analysis. */
  readonly judgements: readonly (WindowJudgement & { readonly window: JudgedWindow })[];
  readonly warnings: readonly string[];
}

/** With fewer values of the control than this the score is not to be trusted, says Kayenta. */
const ENOUGH_VALUES = 50;

/**
 * Judges a whole canary in retrospect: window after window until one is not above marginal, then the last
 * word. Throws Failure `usage` for a schedule without windows and for series that cannot be paired.
 */
export function judgeCanaryRun(run: CanaryRun): RunJudgement {
  const { thresholds } = run.config;
  const judgements: (WindowJudgement & { readonly window: JudgedWindow })[] = [];
  for (const window of judgedWindows(run.schedule)) {
    const judgement = { window, ...judgedWindow(run, window) };
    judgements.push(judgement);
    if (endsAnalysis(judgement.score.score, thresholds)) break;
  }
  const scores = judgements.map(({ score }) => score.score);
  return { judgements, warnings: warningsOf(judgements), ...outcomeOf(scores, thresholds) };
}

function judgedWindow({ config, control, candidate, stepSeconds = 60 }: CanaryRun, window: JudgedWindow) {
  const stepMs = stepSeconds * 1000;
  const metrics = config.metrics.map(({ name }) => name);
  const pairs = pairSeries(metrics, {
    control: control.map((series) => seriesWithin(series, window.control, stepMs)),
    candidate: candidate.map((series) => seriesWithin(series, window.candidate, stepMs)),
  });
  return judgeWindow(config, pairs);
}

function seriesWithin({ name, tags, points }: TimedSeries, span: Span, stepMs: number): MetricSeries {
  const values = points.flatMap(([at, value]) => (at >= span.fromMs && at < span.toMs ? [value] : []));
  const expected = stepMs > 0 ? Math.floor((span.toMs - span.fromMs) / stepMs) : 0;
  return { name, values, expected, ...(tags === undefined ? {} : { tags }) };
}

function warningsOf(judgements: readonly WindowJudgement[]): readonly string[] {
  const last = judgements.at(-1);
  const few = (last?.results ?? []).filter(({ control }) => control.count < ENOUGH_VALUES);
  if (few.length === 0) return [];
  const names = [...new Set(few.map(({ name, control }) => `${name} (${control.count})`))];
  return [`fewer than ${ENOUGH_VALUES} baseline values, too few to trust: ${names.join(', ')}`];
}
