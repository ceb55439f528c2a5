import type { Failure, Problem } from '../../base/failure.ts';
import type { Paint } from './paint.ts';

/** A failure for people: what, where, and what to do. */
export function failureLines(failure: Failure, paint: Paint): string[] {
  return [
    `${paint.red('error')}: ${failure.message}`,
    ...failure.problems.flatMap(problemLines),
    ...(failure.hint === undefined ? [] : [`hint: ${failure.hint}`]),
  ];
}

function problemLines(problem: Problem): string[] {
  const { file, line, column } = problem;
  const position = [file, line, column].filter((part) => part !== undefined).join(':');
  const where = [position, problem.path].filter((part) => part !== '').join(' ');
  return [`  ${where}: ${problem.reason}`, ...(problem.hint === undefined ? [] : [`    ${problem.hint}`])];
}
