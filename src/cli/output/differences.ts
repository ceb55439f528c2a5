import type { AnswerDifference } from '../../analysis/measurement.ts';
import { table } from './table.ts';

/** What answers to copies differed in: where, and how often; nothing without any. */
export function differenceLines(differences: readonly AnswerDifference[] | undefined): string[] {
  if (differences === undefined || differences.length === 0) return [];
  const rows = differences.map(({ method, path, field, count }) => [
    '  ',
    `${method} ${path}`,
    field,
    String(count),
  ]);
  const columns = [
    { title: '  ' },
    { title: 'request' },
    { title: 'differs in' },
    { title: 'times', right: true },
  ];
  return ['answers to copies that differed, as far as it is no noise:', ...table(columns, rows)];
}
