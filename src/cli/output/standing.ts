import { dateTime } from '../../base/date-time.ts';
import type { StandingCheck, StandingReport } from '../../analysis/standing-report.ts';
import { percent } from '../../client/figures.ts';
import type { Paint } from './paint.ts';
import { table } from './table.ts';

/** Stable's comparison with itself: false alarms measured beside those promised, and the margin that would hold. */
export function standingLines(report: StandingReport, paint: Paint): string[] {
  const titles = ['  check', 'runs', 'alarms', 'measured', 'promised', 'margin', 'margin that holds'];
  const rows = [...report.checks, { ...report, name: 'together' }].map(rowOf);
  const verdict = report.contradicts ? paint.red(report.reason) : report.reason;
  return [
    paint.bold(`stable against itself since ${dateTime(report.since)}`),
    verdict,
    ...table(
      titles.map((title) => ({ title })),
      rows,
    ),
    ...(report.unmeasured.length === 0 ? [] : [`not measured so: ${report.unmeasured.join(', ')}`]),
  ];
}

function rowOf(check: StandingCheck): string[] {
  const { name, runs, alarms, rate, low, high, promised, margin, impliedMargin } = check;
  return [
    `  ${name}`,
    String(runs),
    String(alarms),
    rate === undefined ? '-' : `${percent(rate)} (${percent(low)} to ${percent(high)})`,
    percent(promised),
    margin === undefined ? '-' : percent(margin),
    impliedMargin === undefined ? '-' : percent(impliedMargin),
  ];
}
