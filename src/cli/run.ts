import { CommanderError } from 'commander';
import { problemView } from '../api/problem.ts';
import { Failure, FAILURES, messageOf } from '../base/failure.ts';
import { INTERRUPTED, type Io } from './io.ts';
import { failureLines } from './output/failure.ts';
import { createPaint, wantsColor } from './output/paint.ts';
import { harmless } from './output/text.ts';
import { createProgram } from './program.ts';
import type { GlobalOptions } from './session.ts';
import { StartFailed } from './start-failed.ts';

/** Runs one command line (without `node` and the script) to its end and answers the exit status. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  let status = 0;
  const program = createProgram(io, (code) => {
    status = code;
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return status;
  } catch (thrown) {
    return afterError(thrown, io, program.opts<Partial<GlobalOptions>>().output === 'json');
  }
}

function afterError(thrown: unknown, io: Io, isJson: boolean): number {
  // Commander has printed what was wrong, or the help that was asked for.
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : FAILURES.usage.exit;
  if (io.interrupted.aborted) return INTERRUPTED;
  const say = (lines: readonly string[]): void => {
    for (const line of lines) io.stderr.write(`${harmless(line)}\n`);
  };
  if (thrown instanceof StartFailed) {
    say(thrown.message.split('\n'));
    return thrown.status;
  }
  if (thrown instanceof Failure) {
    const color = wantsColor({ flag: true, env: io.env, isTerminal: io.stderr.isTTY === true });
    say(isJson ? [JSON.stringify(problemView(thrown))] : failureLines(thrown, createPaint(color)));
    return FAILURES[thrown.code].exit;
  }
  say([
    `error: ${messageOf(thrown)}`,
    'This is a bug of coalmine: please report it with the command you ran.',
  ]);
  if (io.env['COALMINE_DEBUG'] === '1' && thrown instanceof Error) say((thrown.stack ?? '').split('\n'));
  else say(['COALMINE_DEBUG=1 shows where it happened.']);
  return FAILURES.bug.exit;
}
