import type { AnswerDifference } from '../../../../src/analysis/measurement.ts';
import { DataTable } from './data-table.tsx';

const COLUMNS = [{ title: 'Request' }, { title: 'Differs in' }, { title: 'Times', isNumber: true }];

/** What answers to copies of requests differ in from those that users got. */
export function Differences({ differences }: { differences: readonly AnswerDifference[] }) {
  return (
    <>
      <h3>Answers that differ</h3>
      {differences.length === 0 ? (
        <p>No answer to a copy has differed, as far as it is no noise.</p>
      ) : (
        <DataTable
          caption="What answers to copies differ in, as far as it is no noise"
          columns={COLUMNS}
          rows={differences.map(({ method, path, field, count }) => [
            `${method} ${path}`,
            field,
            String(count),
          ])}
        />
      )}
    </>
  );
}
