import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { formatDuration } from '../../base/duration.ts';
import { expandVariables, inheritedEnvironment, type Environment } from '../../base/environment.ts';
import { isMissing } from '../../base/errno.ts';
import { Failure } from '../../base/failure.ts';
import { signalGroup } from '../../system/signals.ts';
import { deadlineIn } from '../../system/waiting.ts';

const DEFAULT_TIMEOUT_MS = 600_000;
/** Of the output, in a failure. */
const QUOTED_LINES = 20;
const QUOTED_CHARACTERS = 4_000;
/** After the end of a build its last output is waited for this long. */
const LAST_OUTPUT_MS = 1_000;
const LOG_LIMIT_BYTES = 16 * 1_024 * 1_024;

/** A command that prepares an artefact. */
export interface Build {
  /** `$(NAME)` of the environment is replaced, no shell is involved. */
  readonly command: readonly string[];
  readonly timeoutMs?: number;
}

/** Where and how a build runs. */
export interface BuildSite {
  readonly cwd: string;
  /** The revision's; some variables of coalmine's own are added. */
  readonly environment: Environment;
  /** Output is appended here. */
  readonly logPath: string;
  readonly signal: AbortSignal;
  readonly onOutput?: (text: string) => void;
}

/** Runs a build to its end; throws `buildFailed` with its last words. Nothing in its process group outlives it. */
export async function runBuild(build: Build, site: BuildSite): Promise<void> {
  const timeoutMs = build.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const late = deadlineIn(timeoutMs);
  const env = { ...inheritedEnvironment(process.env), ...site.environment };
  const [file = '', ...args] = build.command.map((word) => expandVariables(word, env));
  site.signal.throwIfAborted();
  // A pipe, other than for a workload: a build is to die with coalmine, since nobody waits for it any more.
  const child = spawn(file, args, { cwd: site.cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const output = collect(child, site);
  const end = await ended(child, AbortSignal.any([late, site.signal]));
  await output.close();
  site.signal.throwIfAborted();
  const how = late.aborted ? `did not end within ${formatDuration(timeoutMs)}` : end;
  if (how !== undefined) throw failed(build, how, { output: output.last(), logPath: site.logPath });
}

/** Undefined for a good end, else what happened. */
function ended(child: ChildProcess, stop: AbortSignal): Promise<string | undefined> {
  const kill = (): void => {
    if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
  };
  stop.addEventListener('abort', kill, { once: true });
  return new Promise((resolve) => {
    child.once('error', (error) => {
      resolve(isMissing(error) ? 'could not start: command not found' : `could not start: ${error.message}`);
    });
    child.once('exit', (code, signal) => {
      stop.removeEventListener('abort', kill);
      kill();
      resolve(code === 0 ? undefined : `ended with ${signal ?? `code ${code ?? 0}`}`);
    });
  });
}

function collect(child: ChildProcess, site: BuildSite): { last(): string; close(): Promise<void> } {
  const log = createWriteStream(site.logPath, { flags: 'a', mode: 0o600 });
  let last = '';
  let written = 0;
  // A log that cannot be written must not fail the build.
  log.on('error', () => undefined);
  const take = (chunk: Buffer): void => {
    const text = chunk.toString('utf8');
    last = (last + text).slice(-2 * QUOTED_CHARACTERS);
    written += chunk.length;
    if (written <= LOG_LIMIT_BYTES) log.write(chunk);
    site.onOutput?.(text);
  };
  const streams = [child.stdout, child.stderr].filter((stream) => stream !== null);
  for (const stream of streams) stream.on('data', take);
  return {
    last: () => last.trimEnd().split('\n').slice(-QUOTED_LINES).join('\n').slice(-QUOTED_CHARACTERS),
    close: async () => {
      await Promise.all(streams.map(closed));
      await new Promise<void>((resolve) => {
        if (log.destroyed) resolve();
        else log.end(resolve);
      });
    },
  };
}

/** A daemon that the build has left in a session of its own may hold on to the stream for ever. */
async function closed(stream: Readable): Promise<void> {
  if (stream.closed) return;
  const late = setTimeout(() => stream.destroy(), LAST_OUTPUT_MS);
  await new Promise((resolve) => stream.once('close', resolve));
  clearTimeout(late);
}

interface LastWords {
  readonly output: string;
  readonly logPath: string;
}

function failed(build: Build, end: string, { output, logPath }: LastWords): Failure {
  const command = build.command.join(' ');
  if (/ENOSPC|No space left on device/.test(output)) {
    return new Failure('diskFull', `the build "${command}" ran out of disk space`, {
      hint: 'Free some space on the disk that holds the data directory, then release again.',
    });
  }
  const words = output === '' ? '' : `; its last output:\n${output}`;
  return new Failure('buildFailed', `the build "${command}" ${end}${words}`, {
    hint: `All of its output is in ${logPath}. Run the build by hand in the directory given as \`from\`, mend it, then release again.`,
  });
}
