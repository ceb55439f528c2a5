import { compare, type ComparisonAnswer } from '../../analysis/comparison/comparison.ts';
import { Failure, messageOf, type Problem } from '../../base/failure.ts';
import { isJsonObject, type Json } from '../../base/json.ts';
import type { Session } from '../session.ts';
import { readLines, type ReadLine } from './byte-lines.ts';
import { pipedIn } from './standard-input.ts';
import { statusOf, type Strictness } from './verdicts.ts';
import { written } from './written.ts';

/** What one line is answered with. */
export type LineAnswer = ({ readonly id?: Json } & ComparisonAnswer) | LineError;

/** The answer to a line that cannot be read. */
export interface LineError {
  readonly id?: Json;
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly hint?: string;
    readonly problems?: readonly Problem[];
  };
  /** Counted from 1, blank ones too. */
  readonly line: number;
}

/** `--stdin`: answers each line of JSON by one, in order, as it comes. Answers the exit status. */
export async function answerLines({ io }: Session, strictness: Strictness): Promise<number> {
  let status = 0;
  for await (const line of readLines(pipedIn(io))) {
    const answer = answerTo(line);
    await written(io, `${JSON.stringify(answer)}\n`);
    status = Math.max(status, statusOfLine(answer, strictness));
    // Signals are only heard between two turns of the event loop, however fast lines come.
    if (io.interrupted.aborted) throw new Error('interrupted');
  }
  return status;
}

/** One that is bad weighs more than one that could not be read. */
function statusOfLine(answer: LineAnswer, strictness: Strictness): number {
  return 'error' in answer ? 2 : statusOf(answer.verdict, strictness);
}

function answerTo(line: ReadLine): LineAnswer {
  if ('failure' in line) return errorOf(line.number, line.failure);
  let id: { readonly id?: Json } = {};
  try {
    const request = parsed(line.text);
    if (isJsonObject(request) && request['id'] !== undefined) id = { id: request['id'] };
    return { ...id, ...compare(request) };
  } catch (thrown) {
    return { ...id, ...errorOf(line.number, thrown) };
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Failure('usage', `the line is not JSON: ${messageOf(cause)}`, {
      hint: 'Write each comparison on one line, as in {"judge": "score", "control": [1, 2], "candidate": [1, 3]}',
      cause,
    });
  }
}

/** One line that nobody has foreseen is no reason to leave those after it without an answer. */
function errorOf(line: number, thrown: unknown): LineError {
  if (!(thrown instanceof Failure)) {
    const isDeep = thrown instanceof RangeError && thrown.message.includes('call stack');
    const error = isDeep
      ? { code: 'usage', message: 'the line is nested too deeply' }
      : { code: 'bug', message: messageOf(thrown), hint: 'Please report it, with the line.' };
    return { error, line };
  }
  const { code, message, hint, problems } = thrown;
  const details = { ...(hint === undefined ? {} : { hint }), ...(problems.length === 0 ? {} : { problems }) };
  return { error: { code, message, ...details }, line };
}
