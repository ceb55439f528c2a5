import { DEFAULTS } from '../deciders/table.ts';
import { CALIBRATIONS, STAGE_SECONDS, USUAL } from '../scenarios/scenario.ts';
import { costTable, promotionTable, proofTable, rampTable, targetTable } from './more-tables.ts';
import type { DetectionReport } from './report.ts';
import {
  detectionTable,
  falseAlarmTable,
  harmTable,
  meanHarm,
  missedTable,
  ratioTable,
  SHOWN,
} from './tables.ts';
import { targetsOf, type Measurements } from './targets.ts';
import { amount, duration, percent, table } from './words.ts';

/** A page as a file. */
export interface Page {
  readonly file: string;
  readonly text: string;
}

/** The page at `path.md` and, beside its plots, the tables of all forms. */
export function pageOf(path: string, measured: Measurements): readonly Page[] {
  const folder = path.split('/').at(-1) ?? path;
  return [
    { file: `${path}.md`, text: mainPage(folder, measured) },
    { file: `${path}/all-forms.md`, text: allForms(measured.detection) },
  ];
}

function mainPage(folder: string, measured: Measurements): string {
  const { detection, ramps, proofs, costs } = measured;
  const forms = SHOWN.filter((name) => detection.forms.some((form) => form.name === name));
  return `# Compared with Flagger, Argo Rollouts and Kayenta

${headline(detection)}

\`\`\`sh
npm run bench -- detection --quick                     # a rough table, in a minute or two
npm run bench -- detection --jobs 2 --write docs/comparison   # this page, from 2,000 good releases and 500 bad ones of each kind
\`\`\`

This page is written by the second command; each row uses the seeds 0, 1, 2, … of its own scenario, as many as the
column \`seeds\` says (fewer than in full, where the page was written with \`--seeds\`). What coalmine misses is in [the targets](#targets).

## What is compared

All tools see the same made-up or recorded requests for an hour: ${USUAL.canary} requests a second on the canary, as many on
a fresh baseline, ${USUAL.stable} on stable, ${percent(USUAL.errorRate)} errors, latencies log-normal with a median of 80 ms and a p99 of 290 ms. The
canary's weight stays the same. Flagger, Argo Rollouts and Kayenta read telemetry that is scraped every 10 s, without delay, in
fine buckets. coalmine reads its own gateway every second; \`coalmine-10s\` reads what the others read. None of the time
that a controller, a query or a pipeline takes is counted.

- \`coalmine\`: errors worse by 10 % or latency worse by 3 % than stable, \`falseAlarms: 1%\` for the release, no warm-up,
  four steps of 15 minutes.
- \`flagger\`, \`argo\`, \`kay-crit\`: as their documentation shows. Flagger counts failed checks over the whole run, acts one
  interval after the last, and promotes after ten passed checks. Argo measures the success rate of the last two
  scrapes every 5 minutes. Kayenta is kinder than documented: it judges a growing window every 10 minutes and not every
  hour, three one-sided critical metrics (errors, median, p99), and never fewer than five points.
- \`kay-fast\`: Kayenta's shortest step that the scrapes allow and its shortest interval, one minute.
- \`flagger*\`, \`argo*\`, \`kayenta*\`: **best-tuned**. All settings of a grid are tried, limits relative to stable by a query of
  the user's own among them, and the one is taken that harms fewest requests over all these faults among those that
  stop at most 1 % of the good releases in each of ${CALIBRATIONS.usual.map((id) => `\`${id}\``).join(', ')}. Who tunes a real service does not know
  its next fault; this is the best that tuning could do.
- Everything else, also \`coalmine-guide\` (the guide's example, with its 30 s warm-up) and more forms of each, is in
  [all forms](${folder}/all-forms.md).

${tunedList(detection)}

## Bad releases

Seconds from the first bad request to the decision: median / 90th percentile. In brackets the share that was stopped within
the hour, where it is not all of them.

![Time to detection](${folder}/detection.svg)

${detectionTable(detection, forms)}

## Requests harmed

Requests failed or slowed until the decision; a release that is not stopped harms until the hour is over. \`coalmine-10s*\` is
coalmine on the others' telemetry with its promise loosened until it, too, stops up to 1 % of the good releases.

${harmTable(detection, forms)}

² Over the faults of the usual service.

${ratioTable(detection)}

## Good releases

The share that was stopped, with its 95 % interval.

![False alarms](${folder}/false-alarms.svg)

${falseAlarmTable(detection, forms)}

¹ Here the canary does differ, though nobody would blame the release: no promise covers it. To save computing time coalmine reads
every 30 s after two minutes of a good release, and every 10 s once a fault has gone unseen for five minutes;
\`coalmine-10s\` reads every 10 s throughout, but sees only a quarter of the seeds of good releases. Rarer looks alarm
a little less often, in good releases too: hold the two columns side by side.

![Evidence of three releases](${folder}/evidence.svg)

## With each tool's own ramp

Requests harmed at 200 requests a second; a bad version that is promoted harms all of them until the hour is over.

${rampTable(ramps)}

How long a good release takes, by the rate of the whole service:

${promotionTable(ramps)}

How long it takes to prove a good release safe, at ${USUAL.canary} requests a second beside ${USUAL.stable}:

${proofTable(proofs)}

## Cost

${costTable(costs)}

## Targets

${targetTable(measured)}

${missedText(measured)}

## What this does not show

- The faults and the noise are chosen by us. The recorded requests are real, what was done to them is not.
- Rivals are modelled after their documented semantics; their controllers did not run. They would be slower than here.
- Best-tuned forms know the faults; a threshold tuned to this service is wrong for the next one: see \`access\` and
  \`1 request/s\` above, which were not tuned for.
- A cold canary *is* slower than a warm stable; compare with a fresh baseline, or wait with \`warmUp\`.

Data: [bench/data](../bench/data/README.md). Code: [bench/detection](../bench/detection).
`;
}

function headline({ scenarios }: DetectionReport): string {
  const row = (id: string, form: string): string => {
    const found = scenarios.find((scenario) => scenario.id === id)?.rows[form];
    if (found === undefined) return 'unknown';
    if (found.median !== undefined) return duration(found.median);
    return found.share === 0 ? 'never' : `only ${percent(found.share)} within the hour`;
  };
  const steady = scenarios.find(({ id }) => id === 'steady')?.rows['coalmine'];
  const line = (id: string, words: string): string[] => [
    words,
    ...['coalmine', DEFAULTS.flagger, 'flagger*', DEFAULTS.argo, 'argo*', DEFAULTS.kayenta, 'kayenta*'].map(
      (form) => row(id, form),
    ),
  ];
  const head = [
    'median time to stop',
    'coalmine',
    'Flagger',
    'best-tuned',
    'Argo',
    'best-tuned',
    'Kayenta',
    'best-tuned',
  ];
  const alarms =
    steady === undefined
      ? ''
      : `\n\nOf ${steady.runs.toLocaleString('en-US')} good, steady releases of an hour each coalmine stopped ${steady.stopped}.`;
  return (
    table(head, [
      line('errors-1', 'errors .1 → 1 %'),
      line('errors-50', 'errors .1 → 50 %'),
      line('latency-10', 'latency +10 %'),
      line('tail-2', 'slowest 2 % × 3'),
    ]) + alarms
  );
}

function tunedList({ tuned }: DetectionReport): string {
  const rows = tuned.map(({ sweep, calibration, words, rate, kept, tried }) => [
    `\`${sweep}*\`${calibration === 'steady' ? ', steady releases only' : ''}`,
    words,
    percent(rate),
    `${kept} of ${tried}`,
  ]);
  return table(['best-tuned form', 'settings', 'worst false-alarm rate', 'settings that keep 1 %'], rows);
}

function missedText(measured: Measurements): string {
  const missed = targetsOf(measured).filter(({ isMet }) => !isMet);
  if (missed.length === 0) return 'All of them are met.';
  const list = missed.map(({ what, wanted, measured: found }) => `- ${what}: ${found}, wanted ${wanted}`);
  return `Missed:\n\n${list.join('\n')}`;
}

function allForms(report: DetectionReport): string {
  const names = report.forms.map(({ name }) => name);
  const settings = report.forms.map(({ name, settings: words }) => [
    `\`${name}\``,
    words,
    amount(meanHarm(report, name)),
  ]);
  return `# All forms of the comparison

Written by \`npm run bench -- detection --write docs/comparison\`; [the page](../comparison.md) says what is compared. A release
lasts ${duration(STAGE_SECONDS)}.

${table(['form', 'settings', 'requests harmed, geometric mean'], settings)}

## Good releases that were stopped

${falseAlarmTable(report, names)}

## Seconds to the decision, median / p90 (share found)

${detectionTable(report, names)}

## Bad releases that were not stopped within the hour

${missedTable(report, names)}

## Requests harmed, mean

${harmTable(report, names)}
`;
}
