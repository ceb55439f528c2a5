import { formatShare, fractionOf } from '../../base/share.ts';
import type { RateView, RolloutView } from '../../api/resources.ts';
import type { Role } from '../../engine/observation.ts';
import { splitBar } from './bar.ts';
import { latency, percent } from '../../client/figures.ts';
import type { Paint } from './paint.ts';
import { table } from './table.ts';

const FILLS = ['█', '▒', '░', '▓'];

/** How traffic is divided, as one bar with its legend; nothing for workers. */
export function splitLines(view: RolloutView, width: number, paint: Paint): string[] {
  const { route } = view;
  if (route === undefined)
    return view.address === undefined ? [] : ['split   the data plane does not answer'];
  if (route.length === 0) return ['split   nobody is served'];
  const legend = route
    .map(({ track, weight }, index) => `${FILLS[index % FILLS.length] ?? ''} ${track} ${formatShare(weight)}`)
    .join('   ');
  const parts = route.map(({ weight }, index) => ({
    fraction: fractionOf(weight),
    fill: FILLS[index % FILLS.length] ?? '█',
  }));
  return [
    `split   ${paint.cyan(splitBar(parts, Math.max(10, Math.min(60, width - 8))))}`,
    `        ${legend}`,
  ];
}

/** One line per track: who it is, how many are ready, what it serves. */
export function trackLines(view: RolloutView): string[] {
  const tracks = tracksOf(view);
  if (tracks.length === 0) return [];
  const columns = [
    { title: 'track' },
    { title: 'revision' },
    { title: 'ready', right: true },
    { title: 'traffic', right: true },
    { title: 'req/s', right: true },
    { title: 'errors', right: true },
    { title: 'p50', right: true },
    { title: 'p99', right: true },
  ];
  return table(
    columns,
    tracks.map((track) => [
      ...identity(view, track),
      ...rateCells(view.rates.find((rate) => rate.track === track)),
    ]),
  );
}

function tracksOf({ groups, route = [], rates }: RolloutView): readonly Role[] {
  return [...new Set([...groups, ...route, ...rates].map((one) => one.track))];
}

function identity(view: RolloutView, track: Role): readonly string[] {
  const groups = view.groups.filter((group) => group.track === track);
  const part = view.route?.find((one) => one.track === track);
  const sum = (count: (group: (typeof groups)[number]) => number): number =>
    groups.reduce((total, group) => total + count(group), 0);
  return [
    track,
    groups[0]?.revision ?? part?.revision ?? '-',
    `${sum((group) => group.ready)}/${sum((group) => group.running)}`,
    part === undefined ? copiesWords(view, track) : formatShare(part.weight),
  ];
}

function copiesWords({ mirrors = [] }: RolloutView, track: Role): string {
  const mirror = mirrors.find((one) => one.track === track);
  return mirror === undefined ? '-' : `copies ${formatShare(mirror.share)}`;
}

function rateCells(rate: RateView | undefined): readonly string[] {
  if (rate === undefined) return ['-', '-', '-', '-'];
  return [
    rate.requestsPerSecond.toFixed(1),
    percent(rate.errorRatio),
    latency(rate.p50Ms),
    latency(rate.p99Ms),
  ];
}
