import type { RolloutView } from '../../api/resources.ts';
import { latency, percent } from '../../client/figures.ts';
import { table } from '../output/table.ts';
import { topRow, type TopRow } from '../output/top.ts';
import { widthOf } from '../output/text.ts';
import { phaseWord } from '../output/words.ts';
import type { Drawing } from './head.ts';
import { windowStart, type Section } from './layout.ts';

interface Column {
  readonly title: string;
  readonly right?: boolean;
  readonly words: (row: TopRow) => string;
}

/** In the order in which they stand. */
const COLUMNS: readonly Column[] = [
  { title: 'step', words: (row) => row.step ?? '-' },
  { title: 'split', words: (row) => (row.split === '' ? '-' : row.split) },
  { title: 'req/s', right: true, words: (row) => row.requestsPerSecond.toFixed(1) },
  {
    title: 'errors',
    right: true,
    words: (row) => (row.errorRatio === undefined ? '-' : percent(row.errorRatio)),
  },
  { title: 'p99', right: true, words: (row) => latency(row.p99Ms) },
  { title: 'ready', right: true, words: (row) => `${row.ready}/${row.running}` },
];
/** Those that go first when there is no room for all. */
const LEAST = ['split', 'ready', 'p99', 'req/s', 'errors', 'step'];

/** Rollouts, one a line, the chosen one marked; as many columns as there is room for. */
export function listSection(views: readonly RolloutView[], chosen: number, drawing: Drawing): Section {
  if (views.length === 0)
    return { rank: 1, forms: [['no Rollouts yet: declare one with "coalmine init" and "coalmine apply"']] };
  const [titles = '', ...lines] = fitting(views, chosen, drawing);
  const windows = lines.map((_, index) => {
    const start = windowStart(chosen, index + 1, lines.length);
    return lines.slice(start, start + index + 1);
  });
  return {
    rank: 1,
    forms: [...windows.slice(0, 1), ...windows.map((shown) => [drawing.paint.dim(titles), ...shown])],
  };
}

function fitting(
  views: readonly RolloutView[],
  chosen: number,
  { width, paint }: Drawing,
): readonly string[] {
  const rows = views.map(topRow);
  for (let dropped = 0; ; dropped += 1) {
    const columns = COLUMNS.filter(({ title }) => !LEAST.slice(0, dropped).includes(title));
    const lines = table(
      [{ title: '' }, { title: 'name' }, { title: 'phase' }, ...columns],
      rows.map((row, index) => [
        index === chosen ? '▸' : ' ',
        index === chosen ? paint.bold(row.name) : row.name,
        phaseWord(row.phase, paint),
        ...columns.map(({ words }) => words(row)),
      ]),
    );
    if (columns.length === 0 || Math.max(...lines.map(widthOf)) <= width) return lines;
  }
}
