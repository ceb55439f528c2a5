import { counted, formatDuration, percent } from '../../../src/client/browser.ts';
import type { PathView, RolloutView, TakeoverView } from '../../../src/client/index.ts';
import type { Panel } from './panel.ts';
import { Bar } from './parts/bar.tsx';
import { DataTable } from './parts/data-table.tsx';

/** How far an old system is taken over, path by path. */
export const TAKEOVER: Panel = {
  id: 'takeover',
  title: 'Taking over',
  isFor: ({ takeover }) => takeover !== undefined,
  Body: ({ rollout: { takeover } }: { rollout: RolloutView }) =>
    takeover === undefined ? null : <Takeover takeover={takeover} />,
};

const COLUMNS = [
  { title: 'Path' },
  { title: 'Goes to' },
  { title: 'New answered', isNumber: true },
  { title: 'Old answered', isNumber: true },
  { title: 'Share of the new', isNumber: true },
  { title: 'Errors of the new', isNumber: true },
  { title: 'Errors of the old', isNumber: true },
  { title: 'Fallbacks', isNumber: true },
];

function Takeover({ takeover: { newShare, overMs, paths } }: { takeover: TakeoverView }) {
  const moved = paths.filter(({ to }) => to === 'new').length;
  const lately = newShare === undefined ? 'nobody asked' : `the new system answered ${percent(newShare)}`;
  const over = formatDuration(Math.round(overMs / 1_000) * 1_000);
  return (
    <>
      <p class="strength">
        <Bar part={newShare ?? 0} of="safe" />
        {moved} of {counted(paths.length, 'path')} moved; {lately} in the last {over}
      </p>
      <DataTable caption="Who answers, path by path" columns={COLUMNS} rows={paths.map(cellsOf)} />
    </>
  );
}

function cellsOf(path: PathView): readonly string[] {
  const { to, legacyUrl, fallbacks, newShare } = path;
  return [
    path.path,
    legacyUrl === undefined ? to : `${to} ${legacyUrl}`,
    String(path.new.requests),
    String(path.legacy.requests),
    newShare === undefined ? '–' : percent(newShare),
    String(path.new.errors),
    String(path.legacy.errors),
    String(fallbacks),
  ];
}
