import { Failure, type Problem } from '../../base/failure.ts';

/** The failure for input that cannot be read: the first problem in the message, all of them beside it. */
export function refused(what: string, problems: readonly Problem[]): Failure {
  const [first] = problems;
  const place = first === undefined ? '' : `: ${first.path}: ${first.reason}`;
  const hint = first?.hint;
  return new Failure('usage', `the ${what} cannot be read${place}`, {
    problems,
    ...(hint === undefined ? {} : { hint }),
  });
}
