import type { Json } from '../../../../src/base/json.ts';
import type { Change } from '../../../../src/rollout/changes.ts';
import { DataTable } from './data-table.tsx';

const COLUMNS = [{ title: 'Path' }, { title: 'Before' }, { title: 'After' }];

/** Where two documents differ. Values are shown as the text they are. */
export function Changes({ changes }: { changes: readonly Change[] }) {
  if (changes.length === 0) return <p>Nothing is different.</p>;
  return (
    <DataTable
      caption="What is different, path by path"
      columns={COLUMNS}
      rows={changes.map(({ path, before, after }) => [
        <code>{path}</code>,
        <Value value={before} word="not there" />,
        <Value value={after} word="taken away" />,
      ])}
    />
  );
}

function Value({ value, word }: { value: Json | undefined; word: string }) {
  if (value === undefined) return <em class="quiet">{word}</em>;
  return <code class="value">{typeof value === 'string' ? value : JSON.stringify(value)}</code>;
}
