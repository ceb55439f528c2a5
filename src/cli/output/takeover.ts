import type { PathView, TakeoverView } from '../../api/resources.ts';
import { formatDuration } from '../../base/duration.ts';
import { counted, percent } from '../../client/figures.ts';
import type { Paint } from './paint.ts';
import { table } from './table.ts';

/** How far an old system is taken over, path by path. */
export function takeoverLines({ newShare, overMs, paths }: TakeoverView, paint: Paint): string[] {
  const moved = paths.filter(({ to }) => to === 'new').length;
  const lately = newShare === undefined ? 'nobody asked' : `the new system answered ${percent(newShare)}`;
  const columns = [
    { title: '  path' },
    { title: 'to' },
    { title: 'new', right: true },
    { title: 'legacy', right: true },
    { title: 'share new', right: true },
    { title: 'errors new', right: true },
    { title: 'errors legacy', right: true },
    { title: 'fallbacks', right: true },
  ];
  return [
    paint.bold(`taking over: ${moved} of ${counted(paths.length, 'path')} moved`),
    `${lately} in the last ${formatDuration(Math.round(overMs / 1_000) * 1_000)}`,
    ...table(columns, paths.map(cells)),
  ];
}

function cells(path: PathView): readonly string[] {
  const { to, legacyUrl, fallbacks, newShare } = path;
  return [
    `  ${path.path}`,
    legacyUrl === undefined ? to : `${to} ${legacyUrl}`,
    String(path.new.requests),
    String(path.legacy.requests),
    newShare === undefined ? '-' : percent(newShare),
    String(path.new.errors),
    String(path.legacy.errors),
    String(fallbacks),
  ];
}
