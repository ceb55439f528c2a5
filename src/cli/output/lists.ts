import { formatDuration } from '../../base/duration.ts';
import type { EventView, HistoryView, RolloutView } from '../../api/resources.ts';
import { dateTime } from './figures.ts';
import type { Paint } from './paint.ts';
import { table } from './table.ts';
import { outcomeWord, phaseWord } from './words.ts';

/** Rollouts, one a line. */
export function rolloutTable(views: readonly RolloutView[], paint: Paint): string[] {
  if (views.length === 0) return ['no Rollouts yet: declare one with "coalmine init" and "coalmine apply"'];
  const columns = ['NAME', 'STRATEGY', 'PHASE', 'STABLE', 'WANTED', 'STEP', 'READY', 'ADDRESS', 'MESSAGE'];
  const rows = views.map((view) => [
    view.name,
    view.strategy,
    phaseWord(view.phase, paint),
    view.stable ?? '-',
    view.wanted ?? '-',
    view.release === undefined ? '-' : `${view.release.step + 1}/${view.release.plan.steps.length}`,
    `${readyOf(view)}/${view.replicas}`,
    view.address ?? '-',
    view.message,
  ]);
  return table(
    columns.map((title) => ({ title })),
    rows,
  );
}

/** Ready replicas of what serves, or of the first version on its way. */
function readyOf({ groups, stable }: RolloutView): number {
  const counted = groups.filter((group) => stable === undefined || group.revision === stable);
  return counted.reduce((sum, group) => sum + group.ready, 0);
}

/** Releases, one a line. */
export function historyTable(releases: readonly HistoryView[], paint: Paint): string[] {
  if (releases.length === 0) return ['no release has ended yet'];
  const columns = [
    { title: 'RELEASE', right: true },
    { title: 'FROM' },
    { title: 'TO' },
    { title: 'OUTCOME' },
    { title: 'STARTED' },
    { title: 'TOOK' },
    { title: 'REQUESTS', right: true },
    { title: 'ERRORS', right: true },
    { title: 'REASON' },
  ];
  return table(
    columns,
    releases.map((release) => [
      String(release.number),
      release.from ?? '-',
      release.to,
      outcomeWord(release.outcome, paint),
      dateTime(release.startedAt),
      formatDuration(Math.max(0, release.endedAt - release.startedAt)),
      String(release.served.requests),
      String(release.served.errors),
      release.reason,
    ]),
  );
}

/** Events, one a line. */
export function eventTable(events: readonly EventView[]): string[] {
  if (events.length === 0) return ['no events'];
  const columns = ['TIME', 'ROLLOUT', 'RELEASE', 'EVENT', 'MESSAGE'].map((title) => ({ title }));
  return table(
    columns,
    events.map((event) => [
      dateTime(event.at),
      event.rollout,
      event.release === undefined ? '-' : String(event.release),
      event.type,
      event.message,
    ]),
  );
}
