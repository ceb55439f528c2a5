import { isJsonObject } from '../../base/json.ts';
import { formatDuration } from '../../base/duration.ts';
import { dateTime } from '../../base/date-time.ts';
import type { EventView, HistoryView, RolloutView } from '../../api/resources.ts';
import { percent } from '../../client/figures.ts';
import { authorWord } from '../../report/words.ts';
import type { Paint } from './paint.ts';
import { table } from './table.ts';
import { outcomeWord, phaseWord } from './words.ts';

/** How Rollouts are listed. */
interface Listing {
  /** True: those of all namespaces, with theirs. */
  readonly isEverywhere?: boolean;
  readonly isOfCluster?: boolean;
}

/** Rollouts, one a line. */
export function rolloutTable(views: readonly RolloutView[], paint: Paint, of: Listing = {}): string[] {
  const { isEverywhere = false, isOfCluster = isEverywhere } = of;
  if (views.length === 0) {
    const how = isOfCluster ? '"coalmine adopt deployment/NAME"' : '"coalmine init" and "coalmine apply"';
    return [`no Rollouts yet: declare one with ${how}`];
  }
  const hasGroups = views.some(({ group }) => group !== undefined);
  const group = hasGroups ? ['GROUP'] : [];
  const columns = [
    ...(isEverywhere ? ['NAMESPACE'] : []),
    'NAME',
    ...group,
    'STRATEGY',
    'PHASE',
    'STABLE',
    'WANTED',
    'STEP',
    'READY',
    'ADDRESS',
    'MESSAGE',
  ];
  const rows = views.map((view) => [
    ...(isEverywhere ? [namespaceOf(view)] : []),
    view.name,
    ...(hasGroups ? [membership(view)] : []),
    view.strategy,
    phaseWord(view.phase, paint),
    view.stable ?? '-',
    view.wanted ?? '-',
    view.release === undefined ? '-' : `${view.release.step + 1}/${view.release.plan.steps.length}`,
    `${readyOf(view)}/${view.replicas}`,
    view.address ?? '-',
    messageOf(view),
  ]);
  return table(
    columns.map((title) => ({ title })),
    rows,
  );
}

function namespaceOf({ document: { metadata } }: RolloutView): string {
  const namespace = isJsonObject(metadata) ? metadata['namespace'] : undefined;
  return typeof namespace === 'string' ? namespace : 'default';
}

function messageOf({ message, takeover, following }: RolloutView): string {
  if (following?.problem !== undefined)
    return `${message}; cannot follow ${following.rollout}: ${following.problem.message}`;
  if (takeover?.newShare === undefined) return message;
  return `${message}; ${percent(takeover.newShare)} answered by the new system`;
}

/** Its group, its order there, and where it stands in the newest release of that. */
function membership({ group }: RolloutView): string {
  if (group === undefined) return '-';
  const { name, order, state, release } = group;
  return `${name}/${order}${state === undefined || release === undefined ? '' : ` ${release} ${state}`}`;
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
    { title: 'BY' },
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
      authorWord(release.by),
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
  const columns = ['TIME', 'ROLLOUT', 'RELEASE', 'EVENT', 'BY', 'MESSAGE'].map((title) => ({ title }));
  return table(
    columns,
    events.map((event) => [
      dateTime(event.at),
      event.rollout,
      event.release === undefined ? '-' : String(event.release),
      event.type,
      authorWord(event.by),
      event.message,
    ]),
  );
}
