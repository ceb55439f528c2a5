import { figure, percent } from '../../../analysis/words.ts';
import type { CourseStretch } from '../../curves/course.ts';
import type { Report } from '../../report.ts';
import { NONE_SERVED, type Served } from '../../summary/served.ts';
import { timeAxis, valueAxis } from '../charts/axes.ts';
import { lineChart, type Line, type Point } from '../charts/line.ts';
import { html, type Markup } from '../markup.ts';
import { candidateLines } from './candidate-lines.ts';
import { lengthOf, stepMarks } from './steps.ts';

/** Requests a second and failures of both versions over time; of several variants each by itself. */
export function course(report: Report): Markup | undefined {
  if (report.summary.served === undefined) return undefined;
  const rates = linesOver(report, ({ requests }, { measuredMs }) => requests / secondsOf(measuredMs));
  const failures = linesOver(report, ({ requests, errors }) =>
    requests === 0 ? undefined : errors / requests,
  );
  return html`<section aria-labelledby="course">
    <h2 id="course">Course</h2>
    ${chart(report, 'Requests a second', { lines: rates, words: figure })}
    ${chart(report, 'Share of requests that failed', { lines: failures, words: percent })}
  </section>`;
}

function secondsOf(ms: number): number {
  return Math.max(0.001, ms / 1_000);
}

function linesOver(
  { recording: { release }, summary, curves }: Report,
  value: (served: Served, stretch: CourseStretch) => number | undefined,
): readonly Line[] {
  const over = (of: (stretch: CourseStretch) => Served): readonly Point[] =>
    curves.course.flatMap((stretch) => {
      const y = value(of(stretch), stretch);
      const x = (stretch.from + stretch.to) / 2 - release.startedAt;
      return y === undefined ? [] : [[x, y] as const];
    });
  return [
    { name: 'what it is compared with', tone: 'control', points: over(({ control }) => control) },
    ...candidateLines(summary.variantsServed, {
      together: () => over(({ candidate }) => candidate),
      one: (variant) => over(({ variants }) => variants[variant] ?? NONE_SERVED),
    }),
  ];
}

interface Shown {
  readonly lines: readonly Line[];
  readonly words: (value: number) => string;
}

function chart(report: Report, title: string, { lines, words }: Shown): Markup | undefined {
  const highest = lines.flatMap(({ points }) => points).reduce((most, [, y]) => Math.max(most, y), 0);
  return lineChart({
    title,
    lines,
    x: timeAxis(lengthOf(report)),
    y: valueAxis(highest, words),
    marks: stepMarks(report),
  });
}
