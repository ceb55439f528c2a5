import { dateTime } from '../../base/date-time.ts';
import type { ScoreThresholds } from '../../analysis/score/scoring.ts';
import type { JudgedWindow } from '../../analysis/score/schedule.ts';
import type { NamedResult, WindowJudgement } from '../../analysis/score/window.ts';
import { figure } from '../../analysis/words.ts';
import type { Verdict } from '../../rollout/model.ts';
import type { Paint } from './paint.ts';
import { table } from './table.ts';
import { verdictWord } from './words.ts';

/** What became of a canary that was judged by a whole config. */
export interface CanaryAnswer {
  readonly verdict: Verdict;
  readonly passed: boolean;
  /** Kayenta's own sentence. */
  readonly message: string;
  readonly thresholds: ScoreThresholds;
  /** Those up to the one that ended the analysis; without a window when nothing has a time. */
  readonly judgements: readonly (WindowJudgement & { readonly window?: JudgedWindow })[];
  readonly warnings: readonly string[];
  /** What in the config had no effect. */
  readonly remarks: readonly string[];
}

/** The last judgement metric by metric, the scores of all of them, and how it ended. */
export function canaryLines(answer: CanaryAnswer, paint: Paint): readonly string[] {
  const { judgements, thresholds, verdict } = answer;
  const last = judgements.at(-1);
  return [
    `${verdictWord(verdict, paint)}: ${answer.message}`,
    paint.dim(`  ${thresholds.pass} passes, ${thresholds.marginal} or less fails at once`),
    ...(judgements.length > 1 ? ['', ...windowTable(judgements)] : []),
    ...(last === undefined ? [] : ['', ...metricTable(last.results), '', ...scoreLines(last)]),
    ...answer.warnings.map((warning) => `warning: ${warning}`),
    ...answer.remarks.map((remark) => `remark: ${remark}`),
  ];
}

function windowTable(judgements: CanaryAnswer['judgements']): readonly string[] {
  const columns = [{ title: 'FROM' }, { title: 'TO' }, { title: 'SCORE', right: true }, { title: '' }];
  const rows = judgements.map(({ window, score }) => [
    window === undefined ? '-' : dateTime(window.candidate.fromMs),
    window === undefined ? '-' : dateTime(window.candidate.toMs),
    figure(score.score),
    score.classification,
  ]);
  return table(columns, rows);
}

function metricTable(results: readonly NamedResult[]): readonly string[] {
  const columns = [
    { title: 'METRIC' },
    { title: 'GROUPS' },
    { title: 'LABEL' },
    { title: 'CONTROL', right: true },
    { title: 'CANDIDATE', right: true },
    { title: 'RATIO', right: true },
    { title: 'WHY' },
  ];
  const rows = results.map((result) => [
    nameOf(result),
    result.groups.join(', '),
    [result.label, ...(result.critical ? ['critical'] : []), ...(result.muted ? ['muted'] : [])].join(', '),
    result.control.count === 0 ? '-' : figure(result.control.mean),
    result.candidate.count === 0 ? '-' : figure(result.candidate.mean),
    Number.isFinite(result.deviation) ? `×${figure(result.deviation)}` : '-',
    whyOf(result),
  ]);
  return table(columns, rows);
}

/** The name, with the tags that tell one series of it from another. */
function nameOf({ name, tags }: NamedResult): string {
  const parts = Object.entries(tags).map(([key, value]) => `${key}=${value}`);
  return parts.length === 0 ? name : `${name} ${parts.join(' ')}`;
}

/** The name is in the first column already. */
function whyOf({ name, reason }: NamedResult): string {
  return reason.startsWith(`${name}: `) ? reason.slice(name.length + 2) : reason;
}

function scoreLines({ groupScores, score }: WindowJudgement): readonly string[] {
  const groups = groupScores.map(({ name, score: points, noData }) => {
    return `group ${name}: ${noData ? 'no data' : figure(points)}`;
  });
  const why = score.reason === '' ? '' : `: ${score.reason}`;
  return [...groups, `score ${figure(score.score)}, ${score.classification}${why}`];
}
