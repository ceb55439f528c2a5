import type { Problem } from '../base/failure.ts';

/** Problems as a compiler writes them: `coalmine.yaml:12:7 spec.x: reason`, and the hint on a line of its own. */
export function problemLines(problems: readonly Problem[]): readonly string[] {
  return problems.flatMap((problem) => {
    const subject = [place(problem), problem.path].filter((part) => part !== '').join(' ');
    const line = subject === '' ? problem.reason : `${subject}: ${problem.reason}`;
    return problem.hint === undefined ? [line] : [line, `  ${problem.hint}`];
  });
}

function place({ file, line, column }: Problem): string {
  return [file, line, column].filter((part) => part !== undefined).join(':');
}
