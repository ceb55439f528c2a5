import type { RateView, RolloutView } from '../../api/resources.ts';
import { formatDuration } from '../../base/duration.ts';
import { latency, percent } from '../../client/figures.ts';
import { sparkline } from '../output/sparkline.ts';
import { padEnd, padStart, widthOf } from '../output/text.ts';
import type { Drawing } from './head.ts';
import type { Section } from './layout.ts';
import { tonesOf } from './tones.ts';
import { columnsOfPast, PAST_MS, type Figure, type Past } from './past.ts';

const WIDEST_SPARK = 30;
const NARROWEST_SPARK = 4;
const GAP = '  ';

interface Column {
  readonly title: string;
  readonly figure: Figure;
  readonly words: (rate: RateView) => string;
  /** True: tracks are drawn to one scale, since they are compared. */
  readonly isCompared: boolean;
}

const COLUMNS: readonly Column[] = [
  {
    title: 'requests/s',
    figure: (rate) => rate.requestsPerSecond,
    words: (rate) => rate.requestsPerSecond.toFixed(1),
    isCompared: false,
  },
  {
    title: 'errors',
    figure: (rate) => rate.errorRatio,
    words: (rate) => percent(rate.errorRatio),
    isCompared: true,
  },
  { title: 'p99', figure: (rate) => rate.p99Ms, words: (rate) => latency(rate.p99Ms), isCompared: true },
];

/** What each track served over the last minutes, as lines of small columns, and now, in figures. */
export function figuresSection({ rates }: RolloutView, past: Past, drawing: Drawing): Section {
  const tracks = [...new Set([...past.flatMap((one) => one.rates), ...rates].map(({ track }) => track))];
  if (tracks.length === 0) return { rank: 5, forms: [] };
  const label = `last ${formatDuration(PAST_MS)}`;
  const names = Math.max(label.length, ...tracks.map(widthOf));
  const blocks = COLUMNS.map((column) => blockOf(column, { tracks, rates, past, drawing, names }));
  const lineOf = (index: number, name: string): string =>
    [padEnd(name, names), ...blocks.map((block) => block[index] ?? '')].join(GAP).trimEnd();
  const lines = tracks.map((track, index) => lineOf(index + 1, track));
  return { rank: 5, forms: [lines, [drawing.paint.dim(lineOf(0, label)), ...lines]] };
}

interface Block {
  readonly tracks: readonly RateView['track'][];
  readonly rates: readonly RateView[];
  readonly past: Past;
  readonly drawing: Drawing;
  readonly names: number;
}

/** A column as lines of one width: its title, and a line for each track. */
function blockOf(column: Column, { tracks, rates, past, drawing, names }: Block): readonly string[] {
  const words = tracks.map((track) => {
    const rate = rates.find((one) => one.track === track);
    return rate === undefined ? '-' : column.words(rate);
  });
  const figures = Math.max(6, ...words.map(widthOf));
  const room = Math.floor((drawing.width - names) / COLUMNS.length) - GAP.length - figures - 1;
  const columns = room < NARROWEST_SPARK ? 0 : Math.min(WIDEST_SPARK, room);
  const seen = tracks.map((track) =>
    columns === 0 ? [] : columnsOfPast(past, { track, figure: column.figure, now: drawing.now, columns }),
  );
  const top = (values: readonly (number | undefined)[]): number =>
    Math.max(0, ...values.map((one) => one ?? 0));
  const common = top(seen.flat());
  const tones = tonesOf(tracks, drawing.paint);
  const lines = words.map((word, index) => {
    const tone = tones[index] ?? drawing.paint.cyan;
    const values = seen[index] ?? [];
    const spark = sparkline(values, column.isCompared ? common : top(values));
    return columns === 0 ? padStart(word, figures) : `${tone(spark)} ${padStart(word, figures)}`;
  });
  return [padStart(column.title, columns === 0 ? figures : columns + 1 + figures), ...lines];
}
