import type { Row } from '../results.ts';
import { geometricMean } from '../statistics.ts';
import type { DetectionReport, ScenarioReport } from './report.ts';
import { amount, percent, percentNumber, table } from './words.ts';

/** The forms of the page's tables; the others are in the table of all forms. */
export const SHOWN = [
  'coalmine',
  'coalmine-10s',
  'flagger',
  'flagger*',
  'argo',
  'argo*',
  'kay-crit',
  'kay-fast',
  'kayenta*',
] as const;

/** Good releases: the share that each form stopped, with the 95 % interval. */
export function falseAlarmTable(report: DetectionReport, forms: readonly string[]): string {
  const good = report.scenarios.filter(({ isGood }) => isGood);
  return table(
    ['good release', 'seeds', ...forms],
    good.map((scenario) => [
      `${scenario.title}${scenario.isBeyondNull ? ' ¹' : ''}`,
      String(scenario.runs),
      ...forms.map((form) => cell(scenario, form, shareWithInterval)),
    ]),
  );
}

function shareWithInterval({ share, low, high }: Row): string {
  return `${percent(share)} (${percentNumber(low)}–${percentNumber(high)})`;
}

/** Bad releases: seconds to the decision, median and 90th percentile, and the share found when some were not. */
export function detectionTable(report: DetectionReport, forms: readonly string[]): string {
  const bad = report.scenarios.filter(({ isGood }) => !isGood);
  return table(
    ['bad release', 'seeds', ...forms],
    bad.map((scenario) => [
      scenario.title,
      String(scenario.runs),
      ...forms.map((form) => cell(scenario, form, foundIn)),
    ]),
  );
}

function foundIn({ share, median, p90 }: Row): string {
  if (share === 0) return 'never';
  const time = `${median === undefined ? '–' : String(median)} / ${p90 === undefined ? '–' : String(p90)}`;
  return share >= 0.995 ? time : `${time} (${percent(share)})`;
}

/** Bad releases: the mean number of requests harmed until the decision, or until the hour is over. */
export function harmTable(report: DetectionReport, forms: readonly string[]): string {
  const bad = report.scenarios.filter(({ isGood }) => !isGood);
  const core = bad.filter(({ isCore }) => isCore);
  const means = forms.map((form) => amount(meanHarm(report, form)));
  return table(
    ['bad release', ...forms],
    [
      ...bad.map((scenario) => [
        scenario.title,
        ...forms.map((form) => cell(scenario, form, ({ harmed }) => amount(harmed))),
      ]),
      [`**geometric mean of ${core.length} ²**`, ...means.map((mean) => `**${mean}**`)],
    ],
  );
}

/** Good releases taken for bad before their fault had begun, and bad ones that were let through. */
export function missedTable(report: DetectionReport, forms: readonly string[]): string {
  const bad = report.scenarios.filter(({ isGood }) => !isGood);
  return table(
    ['bad release', ...forms],
    bad.map((scenario) => [
      scenario.title,
      ...forms.map((form) => cell(scenario, form, ({ runs, stopped }) => percent((runs - stopped) / runs))),
    ]),
  );
}

function cell(scenario: ScenarioReport, form: string, text: (row: Row) => string): string {
  const row = scenario.rows[form];
  return row === undefined ? '' : text(row);
}

/** The geometric mean, over the faults of the usual service, of the mean requests harmed under a form. */
export function meanHarm(report: DetectionReport, form: string): number {
  const core = report.scenarios.filter(({ isCore }) => isCore);
  return geometricMean(core.map(({ rows }) => Math.max(rows[form]?.harmed ?? Number.NaN, 0.01)));
}

/** How much a form harms beside coalmine: as it is, reading as seldom as the others, and alarming as often. */
export function ratioTable(report: DetectionReport): string {
  const own = ['coalmine', 'coalmine-10s', 'coalmine-10s*'] as const;
  const forms = report.forms.filter(({ name }) => name !== 'coalmine');
  const named = forms.map(({ name, settings }) => [
    `\`${name}\``,
    settings,
    ...own.map((form) => `${amount(meanHarm(report, name) / meanHarm(report, form))} ×`),
  ]);
  const byPromise = report.tuned
    .filter(({ calibration }) => calibration === 'steady')
    .map(({ sweep, words, harmed }) => [
      `\`${sweep}*\`, steady releases only`,
      words,
      ...own.map((form) => `${amount(harmed / meanHarm(report, form))} ×`),
    ]);
  return table(['form', 'settings', ...own.map((form) => `beside \`${form}\``)], [...named, ...byPromise]);
}
