import { timeOfDay } from '../../../base/date-time.ts';
import { formatDuration } from '../../../base/duration.ts';
import { percent, whole } from '../../../analysis/words.ts';
import type { Report } from '../../report.ts';
import type { StepSummary } from '../../summary/steps.ts';
import { timeAxis, valueAxis } from '../charts/axes.ts';
import { lineChart, type Point } from '../charts/line.ts';
import type { Figures } from '../figure.ts';
import { html, type Markup, type Part } from '../markup.ts';
import { table } from '../table.ts';
import { candidateLines } from './candidate-lines.ts';
import { verdictMark } from './verdict-mark.ts';

/** The steps of the plan: their times, shares and verdicts. */
export function steps(report: Report, figures: Figures): Markup {
  const { summary } = report;
  return html`<section aria-labelledby="steps">
    <h2 id="steps">Steps</h2>
    ${shareChart(report)}
    ${table({
      name: 'Steps of the plan',
      columns: [
        { title: 'number' },
        { title: 'step' },
        { title: 'share', right: true },
        { title: 'from' },
        { title: 'to' },
        { title: 'measured', right: true },
        { title: 'requests', right: true },
        { title: 'failed', right: true },
        { title: 'verdict' },
        { title: 'good after', right: true },
      ],
      rows: summary.steps.map((step, index) => rowOf(step, `steps.${index}`, figures)),
    })}
  </section>`;
}

function rowOf(step: StepSummary, path: string, figures: Figures): readonly Part[] {
  const { number, title, copies, startedAt, endedAt, ticks, verdict } = step;
  return [
    number,
    title,
    copies === undefined
      ? figures(`${path}.share`, percent)
      : html`copies of ${figures(`${path}.copies`, percent)}`,
    startedAt === undefined ? '–' : timeOfDay(startedAt),
    endedAt === undefined ? '–' : timeOfDay(endedAt),
    ticks === 0 ? '–' : figures(`${path}.measuredMs`, formatDuration),
    ticks === 0 ? '–' : figures(`${path}.candidate.requests`, whole),
    ticks === 0 ? '–' : figures(`${path}.candidate.errors`, whole),
    verdictMark(verdict),
    figures(`${path}.goodAfterMs`, formatDuration),
  ];
}

/** Where each step began, from the beginning of the release. */
export function stepMarks({ recording, summary }: Report): readonly number[] {
  return summary.steps.flatMap(({ startedAt }) =>
    startedAt === undefined ? [] : [startedAt - recording.release.startedAt],
  );
}

/** How long the release took, or has taken as far as anything tells. */
export function lengthOf({ recording: { release, events }, summary, curves }: Report): number {
  const last = Math.max(curves.lastAt ?? 0, events?.at(-1)?.at ?? 0);
  return summary.tookMs ?? Math.max(0, last - release.startedAt);
}

type BegunStep = StepSummary & { readonly startedAt: number; readonly share: number };

function shareChart(report: Report): Markup | undefined {
  const { recording, summary } = report;
  const begun = summary.steps.filter(
    (step): step is BegunStep => step.startedAt !== undefined && step.share !== undefined,
  );
  if (begun.length === 0) return undefined;
  const length = lengthOf(report);
  const { startedAt: start } = recording.release;
  const pointsOf = (shareOf: (step: BegunStep) => number): readonly Point[] => [
    [0, 0],
    ...begun.flatMap((step, index): readonly Point[] => {
      const before = begun[index - 1];
      return [
        [step.startedAt - start, before === undefined ? 0 : shareOf(before)],
        [step.startedAt - start, shareOf(step)],
        [(step.endedAt ?? start + length) - start, shareOf(step)],
      ];
    }),
  ];
  const weightOf = ({ number }: BegunStep, track: string): number =>
    Object.entries(recording.steps[number - 1]?.weights ?? {}).find(([one]) => one === track)?.[1] ?? 0;
  const variants = summary.variantsServed.map(({ variant }) => variant);
  // What takes all traffic once an experiment is decided is a track of its own.
  const won = pointsOf((step) => variants.reduce((rest, one) => rest - weightOf(step, one), step.share));
  const isWon = variants.length > 1 && won.some(([, share]) => share > 0.001);
  return lineChart({
    title: 'Share of the traffic that the new version was to have',
    lines: [
      ...candidateLines(summary.variantsServed, {
        together: () => pointsOf(({ share }) => share),
        one: (variant) => pointsOf((step) => weightOf(step, variant)),
      }),
      ...(isWon ? [{ name: 'the one that won', tone: 'safe' as const, points: won }] : []),
    ],
    x: timeAxis(length),
    y: valueAxis(Math.max(...begun.map(({ share }) => share)), percent),
    marks: stepMarks(report),
  });
}
