import { fractionOf, NO_SHARE } from '../../base/share.ts';
import type { RolloutView } from '../../api/resources.ts';
import type { Role } from '../../engine/observation.ts';
import { bar } from '../output/bar.ts';
import { padEnd, padStart, widthOf } from '../output/text.ts';
import { table } from '../output/table.ts';
import type { Drawing } from './head.ts';
import { flow, type Section } from './layout.ts';
import { tonesOf } from './tones.ts';

/** How much of the traffic each track has, 0 to 1; in the order in which they are shown. */
export type Split = ReadonlyMap<Role, number>;

/** A split that was another one, and when it changed; wall clock, milliseconds. */
export interface Moved {
  readonly from: Split;
  readonly at: number;
}

/** How long bars take to where they belong. */
export const MOVE_MS = 600;
const WIDEST_BAR = 60;
const NARROWEST_BAR = 8;

/** How traffic is divided: as the data plane says, or where it does not, as the step wants it. */
export function splitOf({ route, release }: RolloutView): Split {
  if (route !== undefined) return new Map(route.map(({ track, weight }) => [track, fractionOf(weight)]));
  const weights = release?.plan.steps[release.step]?.weights ?? {};
  return new Map(
    Object.entries(weights).map(([track, weight = NO_SHARE]) => [track as Role, fractionOf(weight)]),
  );
}

/** The split as it is drawn at a moment: on its way from the one before. */
export function movedSplit(split: Split, moved: Moved | undefined, now: number): Split {
  if (moved === undefined || now >= moved.at + MOVE_MS) return split;
  const way = easedWay(Math.max(0, now - moved.at) / MOVE_MS);
  const tracks = new Set([...split.keys(), ...moved.from.keys()]);
  const between = (track: Role): number => {
    const from = moved.from.get(track) ?? 0;
    return from + ((split.get(track) ?? 0) - from) * way;
  };
  return new Map([...tracks].map((track) => [track, between(track)]));
}

/** Slow at its ends. */
function easedWay(fraction: number): number {
  return fraction * fraction * (3 - 2 * fraction);
}

/** A bar for each track: its share, how many of its processes are ready, what it runs. */
export function splitSection(view: RolloutView, split: Split, drawing: Drawing): Section {
  const { width, paint } = drawing;
  const tracks = tracksOf(view, split);
  if (tracks.length === 0) return { rank: 2, forms: [] };
  const legend = flow(
    tracks.map((track) => `${track} ${shareWord(view, split.get(track))}`),
    width,
  );
  const cells = tracks.map((track) => [
    track,
    padStart(shareWord(view, split.get(track)), 6),
    ...identity(view, track),
  ]);
  const texts = table(
    [{ title: '' }, { title: '', right: true }, { title: '', right: true }, { title: '' }],
    cells,
  );
  const rest = texts.slice(1).map((line, index) => {
    const short = cells[index]?.slice(0, 2).join('  ') ?? '';
    return { line, short, fraction: split.get(tracks[index] ?? 'stable') ?? 0 };
  });
  const tones = tonesOf(tracks, paint);
  const widest = Math.max(...rest.map(({ line }) => widthOf(line)));
  const names = Math.max(...tracks.map(widthOf));
  const isWide = width - widest - 2 >= NARROWEST_BAR;
  const room = Math.max(0, Math.min(WIDEST_BAR, width - 2 - (isWide ? widest : names + 8)));
  const bars = rest.map(({ line, short, fraction }, index) => {
    const tone = tones[index] ?? paint.cyan;
    const text = isWide ? padEnd(line, widest) : padEnd(short, names + 8);
    return `${text}  ${tone(bar(fraction, room))}`;
  });
  return { rank: 2, forms: [legend, bars] };
}

function tracksOf({ groups, rates }: RolloutView, split: Split): readonly Role[] {
  return [
    ...new Set([...groups.map(({ track }) => track), ...split.keys(), ...rates.map(({ track }) => track)]),
  ];
}

function shareWord({ address, route }: RolloutView, fraction: number | undefined): string {
  if (fraction === undefined) return route === undefined && address !== undefined ? '?' : '-';
  return `${Number((fraction * 100).toFixed(fraction < 0.01 ? 2 : fraction < 0.1 ? 1 : 0))}%`;
}

function identity(view: RolloutView, track: Role): readonly string[] {
  const groups = view.groups.filter((group) => group.track === track);
  const part = view.route?.find((one) => one.track === track);
  const revision = groups[0]?.revision ?? part?.revision ?? '';
  if (groups.length === 0) return ['', revision];
  const ready = groups.reduce((sum, group) => sum + group.ready, 0);
  const running = groups.reduce((sum, group) => sum + group.running, 0);
  return [`${ready}/${running} ready`, revision];
}
