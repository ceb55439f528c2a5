import type { Failure } from '../../base/failure.ts';
import { problemLines } from '../../config/print.ts';
import type { Paint } from './paint.ts';

/** A failure for people: what, where, and what to do. */
export function failureLines(failure: Failure, paint: Paint): string[] {
  return [
    `${paint.red('error')}: ${failure.message}`,
    ...problemLines(failure.problems).map((line) => `  ${line}`),
    ...(failure.hint === undefined ? [] : [`hint: ${failure.hint}`]),
  ];
}
