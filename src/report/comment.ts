import { formatDuration } from '../base/duration.ts';
import { milliseconds, percent, whole } from '../analysis/words.ts';
import type { Effect } from '../analysis/judgement.ts';
import type { Exposure } from '../analysis/measurement.ts';
import type { Harmed } from '../analysis/harmed.ts';
import type { Track } from '../rollout/model.ts';
import { variantOf } from '../strategy/capacity.ts';
import { cells, plain } from './markdown.ts';
import type { Report } from './report.ts';
import type { CheckSummary, Missed } from './summary/checks.ts';
import type { Served } from './summary/served.ts';
import { authorWord, COPIES_HARM_NOBODY, estimated, outcomeOf, sentenceOf, slowOf, times } from './words.ts';

const MOST_CHECKS = 30;

/** What a comment tells: nothing is drawn in it. */
type Told = Pick<Report, 'recording' | 'summary'>;

/**
 * The story of a release as a comment on a pull request: Markdown as GitHub and GitLab read it, a few lines and a table.
 * Whatever users have written is text: it makes no links, no HTML, and calls nobody.
 */
export function reportComment({ recording, summary }: Told): string {
  const { rollout, release } = recording;
  const facts = [
    `**${outcomeOf(release)}**: ${plain(sentenceOf(rollout, release))}`,
    [
      summary.tookMs === undefined ? undefined : `took ${formatDuration(summary.tookMs)}`,
      release.by === undefined ? undefined : `asked for by ${plain(authorWord(release.by))}`,
      requestWords({ recording, summary }),
    ]
      .filter((part) => part !== undefined)
      .join(' · '),
    harmWords(summary),
  ];
  const lines = [
    `### ${plain(rollout)}, release ${release.number}: ${outcomeOf(release)}`,
    ...facts.filter((fact) => fact !== undefined && fact !== ''),
    ...(summary.checks.length === 0 ? [] : [checkTable(summary.checks)]),
    variantTable({ recording, summary }),
    gapWords(summary),
  ];
  return `${lines.filter((line) => line !== undefined).join('\n\n')}\n`;
}

function requestWords({ recording: { kept }, summary: { served } }: Told): string | undefined {
  const { requests, errors } = served?.candidate ?? kept?.served ?? { requests: 0, errors: 0 };
  return requests === 0 ? undefined : `${whole(requests)} requests, ${whole(errors)} failed`;
}

function harmWords({ copied, failed, slowed }: Report['summary']): string | undefined {
  if (failed === undefined) return copied === undefined ? undefined : `Harmed: nobody. ${COPIES_HARM_NOBODY}`;
  const slow =
    slowed === undefined
      ? 'how many were slowed is not known, too little was timed to compare'
      : `${within(slowed)} took longer than ${milliseconds(slowed.thanMs)}, as ${slowOf(slowed)} of stable's do, and would not have`;
  return `Harmed: ${within(failed)} requests failed that would not have; ${slow}.`;
}

function within({ requests, low, high }: Harmed): string {
  if (requests === 0) return `0 (at most ${estimated(high)})`;
  return `${estimated(requests)} (${estimated(low)} to ${estimated(high)})`;
}

function checkTable(checks: readonly CheckSummary[]): string {
  const left = checks.length - MOST_CHECKS;
  return [
    '| check | verdict | ratio to stable (95 %) | harm not excluded |',
    '| --- | --- | --- | --- |',
    ...checks
      .slice(0, MOST_CHECKS)
      .map(({ name, verdict, steps, missed }) =>
        cells([plain(name), verdict, effectWords(steps.at(-1)?.effect), missedWords(missed)]),
      ),
    ...(left > 0 ? [cells([`${left} more`, '', '', ''])] : []),
  ].join('\n');
}

/** What each variant served, as far as they are told apart, and what its users did; nothing where there is no experiment. */
function variantTable({ recording: { kept }, summary: { variantsServed } }: Told): string | undefined {
  const { control, candidates = [] } = kept?.experiment ?? {};
  if (control === undefined && variantsServed.length < 2) return undefined;
  const names = new Set([
    ...variantsServed.map(({ variant }) => nameOf(variant)),
    ...candidates.map(({ name }) => name),
  ]);
  const rows = [...names].map((name) => {
    const served = variantsServed.find(({ variant }) => nameOf(variant) === name);
    const judged = candidates.find((one) => one.name === name);
    return cells([plain(name), ...servedWords(served), ...userWords(judged), judged?.verdict ?? '–']);
  });
  return [
    '| variant | requests | failed | users | reached the goal | verdict |',
    '| --- | --- | --- | --- | --- | --- |',
    ...(control === undefined
      ? []
      : [cells([`${plain(control.name)} (runs today)`, '–', '–', ...userWords(control), '–'])]),
    ...rows,
  ].join('\n');
}

function nameOf(track: string): string {
  return variantOf(track as Track) ?? track;
}

function servedWords(served: Served | undefined): readonly string[] {
  return served === undefined ? ['–', '–'] : [whole(served.requests), whole(served.errors)];
}

function userWords(counted: Exposure | undefined): readonly string[] {
  if (counted === undefined) return ['–', '–'];
  const { trials, events } = counted;
  return [whole(trials), trials === 0 ? whole(events) : `${whole(events)} (${percent(events / trials)})`];
}

function effectWords(effect: Effect | undefined): string {
  if (effect === undefined) return '–';
  const { low, high, estimate } = effect;
  const range = typeof high === 'number' ? `${times(low)} to ${times(high)}` : `at least ${times(low)}`;
  return typeof estimate === 'number' ? `${times(estimate)} (${range})` : range;
}

function missedWords(missed: Missed | undefined): string {
  if (missed === undefined) return '–';
  return missed.ratio === undefined ? 'any' : `up to ${times(missed.ratio)}`;
}

function gapWords({ gaps }: Report['summary']): string | undefined {
  return gaps.length === 0
    ? undefined
    : `The evidence has ${gaps.length} ${gaps.length === 1 ? 'gap' : 'gaps'}.`;
}
