import { Worker } from 'node:worker_threads';
import { formatDuration } from '../base/duration.ts';
import { Failure, messageOf } from '../base/failure.ts';
import type { Finding } from '../rollout/finding.ts';
import { itemPath } from '../rollout/path.ts';
import { declaredOf, refused, type DeclaredRollout } from './read.ts';
import type { ProgramAnswer } from './run-program.ts';
import { MOST_BYTES, readText } from './text-file.ts';
import { deadlineIn } from '../system/waiting.ts';

const USUAL_TIMEOUT_MS = 30_000;
/** Node's exit status when the last thing to wait for has gone. */
const UNSETTLED = 13;

/** How a file is run. */
export interface ProgramOptions {
  /** The built worker that runs it. */
  readonly worker: URL;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Told what the file prints. */
  readonly onOutput: (text: string) => void;
  readonly timeoutMs?: number;
}

/**
 * Runs a TypeScript or JavaScript file and reads the Rollouts it declares. Throws Failure `usage` when the file cannot
 * be read, `tooLarge`, and `invalidSpec` or `notBuilt` with every problem and its place: the line that threw, or the
 * field.
 */
export async function runRollouts(
  file: string,
  options: ProgramOptions,
): Promise<readonly DeclaredRollout[]> {
  const declared = await runForExport(file, options);
  return Array.isArray(declared)
    ? declaredOf(declared, { file, locate: inList })
    : declaredOf([declared], { file, locate: (finding) => finding });
}

/** Runs a file for the plain data it exports by default. Throws Failure as `runRollouts` does. */
export async function runForExport(file: string, options: ProgramOptions): Promise<unknown> {
  await readText(file, 'name a file that is there, or write one with `coalmine init --typescript`');
  const answer = await ask(file, options);
  if (answer.kind === 'wrong') throw refused(answer.findings, { file });
  if (Buffer.byteLength(answer.text) > MOST_BYTES) {
    throw new Failure('tooLarge', `${file} declares more than 1 MiB`, {
      hint: 'a declaration takes a few kilobytes: what does it hold?',
    });
  }
  return JSON.parse(answer.text);
}

/** The place of a document of several is part of the path. */
function inList(finding: Finding, index: number): Finding {
  const { path } = finding;
  return { ...finding, path: path === '' ? itemPath('', index) : `${itemPath('', index)}.${path}` };
}

function ask(file: string, options: ProgramOptions): Promise<ProgramAnswer> {
  const { worker: entry, env, signal, onOutput, timeoutMs = USUAL_TIMEOUT_MS } = options;
  signal.throwIfAborted();
  const worker = new Worker(entry, {
    workerData: { file },
    env: Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined)),
    stdout: true,
    stderr: true,
  });
  for (const output of [worker.stdout, worker.stderr]) {
    output.setEncoding('utf8').on('data', onOutput);
  }
  const within = deadlineIn(timeoutMs);
  return new Promise<ProgramAnswer>((resolve, reject) => {
    const wrong = (reason: string): void => {
      resolve({ kind: 'wrong', findings: [{ path: '', reason }] });
    };
    worker.once('message', (answer: ProgramAnswer) => {
      resolve(answer);
    });
    worker.once('error', (cause) => {
      wrong(`it threw: ${messageOf(cause)}`);
    });
    worker.once('exit', (status) => {
      wrong(
        status === UNSETTLED
          ? 'it waits for a promise that nothing will fulfil'
          : `it ended with status ${status} before it declared anything`,
      );
    });
    within.addEventListener('abort', () => {
      wrong(`it has not ended within ${formatDuration(timeoutMs)}`);
    });
    signal.addEventListener('abort', () => {
      reject(signal.reason as Error);
    });
  }).finally(() => worker.terminate());
}
