import { formatDuration } from '../../base/duration.ts';
import { dateTime } from '../../base/date-time.ts';
import type { GroupView, HistoryView, ReleaseView, RolloutView } from '../../api/resources.ts';
import { differenceLines } from './differences.ts';
import { evidenceLines } from './evidence.ts';
import { experimentLines } from './experiment.ts';
import { counted, mebibytes, percent } from '../../client/figures.ts';
import type { Paint } from './paint.ts';
import { standingLines } from './standing.ts';
import { stepLines } from './steps.ts';
import { table } from './table.ts';
import { takeoverLines } from './takeover.ts';
import { splitLines, trackLines } from './tracks.ts';
import { outcomeWord, phaseWord } from './words.ts';

const WIDTH = 100;

/** Everything about one Rollout in words. */
export function describeLines(view: RolloutView, history: readonly HistoryView[], paint: Paint): string[] {
  return [
    ...facts(view, paint),
    ...section(splitLines(view, WIDTH, paint)),
    ...section(trackLines(view)),
    ...section(view.takeover === undefined ? [] : takeoverLines(view.takeover, paint)),
    ...view.groups.flatMap((group) => section(groupLines(group, paint))),
    ...section(view.release === undefined ? [] : releaseLines(view.release, paint)),
    ...section(view.standing === undefined ? [] : standingLines(view.standing, paint)),
    ...section(history.length === 0 ? [] : [paint.bold('ended releases, newest first')]),
    ...history.flatMap((release) => [
      `  ${endedLine(release, paint)}`,
      ...differenceLines(release.differences).map((line) => `  ${line}`),
    ]),
  ];
}

/** Set apart from what is above it; nothing where it has no lines. */
function section(lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', ...lines];
}

function facts(view: RolloutView, paint: Paint): string[] {
  const known: readonly (readonly [string, string | undefined])[] = [
    ['name', paint.bold(view.name)],
    ['phase', phaseWord(view.phase, paint)],
    ['message', view.message],
    ['strategy', view.strategy],
    ['stable', view.stable ?? 'nothing yet'],
    ['wanted', view.wanted === view.stable ? undefined : view.wanted],
    ['replicas', String(view.replicas)],
    ['address', view.address],
    ['follows', follows(view, paint)],
    ['maintenance', maintenance(view)],
    ['generation', String(view.generation)],
    ['last outcome', lastOutcome(view, paint)],
    ['not told', untold(view, paint)],
  ];
  return known.flatMap(([name, value]) => (value === undefined ? [] : [`${name.padEnd(14)}${value}`]));
}

function follows({ following }: RolloutView, paint: Paint): string | undefined {
  if (following === undefined) return undefined;
  const { rollout, problem } = following;
  if (problem === undefined) return rollout;
  return `${rollout}; ${paint.red(`cannot since ${dateTime(problem.since)}: ${problem.message}`)}`;
}

function maintenance({ maintenance: closed }: RolloutView): string | undefined {
  if (closed === undefined) return undefined;
  const { since, message, hasPage, holdMs, allowHeader } = closed;
  return [
    `since ${dateTime(since)}`,
    ...(message === undefined ? [] : [`"${message}"`]),
    ...(hasPage ? ['with a page of its own'] : []),
    ...(holdMs === undefined ? [] : [`requests wait for up to ${formatDuration(holdMs)}`]),
    ...(allowHeader === undefined ? [] : [`a value of ${allowHeader} lets requests in`]),
  ].join(', ');
}

function lastOutcome({ lastOutcome: last }: RolloutView, paint: Paint): string | undefined {
  if (last === undefined) return undefined;
  return `release ${last.release} of ${last.revision} ${outcomeWord(last.outcome, paint)}: ${last.reason}`;
}

function untold({ untold: notices = [] }: RolloutView, paint: Paint): string | undefined {
  if (notices.length === 0) return undefined;
  return notices
    .map(({ listener, release, moment, at, problem }) =>
      paint.red(`${listener}, of release ${release} ${moment} since ${dateTime(at)}: ${problem}`),
    )
    .join('; ');
}

function groupLines(group: GroupView, paint: Paint): string[] {
  const failing = group.failing === undefined ? '' : `, ${paint.red(`failing: ${group.failing}`)}`;
  const rows = group.instances.map((one) => [
    `  ${one.id}`,
    one.state,
    one.pid === undefined ? '-' : String(one.pid),
    one.port === undefined ? '-' : String(one.port),
    String(one.restarts),
    dateTime(one.since),
    mebibytes(one.rssBytes),
  ]);
  const titles = ['  process', 'state', 'pid', 'port', 'restarts', 'since', 'memory'];
  return [
    `${paint.bold(`${group.track} ${group.revision}`)}: ${group.ready} of ${group.running} ready${failing}`,
    ...(rows.length === 0
      ? []
      : table(
          titles.map((title) => ({ title })),
          rows,
        )),
  ];
}

function releaseLines(release: ReleaseView, paint: Paint): string[] {
  const { served } = release;
  const ratio = served.requests === 0 ? '' : ` (${percent(served.errors / served.requests)})`;
  return [
    paint.bold(`release ${release.number}: ${release.from ?? 'nothing'} → ${release.to}`),
    `started ${dateTime(release.startedAt)}, ${formatDuration(release.ageMs)} ago, at most ${formatDuration(release.deadlineMs)}`,
    `the candidate served ${counted(served.requests, 'request')}, ${served.errors} of them failed${ratio}`,
    ...(release.goingBack === undefined
      ? []
      : [`going back (${outcomeWord(release.goingBack.outcome, paint)}): ${release.goingBack.reason}`]),
    ...stepLines(release, paint),
    ...(release.experiment === undefined ? [] : experimentLines(release.experiment, WIDTH, paint)),
    ...(release.judgement === undefined ? [] : evidenceLines(release.judgement, WIDTH, paint)),
    ...differenceLines(release.differences),
  ];
}

function endedLine(release: HistoryView, paint: Paint): string {
  const took = formatDuration(Math.max(0, release.endedAt - release.startedAt));
  return `release ${release.number} of ${release.to} ${outcomeWord(release.outcome, paint)} after ${took}: ${release.reason}`;
}
