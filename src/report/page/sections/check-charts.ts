import type { Report } from '../../report.ts';
import type { CheckSummary } from '../../summary/checks.ts';
import { valueWords } from '../../words.ts';
import { timeAxis, valueAxis } from '../charts/axes.ts';
import { lineChart, type Line } from '../charts/line.ts';
import type { Markup } from '../markup.ts';
import { lengthOf, stepMarks } from './steps.ts';

/** How the evidence of a check grew towards where it decides; nothing for a check that weighs none. */
export function evidenceChart(report: Report, check: CheckSummary): Markup | undefined {
  const { harm = [], safe = [] } = report.curves.checks.get(check.name) ?? {};
  const lines: readonly Line[] = [
    { name: 'harm', tone: 'harm', points: harm },
    { name: 'safety', tone: 'safe', points: safe },
  ];
  return lineChart({
    title: `Evidence of ${check.name}, as a part of what decides`,
    lines,
    x: timeAxis(lengthOf(report)),
    y: { from: 0, to: 1.1, ticks: [0, 0.5, 1].map((at) => [at, `${at * 100} %`]) },
    limit: { at: 1, name: 'decides' },
    marks: stepMarks(report),
  });
}

/** What a check measured over time, beside its fixed limit. */
export function valueChart(report: Report, check: CheckSummary): Markup | undefined {
  const { candidate = [], control = [] } = report.curves.checks.get(check.name) ?? {};
  const lines: readonly Line[] = [
    { name: 'stable', tone: 'control', points: control },
    { name: 'new version', tone: 'candidate', points: candidate },
  ];
  const { max, min } = check.limit ?? {};
  const at = max ?? min;
  const highest = lines
    .flatMap(({ points }) => points)
    .reduce((most, [, y]) => Math.max(most, y), Math.max(0, at ?? 0));
  return lineChart({
    title: `Values of ${check.name}`,
    lines,
    x: timeAxis(lengthOf(report)),
    y: valueAxis(highest, valueWords(check.metric)),
    ...(at === undefined ? {} : { limit: { at, name: max === undefined ? 'at least' : 'at most' } }),
    marks: stepMarks(report),
  });
}
